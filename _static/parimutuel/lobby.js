/* The lobby asks the server every few seconds whether a market has formed, and reports whether its reader is present. A page
   that is hidden, or whose reader does not answer, keeps asking, so that nobody is kept too long, but does not count for a market. The time left
   is the smaller by two clocks, as in countdown.js, until the next answer. */
(function (root) {
    'use strict';

    const IDLE_MS = 120000;
    const ANSWER_MS = 30000;
    const SIGNS = ['pointerdown', 'keydown', 'wheel', 'touchstart'];

    const lobby = document.getElementById('lobby');
    const count = document.getElementById('count');
    const leaving = document.getElementById('leaving');
    const question = document.getElementById('still-there');
    const left = document.getElementById('left');
    const time = document.getElementById('time');
    const clocks = [() => Date.now() / 1000, () => performance.now() / 1000];
    const { ask, goOn, watch } = root.parimutuelConnection;
    const title = document.title;
    let recheckMs = 1000 * Number(lobby.dataset.recheck);
    let next = 0;
    let asked = 0;
    let lastSign = Date.now();
    let pointer = '';
    let ends = null;

    function idleFor() { return Date.now() - lastSign; }

    function isAway() { return document.hidden || idleFor() >= IDLE_MS + ANSWER_MS; }

    function showTime() {
        left.hidden = !ends;
        if (!ends) return;
        const seconds = Math.ceil(Math.max(Math.min(...clocks.map((now, which) => ends[which] - now())), 0));
        time.textContent = Math.floor(seconds / 60) + ':' + String(seconds % 60).padStart(2, '0');
    }

    function setTime(seconds) {
        ends = seconds === null ? null : clocks.map((now) => now() + seconds);
        showTime();
    }

    function show(told) {
        setTime(told.left);
        if (count.textContent !== told.count) count.textContent = told.count;
        leaving.hidden = !told.may_leave;
        recheckMs = 1000 * told.recheck;
    }

    function check() {
        const number = ++asked;
        window.clearTimeout(next);
        next = window.setTimeout(check, recheckMs);
        askAfterReader();
        const address = window.location.pathname + '?check=1' + (isAway() ? '&away=1' : '');
        ask(address)
            .then((answer) => {
                if (answer.type === 'opaqueredirect') goOn();
                else if (answer.ok) return answer.json().then((told) => { if (number === asked) show(told); });
                else throw answer;
            })
            .catch(watch);
    }

    function askAfterReader() {
        const wanted = idleFor() >= IDLE_MS;
        if (wanted === !question.hidden) return;
        question.hidden = !wanted;
        document.title = wanted ? document.getElementById('still-there-question').textContent : title;
        if (wanted) document.getElementById('still-there-answer').focus();
    }

    function sign() {
        const was = isAway();
        lastSign = Date.now();
        askAfterReader();
        if (was) check();
    }

    /* When the page changes under a resting pointer, browsers report a move to the same place. */
    function pointed(event) {
        const place = event.screenX + ' ' + event.screenY;
        const moved = pointer !== '' && place !== pointer;
        pointer = place;
        if (moved) sign();
    }

    document.addEventListener('pointermove', pointed, { passive: true });
    SIGNS.forEach((name) => document.addEventListener(name, sign, { passive: true }));
    window.addEventListener('focus', sign);
    document.addEventListener('connection-back', check);
    window.setInterval(showTime, 250);
    setTime(left.dataset.seconds ? Number(left.dataset.seconds) : null);
    document.addEventListener('visibilitychange', () => { if (!document.hidden) lastSign = Date.now(); check(); });
    makeReconnectingWebSocket(lobby.dataset.socket).onmessage = goOn;
    check();
    try { window.sessionStorage.setItem('parimutuel-waited', '1'); } catch { /* no memory in this browser */ }
})(this);

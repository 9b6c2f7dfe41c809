/* The lobby asks the server every few seconds whether a market has formed, and reports whether its reader is present. A page
   that is hidden, or whose reader does not answer, keeps asking, so that nobody is kept too long, but does not count for a market. */
(function () {
    'use strict';

    const IDLE_MS = 120000;
    const ANSWER_MS = 30000;
    const SIGNS = ['pointerdown', 'keydown', 'wheel', 'touchstart'];

    const lobby = document.getElementById('lobby');
    const count = document.getElementById('count');
    const leaving = document.getElementById('leaving');
    const question = document.getElementById('still-there');
    const title = document.title;
    let recheckMs = 1000 * Number(lobby.dataset.recheck);
    let next = 0;
    let asked = 0;
    let lastSign = Date.now();
    let pointer = '';

    function idleFor() { return Date.now() - lastSign; }

    function isAway() { return document.hidden || idleFor() >= IDLE_MS + ANSWER_MS; }

    function goOn() { window.location.replace(window.location.pathname); }

    function show(told) {
        if (count.textContent !== told.count) count.textContent = told.count;
        leaving.hidden = !told.may_leave;
        recheckMs = 1000 * told.recheck;
    }

    function check() {
        const number = ++asked;
        window.clearTimeout(next);
        next = window.setTimeout(check, recheckMs);
        askAfterReader();
        fetch(window.location.pathname + '?check=1' + (isAway() ? '&away=1' : ''), { redirect: 'manual', cache: 'no-store' })
            .then((answer) => {
                if (answer.type === 'opaqueredirect') goOn();
                else if (answer.ok) return answer.json().then((told) => { if (number === asked) show(told); });
            })
            .catch(() => { /* the server is away: ask again */ });
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
    document.addEventListener('visibilitychange', () => { if (!document.hidden) lastSign = Date.now(); check(); });
    makeReconnectingWebSocket(lobby.dataset.socket).onmessage = goOn;
    check();
})();

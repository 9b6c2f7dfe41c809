/* A wait page asks the server every 10 s whether it may go on, so that a lost message leaves nobody stuck, and how many have answered. While
   the server cannot be reached it asks more often. Screen readers announce the reason for waiting at first and then every minute. */
(function (root) {
    'use strict';

    const PERIOD_MS = 10000, PATIENCE_MS = 8000, LOST_PERIOD_MS = 3000;
    const FIRST_SAID_MS = 500;
    const SAID_AGAIN_MS = 60000;
    const { goOn, tell } = root.parimutuelConnection;
    const status = document.querySelector('[role=status].otree-wait-page__body');
    const count = document.getElementById('count');
    let next = 0, asked = 0;

    function show(told) {
        if (told.state !== status.dataset.state) goOn();
        else if (count.textContent !== told.count) count.textContent = told.count;
    }

    function recheck() {
        const number = ++asked, patience = new AbortController(), late = window.setTimeout(() => patience.abort(), PATIENCE_MS);
        window.clearTimeout(next);
        fetch(window.location.pathname + '?check=1', { redirect: 'manual', cache: 'no-store', signal: patience.signal })
            .then((answer) => {
                if (answer.type === 'opaqueredirect') { goOn(); return; }
                if (!answer.ok) throw answer;
                return answer.json().then(show);
            })
            .then(() => { tell(); return PERIOD_MS; }, () => { tell('lost'); return LOST_PERIOD_MS; })
            .then((pause) => {
                window.clearTimeout(late);
                if (number === asked) next = window.setTimeout(recheck, pause);
            });
    }

    // A live region is announced when it changes, not when it appears.
    function speak() { status.replaceChildren(...status.childNodes); }

    window.addEventListener('online', recheck);
    window.addEventListener('offline', recheck);
    next = window.setTimeout(recheck, PERIOD_MS);
    window.setTimeout(speak, FIRST_SAID_MS);
    window.setInterval(speak, SAID_AGAIN_MS);
    try { window.sessionStorage.setItem('parimutuel-waited', '1'); } catch { /* no memory in this browser */ }
})(this);

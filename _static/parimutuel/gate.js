/* A wait page asks the server every 10 s whether it may go on, so that a lost message leaves nobody stuck, and how many have answered; it
   keeps asking while the server cannot be reached. Screen readers announce the reason for waiting at first and then every minute. */
(function (root) {
    'use strict';

    const PERIOD_MS = 10000;
    const FIRST_SAID_MS = 500;
    const SAID_AGAIN_MS = 60000;
    const { ask, goOn, watch } = root.parimutuelConnection;
    const status = document.querySelector('.otree-wait-page__body');
    const count = document.getElementById('count');

    function show(told) {
        if (told.state !== status.dataset.state) goOn();
        else if (count.textContent !== told.count) count.textContent = told.count;
    }

    function recheck() {
        ask(window.location.pathname + '?check=1')
            .then((answer) => {
                if (answer.type === 'opaqueredirect') goOn();
                else return answer.ok ? answer.json().then(show) : Promise.reject(answer);
            })
            .catch(watch);
    }

    // A live region is announced when it changes, not when it appears.
    function speak() { status.replaceChildren(...status.childNodes); }

    document.addEventListener('connection-back', recheck);
    window.setInterval(recheck, PERIOD_MS);
    window.setTimeout(speak, FIRST_SAID_MS);
    window.setInterval(speak, SAID_AGAIN_MS);
    try { window.sessionStorage.setItem('parimutuel-waited', '1'); } catch { /* no memory in this browser */ }
})(this);

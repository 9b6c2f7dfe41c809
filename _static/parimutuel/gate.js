/* A wait page asks the server every 10 s whether it may go on, so that a lost message freezes nobody; and goes on asking
   while the server cannot be reached. Screen readers hear what is waited for, at first and every minute. */
(function () {
    'use strict';

    const PERIOD_MS = 10000;
    const FIRST_SAID_MS = 500;
    const SAID_AGAIN_MS = 60000;
    const status = document.querySelector('[role=status]');

    function recheck() {
        fetch(window.location.href, { redirect: 'manual', cache: 'no-store' })
            .then((response) => { if (response.type === 'opaqueredirect') window.location.reload(); })
            .catch(() => { /* the server is away: ask again */ });
    }

    // A live region speaks when it changes, not when it is there.
    function speak() { status.replaceChildren(status.textContent); }

    window.setInterval(recheck, PERIOD_MS);
    window.setTimeout(speak, FIRST_SAID_MS);
    window.setInterval(speak, SAID_AGAIN_MS);
})();

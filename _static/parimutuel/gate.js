/* A wait page asks the server every 10 s whether it may go on, so that a lost message leaves nobody stuck; it keeps asking
   while the server cannot be reached. Screen readers announce the reason for waiting at first and then every minute. */
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

    // A live region is announced when it changes, not when it appears.
    function speak() { status.replaceChildren(status.textContent); }

    window.setInterval(recheck, PERIOD_MS);
    window.setTimeout(speak, FIRST_SAID_MS);
    window.setInterval(speak, SAID_AGAIN_MS);
})();

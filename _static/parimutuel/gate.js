/* A wait page asks the server every 10 s whether it may go on, so that a lost message freezes nobody; and goes on asking
   while the server cannot be reached. */
(function () {
    'use strict';

    const PERIOD_MS = 10000;

    function recheck() {
        fetch(window.location.href, { redirect: 'manual', cache: 'no-store' })
            .then((response) => { if (response.type === 'opaqueredirect') window.location.reload(); })
            .catch(() => { /* the server is away: ask again */ });
    }

    window.setInterval(recheck, PERIOD_MS);
})();

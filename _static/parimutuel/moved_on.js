/* A page that opens in a hidden window, because the market has gone on, says so in the window's title until it is seen. */
(function () {
    'use strict';

    const title = document.title;
    if (!document.hidden) return;
    document.title = document.getElementById('moved-on').dataset.title;
    document.addEventListener('visibilitychange', () => { if (!document.hidden) document.title = title; });
})();

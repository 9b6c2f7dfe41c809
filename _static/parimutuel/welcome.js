/* The entry page of a room: ask the server whether the address is valid; if so enter, else show the server's sentence. */
(function () {
    'use strict';

    const asked = new URLSearchParams(window.location.search);
    const refusal = document.getElementById('refusal');

    const { tell } = window.parimutuelConnection;

    document.getElementById('start').addEventListener('click', () => {
        fetch(window.location.pathname, {
            method: 'POST',
            headers: { 'Content-Type': 'application/json' },
            body: JSON.stringify(Object.fromEntries(asked.entries())),
        })
            .then((answer) => answer.json())
            .then((told) => {
                tell();
                if (told.errors) {
                    refusal.textContent = Object.values(told.errors).join(' ');
                } else {
                    asked.set('welcome_page_ok', '1');
                    window.location.href = window.location.pathname + '?' + asked.toString();
                }
            })
            .catch(() => tell('away'));
    });
})();

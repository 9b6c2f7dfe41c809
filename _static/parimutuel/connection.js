/* While the server cannot be reached, the page says so and tries again, where a browser would show an error. A form is sent once the server
   has been reached; a page whose time is up is closed in the background, and then asks where its reader is. */
(function (root) {
    'use strict';

    const PATIENCE_MS = 8000, PAUSES_MS = [300, 1000, 2000, 3000];
    const place = document.getElementById('connection');
    const tries = new Set();
    let sending = null, closed = false;

    function tell(what) {
        const words = what ? place.dataset[what] : '';
        if (place.textContent !== words) place.textContent = words;
    }

    const goOn = () => window.location.replace(window.location.pathname);

    // Repeat an attempt until the server answers.
    function until(attempt, done) {
        let count = 0, timer = 0, patience, over = false;

        function again() {
            patience = new AbortController();
            const late = window.setTimeout(() => patience.abort(), PATIENCE_MS);
            timer = 0;
            attempt(patience.signal)
                .then((answer) => (answer.status < 500 ? answer : Promise.reject(answer)))
                .then(
                    () => { if (!over) { one.stop(); tell(); done(count > 0); } },
                    () => {
                        if (over) return;
                        tell('lost');
                        timer = window.setTimeout(again, PAUSES_MS[Math.min(count, PAUSES_MS.length - 1)]);
                        count += 1;
                    },
                )
                .finally(() => window.clearTimeout(late));
        }

        const one = {
            now() {
                if (timer) { window.clearTimeout(timer); again(); } else patience.abort();
            },
            stop() {
                over = true;
                window.clearTimeout(timer);
                tries.delete(one);
            },
        };
        tries.add(one);
        again();
        return one;
    }

    const reach = (signal) => fetch('/alive', { cache: 'no-store', signal });

    // What a reader has chosen or typed; scripts fill in the hidden fields.
    const typed = (form) => Array.from(new FormData(form)).filter(([name]) => (form.elements[name] || {}).type !== 'hidden').join('\n');

    function send(form, button) {
        const meant = typed(form);
        sending = until(reach, (was_lost) => {
            sending = null;
            if (was_lost && typed(form) !== meant) { tell('changed'); return; }
            if (button && button.name) {
                const pressed = document.createElement('input');
                Object.assign(pressed, { type: 'hidden', name: button.name, value: button.value });
                form.append(pressed);
            }
            HTMLFormElement.prototype.submit.call(form);
        });
    }

    // The time is up: what was not sent by now does not count.
    function close(form) {
        const body = new URLSearchParams(new FormData(form));
        body.set('timeout_happened', '1');
        if (sending) sending.stop();
        closed = true;
        until((signal) => fetch(window.location.href, { method: 'POST', body, redirect: 'manual', cache: 'no-store', signal }), goOn);
    }

    // Other scripts have handled the event by now. A browser that does not name the pressed button sends the form itself.
    window.addEventListener('submit', (event) => {
        if (event.defaultPrevented || event.submitter === undefined) return;
        event.preventDefault();
        if (closed) return;
        if (sending) sending.stop();
        send(event.target, event.submitter);
    });
    window.addEventListener('online', () => tries.forEach((one) => one.now()));
    window.addEventListener('offline', () => {
        if (!tries.size) until(reach, (was_lost) => { if (was_lost) document.dispatchEvent(new Event('connection-back')); });
    });

    root.parimutuelConnection = { close, goOn, tell };
})(this);

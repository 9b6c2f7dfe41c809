/* While the server cannot be reached, the page says so and tries again, where a browser would show an error. A form is sent once the server
   has been reached; a page whose time is up is closed in the background, and then asks where its reader is. */
(function (root) {
    'use strict';

    const PATIENCE_MS = 5000, PATIENCE_WITH_BUSY_SERVER_MS = 30000, PAUSES_MS = [300, 1000, 2000, 3000];
    const place = document.getElementById('connection');
    const tries = new Set();
    let sending = null, closed = false;

    function tell(what) {
        const words = what ? place.dataset[what] : '';
        if (place.textContent !== words) place.textContent = words;
    }

    const goOn = () => window.location.replace(window.location.pathname);
    const answered = (answer) => (answer.status < 500 ? answer : Promise.reject(answer));
    const reach = (signal) => fetch('/alive', { cache: 'no-store', signal }).then(answered);

    // Requests that hang must not use up the connections that a browser keeps to one server.
    function ask(address) {
        const patience = new AbortController(), late = window.setTimeout(() => patience.abort(), 2 * PATIENCE_MS);
        return fetch(address, { redirect: 'manual', cache: 'no-store', signal: patience.signal }).finally(() => window.clearTimeout(late));
    }

    // Repeat an attempt until the server answers.
    function until(attempt, done) {
        let count = 0, timer = 0, late = 0, patience, over = false;

        function wait(most) {
            window.clearTimeout(late);
            late = window.setTimeout(() => patience.abort(), most);
        }

        function again() {
            patience = new AbortController();
            timer = 0;
            wait(PATIENCE_MS);
            attempt(patience.signal, wait).then(
                () => { if (!over) { one.stop(); tell(); done(count > 0); } },
                () => {
                    if (over) return;
                    tell('lost');
                    window.clearTimeout(late);
                    timer = window.setTimeout(again, PAUSES_MS[Math.min(count, PAUSES_MS.length - 1)]);
                    count += 1;
                },
            );
        }

        const one = {
            now() {
                if (timer) { window.clearTimeout(timer); again(); } else patience.abort();
            },
            stop() {
                over = true;
                [timer, late].forEach(window.clearTimeout);
                tries.delete(one);
            },
        };
        tries.add(one);
        again();
        return one;
    }

    // After an interruption, messages may have been lost: that a pause is over, or a deadline was moved.
    function watch() {
        if (tries.size) return;
        until(reach, (wasLost) => {
            if (wasLost && document.getElementById('paused')) goOn();
            else if (wasLost) document.dispatchEvent(new Event('connection-back'));
        });
    }

    // What a reader has chosen or typed; scripts fill in the hidden fields.
    const typed = (form) => Array.from(new FormData(form)).filter(([name]) => (form.elements[name] || {}).type !== 'hidden').join('\n');

    function send(form, button) {
        const meant = typed(form);
        if (sending) sending.stop();
        sending = until(reach, (wasLost) => {
            sending = null;
            if (wasLost && typed(form) !== meant) { tell('changed'); return; }
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
        until((signal, wait) => reach(signal).then(() => {
            wait(PATIENCE_WITH_BUSY_SERVER_MS);
            return fetch(window.location.pathname, { method: 'POST', body, redirect: 'manual', cache: 'no-store', signal }).then(answered);
        }), goOn);
    }

    // Other scripts have handled the event by now. A browser that does not name the pressed button sends the form itself.
    window.addEventListener('submit', (event) => {
        if (event.defaultPrevented || event.submitter === undefined) return;
        event.preventDefault();
        if (!closed) send(event.target, event.submitter);
    });
    window.addEventListener('online', () => tries.forEach((one) => one.now()));
    window.addEventListener('offline', watch);

    root.parimutuelConnection = { ask, close, goOn, tell, watch };
})(this);

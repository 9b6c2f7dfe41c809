/* While the server cannot be reached, the page says so and tries again, where a browser would show an error. A form is sent once the server
   has been reached; a page whose time is up is closed in the background, and then asks where its reader is. */
(function (root) {
    'use strict';

    const PATIENCE_MS = 5000, WITH_BUSY_SERVER_MS = 30000, PAUSE_MS = 300, LONGEST_PAUSE_MS = 3000;
    const place = document.getElementById('connection');
    const tries = new Set();
    let sending = null, closed = false;

    function tell(what) {
        const words = place.dataset[what] || '';
        if (place.textContent !== words) place.textContent = words;
    }

    const goOn = () => window.location.replace(window.location.pathname);
    const answered = (answer) => (answer.status < 500 ? answer : Promise.reject(answer));
    const reach = (signal) => fetch('/alive', { cache: 'no-store', signal }).then(answered);

    // Requests that hang must not use up the connections that a browser keeps to one server.
    function ask(address) {
        const patience = new AbortController(), late = setTimeout(() => patience.abort(), 2 * PATIENCE_MS);
        return fetch(address, { redirect: 'manual', cache: 'no-store', signal: patience.signal }).finally(() => clearTimeout(late));
    }

    // Repeat an attempt until the server answers.
    function until(attempt, done) {
        let count = 0, timer = 0, late = 0, patience;

        function wait(most) {
            clearTimeout(late);
            late = setTimeout(() => patience.abort(), most);
        }

        function again() {
            patience = new AbortController();
            timer = 0;
            wait(PATIENCE_MS);
            attempt(patience.signal, wait).then(() => {
                if (!tries.has(one)) return;
                one.stop();
                tell();
                done(count > 0);
            }, () => {
                if (!tries.has(one)) return;
                tell('lost');
                clearTimeout(late);
                timer = setTimeout(again, Math.min(PAUSE_MS * 2 ** count, LONGEST_PAUSE_MS));
                count += 1;
            });
        }

        const one = {
            now() {
                if (!timer) { patience.abort(); return; }
                clearTimeout(timer);
                again();
            },
            stop() {
                tries.delete(one);
                [timer, late].forEach((each) => clearTimeout(each));
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
                form.append(Object.assign(pressed, { type: 'hidden', name: button.name, value: button.value }));
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
            wait(WITH_BUSY_SERVER_MS);
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

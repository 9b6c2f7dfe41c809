/* The time that is left: always visible, and announced to screen readers when little is left. When it is over, the page is closed, in the
   way of oTree's own timer. The page has the sentences.

   Two clocks count: the computer's, which somebody may set, and the browser's own, which may stand still while the computer sleeps. The time
   left is the smaller of the two; when they disagree, the script asks the server and shows no time until it answers. */
(function (root) {
    'use strict';

    const MARKS = [60, 30, 10];
    const SOON = 30;
    const APART_S = 2;
    const UNKNOWN = '–:––';
    const place = document.getElementById('time-left');
    const timer = document.querySelector('.otree-timer');
    const clock = document.querySelector('.otree-timer__time-left');
    const clocks = [() => Date.now() / 1000, () => performance.now() / 1000];
    let ends, asking = false, closed = false, last;

    const start = (seconds) => { ends = clocks.map((now) => now() + seconds); };
    const leftByEach = () => clocks.map((now, which) => ends[which] - now());
    const left = () => Math.min(...leftByEach());
    const passed = () => MARKS.filter((mark) => left() <= mark).pop();

    function look() {
        if (Math.max(...leftByEach()) - left() > APART_S && !asking) ask();
        if (asking) { clock.textContent = UNKNOWN; return; } // until it is known which clock is wrong
        const now = passed(), seconds = Math.max(Math.ceil(left()), 0);
        clock.textContent = Math.floor(seconds / 60) + ':' + String(seconds % 60).padStart(2, '0');
        if (now !== last) place.textContent = now ? place.dataset['at' + now] : '';
        last = now;
        timer.classList.toggle('soon', left() <= SOON);
        if (left() <= 0) close();
    }

    // How much time is left according to the server. If the server no longer shows this page, or shows it without a clock, reload it.
    function ask() {
        asking = true;
        root.parimutuelConnection.ask(window.location.pathname)
            .then((answer) => (answer.ok ? answer.text() : Promise.reject(answer)))
            .then((text) => {
                const told = new DOMParser().parseFromString(text, 'text/html').getElementById('time-left');
                if (told) start(Number(told.dataset.seconds));
                else goOn();
            })
            .catch((answer) => {
                if (answer.type === 'opaqueredirect') goOn();
                else start(left());
            })
            .finally(() => { asking = false; });
    }

    function close() {
        window.clearInterval(looking);
        closed = true;
        root.parimutuelConnection.close(document.getElementById('form'));
    }

    const { goOn } = root.parimutuelConnection;
    const [loaded] = performance.getEntriesByType('navigation');
    start(Number(place.dataset.seconds) - (loaded ? (performance.now() - loaded.responseStart) / 1000 : 0)); // less what the page took to load
    last = passed();
    const looking = window.setInterval(look, 250);
    look();
    // the deadline may have been moved, by a message that was lost
    document.addEventListener('connection-back', () => { if (!closed && !asking) ask(); });
})(this);

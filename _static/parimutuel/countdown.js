/* Says how much time is left, when little is: oTree's timer is seen, but not heard. The page holds the sentences. */
(function () {
    'use strict';

    const MARKS = [60, 30, 10];
    const SOON = 30;
    const place = document.getElementById('time-left');
    const timer = document.querySelector('.otree-timer');
    const ends = Date.now() + 1000 * Number(place.dataset.seconds);
    const left = () => (ends - Date.now()) / 1000;
    const passed = () => MARKS.filter((mark) => left() <= mark).pop();
    let last = passed();

    function look() {
        const now = passed();
        if (now !== last) place.textContent = place.dataset['at' + now];
        last = now;
        timer.classList.toggle('soon', left() <= SOON);
    }

    look();
    window.setInterval(look, 500);
})();

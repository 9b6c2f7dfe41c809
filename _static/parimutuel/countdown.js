/* The time that is left: seen, and heard when it is little; when it is over, the form is sent as oTree's own timer sends it. The page
   holds the sentences. */
(function () {
    'use strict';

    const MARKS = [60, 30, 10];
    const SOON = 30;
    const place = document.getElementById('time-left');
    const timer = document.querySelector('.otree-timer');
    const clock = document.querySelector('.otree-timer__time-left');
    const ends = Date.now() + 1000 * Number(place.dataset.seconds);
    const left = () => (ends - Date.now()) / 1000;
    const passed = () => MARKS.filter((mark) => left() <= mark).pop();
    let last = passed();

    function look() {
        const now = passed(), seconds = Math.max(Math.ceil(left()), 0);
        clock.textContent = Math.floor(seconds / 60) + ':' + String(seconds % 60).padStart(2, '0');
        if (now !== last) place.textContent = place.dataset['at' + now];
        last = now;
        timer.classList.toggle('soon', left() <= SOON);
        if (left() <= 0) send();
    }

    function send() {
        window.clearInterval(looking);
        const form = document.getElementById('form'), over = document.createElement('input');
        Object.assign(over, { type: 'hidden', name: 'timeout_happened', value: '1' });
        form.append(over);
        form.submit();
    }

    const looking = window.setInterval(look, 250);
    look();
})();

/* Enter in a field sends nothing: only a form's button does. The frame's first two buttons have the same effect without scripts; this
   script is for browsers that do not understand them. In a textarea Enter still begins a new line. */
(function () {
    'use strict';

    const BUTTONS = ['submit', 'button', 'reset', 'image'];

    document.addEventListener('keydown', (event) => {
        const field = event.target;
        if (event.key === 'Enter' && field instanceof HTMLInputElement && !BUTTONS.includes(field.type)) event.preventDefault();
    });
})();

/* Enter in a field sends nothing: only a form's button does. The frame says so too, without scripts, by its first two buttons; this
   is for browsers that do not know what those mean. A textarea keeps its new line. */
(function () {
    'use strict';

    const BUTTONS = ['submit', 'button', 'reset', 'image'];

    document.addEventListener('keydown', (event) => {
        const field = event.target;
        if (event.key === 'Enter' && field instanceof HTMLInputElement && !BUTTONS.includes(field.type)) event.preventDefault();
    });
})();

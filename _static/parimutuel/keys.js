/* Fields change and send nothing by accident. Enter in a field sends nothing, only a form's button does: it moves on to the next field to
   type in, if there is one. (The frame's first two buttons keep it from sending without scripts, too.) In a textarea it begins a new line.
   Text, links and files that are dragged over the page fall nowhere, and nothing offers to fill in or translate a field. */
(function () {
    'use strict';

    const BUTTONS = ['submit', 'button', 'reset', 'image'];
    const IGNORED = ['data-1p-ignore', 'data-lpignore', 'data-bwignore', 'data-protonpass-ignore'];
    const isText = (field) => field.type === 'text' && !field.readOnly && !field.disabled && field.offsetParent !== null;

    document.addEventListener('keydown', (event) => {
        const field = event.target;
        if (event.key !== 'Enter' || !(field instanceof HTMLInputElement) || BUTTONS.includes(field.type)) return;
        event.preventDefault();
        if (event.repeat || event.isComposing || field.type !== 'text' || !field.form) return;
        const fields = Array.from(field.form.querySelectorAll('input')).filter(isText);
        const next = fields[fields.indexOf(field) + 1];
        if (next) next.focus();
        else if (window.matchMedia('(pointer: coarse)').matches) field.blur(); // closes the keyboard on the screen
    });

    ['dragover', 'drop'].forEach((name) => document.addEventListener(name, (event) => {
        if (event.target instanceof HTMLTextAreaElement) return;
        event.preventDefault();
        event.dataTransfer.dropEffect = 'none';
    }));

    document.querySelectorAll('input').forEach((field) => {
        IGNORED.forEach((name) => field.setAttribute(name, 'true'));
        Object.assign(field, { autocomplete: 'off', spellcheck: false, translate: false });
    });
})();

/* A form keeps what was typed across a reload of its page, in this window only and for this page only. The key is the page's
   address, which names participant, page and round, so that nothing typed elsewhere is ever filled in. */
(function (root) {
    'use strict';

    const KEY = 'parimutuel';
    const form = document.getElementById('form');
    const page = window.location.pathname;
    const memory = read();

    function read() {
        try {
            const kept = JSON.parse(window.sessionStorage.getItem(KEY));
            if (kept && kept.page === page) return kept;
        } catch { /* no memory in this browser */ }
        return { page };
    }

    function write() {
        try {
            window.sessionStorage.setItem(KEY, JSON.stringify(memory));
        } catch { /* no memory in this browser */ }
    }

    const fields = () => Array.from(form.querySelectorAll('input, select, textarea'))
        .filter((field) => !['hidden', 'range', 'submit', 'button', 'file'].includes(field.type) && (field.name || field.id));
    const ticked = (field) => field.type === 'radio' || field.type === 'checkbox';
    // Fields of a list, and choices of one question, share their name; an id is unique to a field.
    const nameOf = (field) => (ticked(field) ? field.name + '=' + field.value : field.id || field.name);

    function keepFields() {
        memory.fields = Object.fromEntries(fields().map((field) => [nameOf(field), ticked(field) ? field.checked : field.value]));
        write();
    }

    function fillIn() {
        fields().forEach((field) => {
            const kept = memory.fields[nameOf(field)];
            if (kept !== undefined) field[ticked(field) ? 'checked' : 'value'] = kept;
        });
    }

    // Values that other scripts store with the page.
    function keep(name, value) {
        memory[name] = value;
        write();
    }

    if (memory.fields) fillIn();
    ['input', 'change', 'click', 'submit'].forEach((event) => form.addEventListener(event, keepFields));

    root.parimutuelForm = { kept: (name) => memory[name], keep };
})(this);

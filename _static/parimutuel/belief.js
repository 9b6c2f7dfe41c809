/* The running sum under a stated belief. It decides nothing: the server checks what was typed. */
(function () {
    'use strict';

    const { european } = window.parimutuelTyped;
    const words = window.js_vars.words;
    const inputs = Array.from(document.querySelectorAll('#belief input[name=belief]'));
    const status = document.getElementById('belief-sum');

    function said() {
        const typed = inputs.map((input) => european(input.value).replace(/\s*[%٪％]$/, '')).filter((text) => text !== '');
        if (typed.length === 0) return '';
        if (!typed.every((text) => /^[0-9]{1,3}$/.test(text) && Number(text) <= 100)) return words.number;
        const sum = typed.reduce((total, text) => total + Number(text), 0);
        return sum === 100 && typed.length === inputs.length ? words.whole : words.sum.replace('{sum}', String(sum));
    }

    const show = () => { status.textContent = said(); };
    inputs.forEach((input) => input.addEventListener('input', show));
    show();
}());

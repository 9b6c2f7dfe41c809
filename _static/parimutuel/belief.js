/* The running sum of a stated belief. It decides nothing: the server checks what was typed. */
(function () {
    'use strict';

    const { european } = window.parimutuelTyped;
    const words = window.js_vars.words;
    const inputs = Array.from(document.querySelectorAll('#belief input[name=belief]'));
    const status = document.getElementById('belief-sum');
    const total = document.getElementById('belief-total');

    // The sum, null if some text is not a whole number from 0 to 100; and what is said about it.
    function summed() {
        const typed = inputs.map((input) => european(input.value).replace(/\s*[%٪％]$/, '')).filter((text) => text !== '');
        if (!typed.every((text) => /^[0-9]{1,3}$/.test(text) && Number(text) <= 100)) return [null, words.number];
        const sum = typed.reduce((before, text) => before + Number(text), 0);
        if (typed.length === 0) return [sum, ''];
        return [sum, sum === 100 && typed.length === inputs.length ? words.whole : words.sum.replace('{sum}', String(sum))];
    }

    function show() {
        const [sum, said] = summed();
        status.textContent = said;
        if (!total) return;
        total.textContent = sum === null ? '–' : String(sum);
        total.parentElement.classList.toggle('whole', said === words.whole);
    }

    inputs.forEach((input) => input.addEventListener('input', show));
    show();
}());

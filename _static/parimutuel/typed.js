/* A number as people type it, read as in experiment/typed_numbers.py and OfferGrid.parse, for what a page says before anything is sent.
   Pure functions without a page; tests/browser compares them with the Python. */
(function (root) {
    'use strict';

    const ZEROS = [0x0660, 0x06f0, 0xff10]; // Arabic, Persian and full-width digits begin here
    const SIGNS = { '．': '.', '，': ',' };
    const NUMBER = /^(?:[0-9]{1,12}(?:[.,٫][0-9]{0,12})?|[.,٫][0-9]{1,12})$/;
    const LIKE_THOUSANDS = /^([0-9]*)[.,]([0-9]{3})$/;
    const PLACES = 40; // digits after the decimal sign that the computation keeps: more than a float or a typed number has

    // The text with European digits, points and commas, and without the blanks around it.
    const european = (text) => text.trim().replace(/[٠-٩۰-۹０-９．，]/g, (sign) => {
        const code = sign.charCodeAt(0), zero = ZEROS.find((first) => code >= first && code <= first + 9);
        return zero ? String(code - zero) : SIGNS[sign];
    });

    // A number with a point or a comma, without a sign before it; null if it is not a number.
    function number(text) {
        const typed = european(text);
        return NUMBER.test(typed) ? Number(typed.replace(/[,٫]/, '.')) : null;
    }

    // The number if its one separator separates thousands; null if it cannot, or if that changes nothing.
    function inThousands(text) {
        const found = LIKE_THOUSANDS.exec(european(text));
        return found && number(text) ? Number(found[1] + found[2]) : null;
    }

    // The number, or null if it is not one or could also mean another one of at most `most`.
    function sure(text, most) {
        const meant = inThousands(text);
        return meant !== null && meant <= most ? null : number(text);
    }

    // A decimal number as a whole number of units of its last place, so that multiples of a step are exact.
    function exact(text) {
        const [digits, power = '0'] = text.split('e'), [whole, part = ''] = digits.split(/[.,٫]/);
        return BigInt(whole + part) * BigInt(10) ** BigInt(PLACES - part.length + Number(power));
    }

    // An offer of at most an endowment, in steps: {quantity}, or {problem}: number_wanted, ask_back, have or steps.
    function offered(text, endowment, step) {
        const quantity = number(text), meant = inThousands(text);
        const most = exact(String(endowment)), unit = exact(String(step));
        const possible = (amount) => amount <= most && amount % unit === BigInt(0);
        if (quantity === null) return { problem: 'number_wanted' };
        if (meant !== null && possible(exact(String(meant)))) return { problem: 'ask_back' };
        if (exact(european(text)) > most) return { problem: 'have' };
        return possible(exact(european(text))) ? { quantity } : { problem: 'steps' };
    }

    // A number in a form that can be typed whatever the largest amount is: never with exactly three decimals.
    const unmistakable = (text) => (LIKE_THOUSANDS.test(text) ? text + '0' : text);

    root.parimutuelTyped = { european, number, inThousands, sure, offered, unmistakable };
})(this);

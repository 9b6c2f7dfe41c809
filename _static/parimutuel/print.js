/* The button that prints the receipt alone; the browser's own command prints the page with the receipt at its end. */
(function () {
    'use strict';

    const marks = document.documentElement.classList;

    document.getElementById('print').addEventListener('click', () => {
        marks.add('receipt-only');
        window.print();
    });
    window.addEventListener('afterprint', () => marks.remove('receipt-only'));
})();

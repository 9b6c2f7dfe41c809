/* What an offer leads to, as in theory/mechanism.py and theory/economy/utility.py, for the preview and the calculator.
   Pure arithmetic without a page; only decimal_sign must be set, for the numbers that fixed and change write.
   tests/browser compares every function with the Python. */
(function (root) {
    'use strict';

    // Points as paid: u(q, r; w) of the four families, or the floor if that is more.
    function points(utility, weight, q, r) {
        const u = utility.shift + utility.scale * v(utility, weight, q, r);
        return utility.floor === null ? u : Math.max(u, utility.floor);
    }

    function v(utility, w, q, r) {
        const c = utility.curvature, rho = utility.rho;
        switch (utility.family) {
        case 'cobb-douglas-log':
            return w * Math.log(q) + (1 - w) * Math.log(r);
        case 'cobb-douglas':
            return Math.pow(Math.pow(q, w) * Math.pow(r, 1 - w), c);
        case 'ces':
            return Math.pow(w * Math.pow(q, rho) + (1 - w) * Math.pow(r, rho), c / rho);
        case 'crra':
            return (w * Math.pow(q, 1 - c) + (1 - w) * Math.pow(r, 1 - c)) / (1 - c);
        default:
            throw new Error('unknown utility family ' + utility.family);
        }
    }

    // Eq. (1) and (2): the bundle of an offer that trades at a price. An offer of everything leaves nothing, never less.
    function bundle(offer, endowment, price) {
        return {
            q: Math.max(endowment.q - offer.q + offer.r / price, 0),
            r: Math.max(endowment.r - offer.r + price * offer.q, 0),
        };
    }

    // Eq. (3): the price, from the exogenous offers of the whole market, a guess of the others' offers, and the subject's own offer.
    function price(offer, others, exogenous) {
        return (exogenous.r + others.r + offer.r) / (exogenous.q + others.q + offer.q);
    }

    // A number with fixed digits, rounded and signed as in experiment/shown/numbers.py.
    function fixed(value, places) {
        if (Number.isNaN(value)) return '–';
        if (!Number.isFinite(value)) return value > 0 ? '∞' : '−∞';
        const text = Math.abs(value).toFixed(places);
        const shown = text.replace('.', arithmetic.decimal_sign);
        return value < 0 && Number(text) !== 0 ? '−' + shown : shown;
    }

    function change(value, places) {
        const text = fixed(value, places);
        return value > 0 && (/[1-9]/.test(text) || value === Infinity) ? '+' + text : text;
    }

    const arithmetic = { points, bundle, price, fixed, change, decimal_sign: '.' };
    if (typeof module === 'object' && module.exports) module.exports = arithmetic;
    else root.parimutuelArithmetic = arithmetic;
})(this);

/* The line of offers, for the slider and the picture: all of good q at its left end, nothing in the exact middle, all of good r at
   its right end. Each half has the scale of its good. Pure arithmetic without a page; tests/browser compares it with the Python. */
(function (root) {
    'use strict';

    const { points, bundle, price } = root.parimutuelArithmetic;
    const SAMPLES = 60; // per half

    // The positions of a slider: `most` on each side of the middle, as many as the finer half needs.
    function line(endowment, grid, digits) {
        const steps = { q: Math.round(endowment.q / grid), r: Math.round(endowment.r / grid) };
        const most = Math.max(steps.q, steps.r);
        const side = (signed) => (signed < 0 ? 'q' : 'r');
        const clamped = (signed) => Math.min(Math.max(signed, -steps.q), steps.r);
        // Grid steps of an offer, negative for good q, and their position on the slider.
        const stepsAt = (place) => Math.sign(place) * Math.round(Math.abs(place) * steps[side(place)] / most);
        const placeOf = (signed) => Math.sign(signed) * Math.round(Math.abs(signed) * most / steps[side(signed)]);
        const offerOf = (signed) => {
            const amount = Number((Math.abs(signed) * grid).toFixed(digits));
            return { q: signed < 0 ? amount : 0, r: signed > 0 ? amount : 0 };
        };
        return { most, clamped, stepsAt, placeOf, offerOf, stepsOf: (offer) => Math.round((offer.r - offer.q) / grid) };
    }

    // The position of an offer from -1 to 1, and the offer at a position.
    const share = (offer, endowment) => offer.r / endowment.r - offer.q / endowment.q;
    const offerAtShare = (at, endowment) => ({ q: Math.max(-at, 0) * endowment.q, r: Math.max(at, 0) * endowment.r });

    // What an offer pays in every state, at the fixed price or at the price of the others' offers and the subject's own.
    function paid(known, others, offer) {
        const at = 'fixed_price' in known ? known.fixed_price : price(offer, others, known.exogenous);
        const held = bundle(offer, known.endowment, at);
        return { price: at, held, points: known.weights.map((weight) => points(known.utility, weight, held.q, held.r)) };
    }

    // Points over all offers: [{at, points}], from all of good q to all of good r.
    function curves(known, others) {
        return Array.from({ length: 2 * SAMPLES + 1 }, (_, index) => {
            const at = index / SAMPLES - 1;
            return { at, points: paid(known, others, offerAtShare(at, known.endowment)).points };
        });
    }

    // Round numbers within a range, at most six, and the digits they need.
    function ticks(low, high) {
        const rough = (high - low) / 5, power = Math.floor(Math.log10(rough));
        const size = [1, 2, 5, 10].map((digit) => digit * Math.pow(10, power)).find((candidate) => candidate >= rough * (1 - 1e-9));
        const first = Math.ceil(low / size - 1e-9), last = Math.floor(high / size + 1e-9);
        const digits = Math.max(0, -Math.floor(Math.log10(size) + 1e-9));
        return { digits, values: Array.from({ length: last - first + 1 }, (_, index) => Number(((first + index) * size).toFixed(digits))) };
    }

    root.parimutuelLine = { line, share, paid, curves, ticks };
})(this);

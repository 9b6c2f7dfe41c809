/* The offer form, its preview and its calculator. It shows what arithmetic.js computes and decides nothing:
   the server reads the radios and the number field, checks them, and says what is wrong. */
(function () {
    'use strict';

    const { points, bundle, price, fixed, change, number } = window.parimutuelArithmetic;
    const known = window.js_vars;
    const radios = Array.from(document.querySelectorAll('#offer input[type=radio]'));
    const amount = document.getElementById('amount');
    const slider = document.getElementById('slider');
    const hint = document.getElementById('amount-hint');
    const guesses = { q: document.getElementById('guess-q'), r: document.getElementById('guess-r') };
    const gridDigits = (String(slider.dataset.step).split('.')[1] || '').length;
    const SPOKEN_AFTER_MS = 700;
    let speech = null;

    const chosen = () => (radios.find((radio) => radio.checked) || { value: null }).value;
    const choose = (good) => radios.forEach((radio) => { radio.checked = radio.value === good; });

    // The offer as typed: {offer} where it is complete, {problem} where something is wrong, neither where something is missing.
    function typed() {
        const good = chosen();
        if (good === 'none') return { offer: { q: 0, r: 0 } };
        const text = amount.value.trim();
        if (text === '') return {};
        const quantity = number(text);
        if (quantity === null) return { problem: 'Please type a number, for example ' + example() + '.' };
        if (good === null) return { problem: 'Please choose which good you offer.' };
        if (quantity > known.endowment[good]) return { problem: 'You have ' + known.endowment[good] + ' of good ' + good + '.' };
        const steps = quantity / known.grid;
        if (Math.abs(steps - Math.round(steps)) > 1e-6) return { problem: 'Offers go in steps of ' + slider.dataset.step + '.' };
        return { offer: { q: good === 'q' ? quantity : 0, r: good === 'r' ? quantity : 0 } };
    }

    const example = () => (known.grid * Math.max(1, Math.round(1 / known.grid))).toFixed(gridDigits);

    function fromSlider() {
        const steps = Number(slider.value);
        slider.classList.remove('untouched');
        choose(steps < 0 ? 'q' : steps > 0 ? 'r' : 'none');
        amount.value = steps === 0 ? '' : (Math.abs(steps) * known.grid).toFixed(gridDigits);
        show();
    }

    function fromFields() {
        const { offer } = typed();
        slider.classList.toggle('untouched', !offer);
        if (offer) slider.value = Math.round((offer.r - offer.q) / known.grid);
        show();
    }

    function fromRadio() {
        if (chosen() === 'none') amount.value = '';
        fromFields();
    }

    // Guess of the others' offers of one good: a number, or null where it is missing or impossible.
    function guess(good) {
        if (!guesses[good]) return 0;
        const quantity = number(guesses[good].value);
        return quantity === null || quantity > known.largest_guess[good] ? null : quantity;
    }

    function priceOf(offer) {
        if ('fixed_price' in known) return { price: known.fixed_price };
        const others = { q: guess('q'), r: guess('r') };
        const wrong = ['q', 'r'].filter((good) => others[good] === null && guesses[good].value.trim() !== '');
        if (wrong.length) {
            const most = known.largest_guess[wrong[0]];
            return { problem: 'The others can offer 0 to ' + most + ' of good ' + wrong[0] + '.' };
        }
        if (others.q === null || others.r === null) return {};
        return offer ? { price: price(offer, others, known.exogenous) } : { problem: 'Choose your offer above to see the price.' };
    }

    function show() {
        const { offer, problem } = typed();
        slider.setAttribute('aria-valuetext', offer ? inWords(offer) : 'nothing chosen yet');
        amount.readOnly = chosen() === 'none';
        tell(hint, problem);
        const market = priceOf(offer);
        tell(document.getElementById('guess-hint'), market.problem);
        const priced = offer && market.price !== undefined;
        put('price', [priced ? fixed(market.price, known.digits.price) : '–']);
        const held = priced ? bundle(offer, known.endowment, market.price) : { q: NaN, r: NaN };
        for (const good of ['q', 'r']) {
            put(good, [fixed(held[good], known.digits.goods)]);
            put('change_' + good, [change(held[good] - known.endowment[good], known.digits.goods)]);
        }
        const paid = known.weights.map((w) => (priced ? fixed(points(known.utility, w, held.q, held.r), known.digits.points) : '–'));
        put('points', paid);
        speak(priced ? summary(market.price, held, paid) : '');
    }

    function put(name, values) {
        document.querySelectorAll('[data-show="' + name + '"]').forEach((cell, index) => { cell.textContent = values[index]; });
    }

    function tell(place, problem) {
        if (place && place.textContent !== (problem || '')) place.textContent = problem || '';
    }

    const inWords = (offer) => (offer.q ? 'offer ' + Number(offer.q.toFixed(gridDigits)) + ' of good q'
        : offer.r ? 'offer ' + Number(offer.r.toFixed(gridDigits)) + ' of good r' : 'offer nothing');

    function summary(atPrice, held, paid) {
        return 'At a price of ' + fixed(atPrice, known.digits.price) + ' you end with ' + fixed(held.q, known.digits.goods) + ' of good q and '
            + fixed(held.r, known.digits.goods) + ' of good r: '
            + known.states.map((state, index) => paid[index] + ' points if the state is ' + state).join(', ') + '.';
    }

    // Screen readers hear the outcome once the subject pauses, not at every step of the slider.
    function speak(sentence) {
        const place = document.querySelector('[data-say]');
        if (!place) return;
        window.clearTimeout(speech);
        speech = window.setTimeout(() => { place.textContent = sentence; }, SPOKEN_AFTER_MS);
    }

    slider.addEventListener('input', fromSlider);
    slider.addEventListener('click', fromSlider); // a click in the very middle changes no value, but is a choice
    amount.addEventListener('input', fromFields);
    radios.forEach((radio) => radio.addEventListener('change', fromRadio));
    Object.values(guesses).forEach((field) => { if (field) field.addEventListener('input', show); });
    fromFields();
})();

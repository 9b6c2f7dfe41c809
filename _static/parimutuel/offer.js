/* The offer form with its slider, its preview, its calculator and its picture; each may be absent. It shows what arithmetic.js and
   line.js compute and decides nothing: the server reads the radios and the number field, checks them, and says what is wrong. */
(function () {
    'use strict';

    const { fixed, change, number } = window.parimutuelArithmetic;
    const { line, paid } = window.parimutuelLine;
    const note = window.parimutuelLog ? window.parimutuelLog.note : () => {};
    const known = window.js_vars, words = known.words;
    window.parimutuelArithmetic.decimal_sign = known.decimal_sign;
    const places = line(known.endowment, known.grid, known.grid_digits);
    const radios = Array.from(document.querySelectorAll('#offer input[type=radio]'));
    const amount = document.getElementById('amount');
    const slider = document.getElementById('slider');
    const guesses = { q: document.getElementById('guess-q'), r: document.getElementById('guess-r') };
    const KEYS = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10, Home: -Infinity, End: Infinity };
    const SPOKEN_AFTER_MS = 700;
    let speech = null;

    const chosen = () => (radios.find((radio) => radio.checked) || { value: null }).value;
    const choose = (good) => radios.forEach((radio) => { radio.checked = radio.value === good; });
    const written = (text) => text.replace('.', known.decimal_sign);
    const fill = (sentence, values) => sentence.replace(/\{(\w+)\}/g, (place, name) => (name in values ? values[name] : place));

    // The offer as typed: {offer} where it is complete, {problem} where something is wrong, neither where something is missing.
    function typed() {
        const good = chosen();
        if (good === 'none') return { offer: { q: 0, r: 0 } };
        if (amount.value.trim() === '') return {};
        const quantity = number(amount.value);
        if (quantity === null) return { problem: words.number_wanted };
        if (good === null) return { problem: words.good_wanted };
        if (quantity > known.endowment[good]) return { problem: words['have_' + good] };
        const steps = quantity / known.grid;
        if (Math.abs(steps - Math.round(steps)) > 1e-6) return { problem: words.steps };
        return { offer: { q: good === 'q' ? quantity : 0, r: good === 'r' ? quantity : 0 } };
    }

    function fromSlider() {
        const offer = places.offerOf(places.stepsAt(Number(slider.value)));
        slider.classList.remove('untouched');
        choose(offer.q ? 'q' : offer.r ? 'r' : 'none');
        amount.value = offer.q || offer.r ? written((offer.q + offer.r).toFixed(known.grid_digits)) : '';
        note('slider', offer.r - offer.q);
        show();
    }

    // Keys move by one step of the grid, whatever the half; the browser's own step would be the finer half's.
    function byKey(event) {
        if (!(event.key in KEYS) || event.ctrlKey || event.altKey || event.metaKey) return;
        event.preventDefault();
        slider.value = places.placeOf(places.clamped(places.stepsAt(Number(slider.value)) + KEYS[event.key]));
        slider.dispatchEvent(new Event('input', { bubbles: true }));
    }

    function fromFields() {
        const { offer } = typed();
        if (slider) {
            slider.classList.toggle('untouched', !offer);
            if (offer) slider.value = places.placeOf(places.stepsOf(offer));
        }
        show();
    }

    function fromAmount() {
        note('amount', number(amount.value));
        fromFields();
    }

    function fromRadio() {
        note('good', chosen());
        if (chosen() === 'none') amount.value = '';
        fromFields();
    }

    function fromGuess(good) {
        note('guess_' + good, number(guesses[good].value));
        show();
    }

    // A guess of the others' offers of one good: a number, or null where it is missing or impossible.
    function guess(good) {
        if (!guesses[good]) return 0;
        const quantity = number(guesses[good].value);
        return quantity === null || quantity > known.largest_guess[good] ? null : quantity;
    }

    // What the others offer: {others} where it is known or does not matter, {problem} where a guess is wrong.
    function situation() {
        if (!known.utility) return { others: null };
        if ('fixed_price' in known) return { others: { q: 0, r: 0 } };
        const others = { q: guess('q'), r: guess('r') };
        const wrong = ['q', 'r'].find((good) => others[good] === null && guesses[good].value.trim() !== '');
        if (wrong) return { others: null, problem: words['guess_' + wrong] };
        return { others: others.q === null || others.r === null ? null : others };
    }

    function show() {
        const { offer, problem } = typed(), market = situation();
        if (slider) slider.setAttribute('aria-valuetext', offer ? inWords(offer) : words.nothing_chosen);
        amount.readOnly = chosen() === 'none';
        tell('amount-hint', problem);
        tell('guess-hint', market.problem || (market.others && !offer ? words.offer_first : ''));
        if (window.parimutuelPicture) window.parimutuelPicture.show(known, market.others, offer);
        showOutcome(offer && market.others ? paid(known, market.others, offer) : null);
    }

    function showOutcome(outcome) {
        const held = outcome ? outcome.held : { q: NaN, r: NaN };
        put('price', [outcome ? fixed(outcome.price, known.digits.price) : '–']);
        for (const good of ['q', 'r']) {
            put(good, [fixed(held[good], known.digits.goods)]);
            put('change_' + good, [change(held[good] - known.endowment[good], known.digits.goods)]);
        }
        const cells = document.querySelectorAll('[data-show=points]');
        put('points', Array.from(cells, (_, state) => (outcome ? fixed(outcome.points[state], known.digits.points) : '–')));
        speak(outcome);
    }

    function put(name, values) {
        document.querySelectorAll('[data-show="' + name + '"]').forEach((cell, index) => { cell.textContent = values[index]; });
    }

    function tell(id, problem) {
        const place = document.getElementById(id);
        if (place && place.textContent !== (problem || '')) place.textContent = problem || '';
    }

    const inWords = (offer) => fill(words[offer.q ? 'offer_q' : offer.r ? 'offer_r' : 'offer_none'],
        { amount: written(String(Number((offer.q + offer.r).toFixed(known.grid_digits)))) });

    const summary = (outcome) => [
        fill(words.outcome, {
            price: fixed(outcome.price, known.digits.price),
            q: fixed(outcome.held.q, known.digits.goods),
            r: fixed(outcome.held.r, known.digits.goods),
        }),
        ...words.points_if.map((sentence, state) => fill(sentence, { points: fixed(outcome.points[state], known.digits.points) })),
    ].join(' ');

    // Screen readers hear the outcome once the subject pauses, not at every step of the slider.
    function speak(outcome) {
        const place = document.querySelector('[data-say]');
        if (!place) return;
        const sentence = outcome ? summary(outcome) : '';
        window.clearTimeout(speech);
        speech = window.setTimeout(() => { place.textContent = sentence; }, SPOKEN_AFTER_MS);
    }

    if (slider) {
        slider.addEventListener('input', fromSlider);
        slider.addEventListener('click', fromSlider); // a click in the very middle changes no value, but is a choice
        slider.addEventListener('keydown', byKey);
    }
    amount.addEventListener('input', fromAmount);
    radios.forEach((radio) => radio.addEventListener('change', fromRadio));
    for (const good of ['q', 'r']) if (guesses[good]) guesses[good].addEventListener('input', () => fromGuess(good));
    fromFields();
})();

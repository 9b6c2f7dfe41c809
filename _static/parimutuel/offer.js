/* The offer form with its slider, its preview, its calculator and its picture; each may be absent. It shows what typed.js reads and what
   arithmetic.js and line.js compute. It decides nothing: the server reads and checks the radios and the number field, and says what is wrong. */
(function () {
    'use strict';

    const { fixed, change } = window.parimutuelArithmetic;
    const { number, inThousands, sure, offered, unmistakable } = window.parimutuelTyped;
    const { line, paid } = window.parimutuelLine;
    const { note, submitted } = window.parimutuelLog || { note: () => {}, submitted: () => {} };
    const known = window.js_vars, words = known.words;
    window.parimutuelArithmetic.decimal_sign = known.decimal_sign;
    const places = line(known.endowment, known.grid, known.grid_digits);
    const radios = Array.from(document.querySelectorAll('#offer input[type=radio]'));
    const amount = document.getElementById('amount');
    const slider = window.parimutuelSlider ? document.getElementById('slider') : null;
    const guesses = { q: document.getElementById('guess-q'), r: document.getElementById('guess-r') };
    const KEYS = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10, Home: -Infinity, End: Infinity };
    const SCROLLS = { ArrowDown: 0.06, ArrowUp: -0.06, PageDown: 0.9, PageUp: -0.9, Home: -1e4, End: 1e4 }; // windows
    const SPOKEN_AFTER_MS = 700;
    // What says the offer, with its words while there is none: the button, and any other place.
    const labels = Array.from(document.querySelectorAll('[data-submit], [data-show=offer]'), (place) => ({ place, plain: place.textContent }));
    let speech = null, kept = 0; // the slider's valid value
    let pressed = () => false, labelled = '';

    const chosen = () => (radios.find((radio) => radio.checked) || { value: null }).value;
    const choose = (good) => radios.forEach((radio) => { radio.checked = radio.value === good; });
    const written = (text) => text.replace('.', known.decimal_sign);
    const fill = (sentence, values) => sentence.replace(/\{(\w+)\}/g, (place, name) => (name in values ? values[name] : place));

    // The offer as typed: {offer} if it is complete, {problem} if something is wrong, neither if something is missing.
    function typed() {
        const good = chosen();
        const empty = amount.value.trim() === '';
        if (good === 'none') return empty || number(amount.value) === 0 ? { offer: { q: 0, r: 0 } } : { problem: words.none_wanted };
        if (empty) return {};
        if (number(amount.value) === null) return { problem: words.number_wanted };
        if (good === null) return { problem: words.good_wanted };
        const { quantity, problem } = offered(amount.value, known.endowment[good], known.grid);
        if (problem === 'ask_back') return { problem: askBack(amount.value) };
        if (problem) return { problem: words[problem === 'have' ? 'have_' + good : problem] };
        return { offer: { q: good === 'q' ? quantity : 0, r: good === 'r' ? quantity : 0 } };
    }

    // The sentence that asks which of two numbers was meant.
    const askBack = (text) => fill(words.ask_back, {
        large: written(unmistakable(String(inThousands(text)))), small: written(unmistakable(String(number(text)))), typed: text.trim(),
    });

    // An amount as the slider types it, with one more digit if it could be mistaken for thousands.
    function inDigits(good, quantity) {
        const text = quantity.toFixed(known.grid_digits);
        return written(offered(text, known.endowment[good], known.grid).problem === 'ask_back' ? unmistakable(text) : text);
    }

    function fromSlider(event) {
        const offer = places.offerOf(places.stepsAt(Number(slider.value)));
        slider.classList.remove('untouched');
        const good = offer.q ? 'q' : offer.r ? 'r' : 'none';
        choose(good);
        amount.value = good === 'none' ? '' : inDigits(good, offer[good]);
        kept = slider.value;
        note('slider', offer.r - offer.q, event);
        show();
    }

    // A function that restores the fields to their current values.
    function remember() {
        const good = chosen(), typedAmount = amount.value;
        return () => {
            choose(good);
            amount.value = typedAmount;
            fromFields();
            const offer = places.offerOf(places.stepsAt(Number(slider.value)));
            note('slider', offer.r - offer.q);
        };
    }

    // Keys move by one step of the grid, whatever the half; the browser's own step would be the finer half's. After a press on the slider
    // only left and right do: whoever presses another key then means to scroll the page.
    function byKey(event) {
        if (!(event.key in KEYS) || event.ctrlKey || event.altKey || event.metaKey) return;
        event.preventDefault();
        if (pressed() && event.key in SCROLLS) return window.scrollBy({ top: SCROLLS[event.key] * window.innerHeight, behavior: 'instant' });
        slider.value = places.placeOf(places.clamped(places.stepsAt(Number(slider.value)) + KEYS[event.key]));
        slider.dispatchEvent(new Event('input', { bubbles: true }));
    }

    function fromFields() {
        const { offer } = typed();
        if (slider) {
            slider.classList.toggle('untouched', !offer);
            slider.value = offer ? places.placeOf(places.stepsOf(offer)) : 0;
            kept = slider.value;
        }
        show();
    }

    function fromAmount(event) {
        note('amount', sure(amount.value, Math.max(known.endowment.q, known.endowment.r)), event);
        fromFields();
    }

    function fromRadio(event) {
        note('good', chosen(), event);
        if (chosen() === 'none') amount.value = '';
        fromFields();
    }

    function fromGuess(good) {
        note('guess_' + good, sure(guesses[good].value, known.largest_guess[good]));
        show();
    }

    // A guess of the others' offers of one good: a number, or null if it is missing or impossible.
    function guess(good) {
        if (!guesses[good]) return 0;
        const quantity = sure(guesses[good].value, known.largest_guess[good]);
        return quantity === null || quantity > known.largest_guess[good] ? null : quantity;
    }

    // Whether a guess is unambiguous: it can be read in at most one way.
    const isClear = (good) => number(guesses[good].value) === sure(guesses[good].value, known.largest_guess[good]);

    // What the others offer: {others} if it is known or does not matter, {problem} if a guess is wrong.
    function situation() {
        if (!known.utility) return { others: null };
        if ('fixed_price' in known) return { others: { q: 0, r: 0 } };
        const others = { q: guess('q'), r: guess('r') };
        const wrong = ['q', 'r'].find((good) => others[good] === null && guesses[good].value.trim() !== '');
        if (wrong) return { others: null, problem: isClear(wrong) ? words['guess_' + wrong] : askBack(guesses[wrong].value) };
        return { others: others.q === null || others.r === null ? null : others };
    }

    function show() {
        const { offer, problem } = typed(), market = situation();
        if (slider) slider.setAttribute('aria-valuetext', offer ? inWords(offer) : words.nothing_chosen);
        amount.readOnly = chosen() === 'none';
        tell('amount-hint', problem);
        label(offer);
        tell('guess-hint', market.problem || (market.others && !offer ? words.offer_first : ''));
        if (window.parimutuelPicture) window.parimutuelPicture.show(known, market.others, offer);
        showOutcome(offer && market.others ? paid(known, market.others, offer) : null);
    }

    const entered = () => chosen() + ' ' + amount.value;

    function label(offer) {
        const good = offer && (offer.q ? '_q' : offer.r ? '_r' : '_none');
        labelled = entered();
        labels.forEach(({ place, plain }) => {
            const sentence = words[('submit' in place.dataset ? 'submit' : 'offered') + good];
            place.textContent = offer ? fill(sentence, { amount: fixed(offer.q + offer.r, known.digits.goods) }) : plain;
            place.translate = !offer;
        });
    }

    // Only what the button says is sent. What changed the form without a word, such as a program that fills in fields, is shown first.
    function send(event) {
        if (entered() === labelled) return submitted();
        event.preventDefault();
        event.stopImmediatePropagation();
        fromFields();
        tell('amount-hint', words.changed);
        amount.scrollIntoView({ block: 'center', behavior: 'instant' });
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

    // Screen readers announce the outcome once the subject pauses, not at every step of the slider.
    function speak(outcome) {
        const place = document.querySelector('[data-say]');
        if (!place) return;
        const sentence = outcome ? summary(outcome) : '';
        window.clearTimeout(speech);
        speech = window.setTimeout(() => { place.textContent = sentence; }, SPOKEN_AFTER_MS);
    }

    if (slider) {
        pressed = window.parimutuelSlider.listen(slider, { chosen: fromSlider, undo: () => { slider.value = kept; }, remember });
        slider.addEventListener('keydown', byKey);
    }
    amount.addEventListener('input', fromAmount);
    radios.forEach((radio) => radio.addEventListener('change', fromRadio));
    for (const good of ['q', 'r']) if (guesses[good]) guesses[good].addEventListener('input', () => fromGuess(good));
    window.addEventListener('submit', send, { capture: true });
    fromFields();
})();

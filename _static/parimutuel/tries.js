/* The examples of the instructions, with fields for their numbers; without this script they are plain text. */
(function (root) {
    'use strict';

    const arithmetic = root.parimutuelArithmetic, { bundle, change, fixed, price } = arithmetic;
    const { inThousands, number, offered, unmistakable } = root.parimutuelTyped;

    // What offers (own_q, own_r, others_q, others_r) lead to; without others at the fixed price.
    function outcome({ endowment, exogenous, fixed_price, digits }, offers) {
        const [own, others] = ['own', 'others'].map((whose) => ({ q: offers[whose + '_q'] || 0, r: offers[whose + '_r'] || 0 }));
        const at = 'others_q' in offers ? price(own, others, exogenous) : fixed_price, held = bundle(own, endowment, at);
        const goods = (value) => fixed(value, digits.goods), total = (good) => exogenous[good] + others[good] + own[good];
        const shown = {
            given: goods(own.q + own.r),
            received: goods(Math.max(held.q - endowment.q, held.r - endowment.r, 0)),
            price: fixed(at, digits.price),
            without: fixed(price({ q: 0, r: 0 }, others, exogenous), digits.price),
            bars: { ...offers, added_q: exogenous.q, added_r: exogenous.r },
        };
        for (const part in shown.bars) shown.bars[part] *= 100 / Math.max(total('q'), total('r'));
        for (const good of 'qr') {
            shown[good] = goods(held[good]);
            shown['change_' + good] = change(held[good] - endowment[good], digits.goods);
            shown['total_' + good] = goods(total(good));
        }
        return shown;
    }

    const fill = (sentence, values) => sentence.replace(/\{(\w+)\}/g, (place, name) => values[name]);

    function listen({ words, most, grid, ...known }, example) {
        const fields = {}, all = (name) => example.querySelectorAll(`[data-${name}]`);
        const put = (name, text) => all(name).forEach((at) => { at.textContent = text(at.dataset[name]); });
        const clear = (value) => unmistakable(String(value).replace('.', known.decimal_sign));

        function show(changed) {
            const offers = {}, problems = [], other = fields[{ own_q: 'own_r', own_r: 'own_q' }[changed]];
            if (other && number(fields[changed].value)) other.value = '0'; // one good only
            for (const name in fields) {
                const typed = fields[name].value.trim(), { quantity, problem } = offered(typed, most[name], grid);
                const values = { typed, large: clear(inThousands(typed)), small: clear(number(typed)) };
                if (typed && problem) problems.push(fill(words[problem] || words[name], values));
                fields[name].setAttribute('aria-invalid', !!(typed && problem));
                offers[name] = quantity;
            }
            const shown = Object.values(offers).includes(undefined) ? null : outcome(known, offers);
            const good = offers.own_q ? 'q' : offers.own_r ? 'r' : 'none';
            put('hint', () => problems.join(' '));
            put('out', (name) => (shown ? shown[name] : '–'));
            put('sentence', (name) => (shown ? fill(words[name][good] || words[name], shown) : ''));
            all('bar').forEach((bar) => { bar.style.width = shown ? shown.bars[bar.dataset.bar] + '%' : 0; });
        }

        all('in').forEach((place) => {
            const field = document.createElement('input'), name = place.dataset.in;
            Object.assign(field, { inputMode: 'decimal', className: 'form-control', value: unmistakable(place.textContent) });
            field.setAttribute('aria-label', place.dataset.label);
            field.addEventListener('input', () => show(name));
            place.replaceWith(field);
            fields[name] = field;
        });
        arithmetic.decimal_sign = known.decimal_sign;
    }

    root.parimutuelTries = { outcome };
    document.querySelectorAll('[data-try]').forEach((example) => listen(root.js_vars, example));
})(this);

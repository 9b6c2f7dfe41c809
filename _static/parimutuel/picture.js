/* The picture of points over offers, one line per state: drawn from what line.js computes, and again when the others' offers change. */
(function (root) {
    'use strict';

    const { fixed } = root.parimutuelArithmetic;
    const { share, paid, curves, ticks } = root.parimutuelLine;
    const STYLES = 6; // of lines, in style.css
    const MARGIN = 0.04; // of the height, so that no line lies on the frame
    const figure = document.getElementById('picture');
    const part = (name) => figure.querySelector('[data-part=' + name + ']');
    let drawnFor = null, low = 0, high = 1;

    function draw(known, others) {
        const samples = curves(known, others);
        const finite = samples.flatMap((sample) => sample.points).filter(Number.isFinite);
        low = Math.min(...finite);
        high = Math.max(...finite);
        const spread = high - low > 1e-9 ? high - low : 1;
        [low, high] = [low - MARGIN * spread, high + MARGIN * spread];
        part('curves').replaceChildren(...known.weights.map((_, state) => element('polyline', {
            class: ['curve', 'line-' + (state % STYLES)].join(' '),
            points: samples.map((sample) => across(sample.at) + ',' + down(sample.points[state])).join(' '),
        })));
        const marks = ticks(low, high);
        part('scale').replaceChildren(...marks.values.flatMap((value) => {
            const y = down(value) + '%', label = element('text', { class: 'tick', x: -8, y, dy: 4, 'text-anchor': 'end' });
            label.textContent = fixed(value, marks.digits);
            return [element('line', { class: 'grid', x1: 0, x2: '100%', y1: y, y2: y }), label];
        }));
    }

    // Show the picture for the others' offers (null: not known yet), and mark the subject's own offer if there is one.
    function show(known, others, offer) {
        figure.hidden = others === null;
        const waiting = document.getElementById('picture-waits');
        if (waiting) waiting.hidden = others !== null;
        if (others === null) return;
        const wanted = JSON.stringify(others);
        if (wanted !== drawnFor) draw(known, others);
        drawnFor = wanted;
        const now = offer ? paid(known, others, offer).points : [];
        figure.querySelectorAll('[data-now]').forEach((value, state) => {
            value.textContent = offer ? fixed(now[state], known.digits.points) : '–';
        });
        const mark = part('mark');
        mark.replaceChildren();
        if (!offer) return;
        const x = across(share(offer, known.endowment));
        mark.append(element('line', { class: 'now', x1: x + '%', x2: x + '%', y1: 0, y2: '100%' }));
        now.forEach((value) => {
            if (Number.isFinite(value)) mark.append(element('circle', { class: 'now', cx: x + '%', cy: down(value) + '%', r: 4.5 }));
        });
    }

    const across = (at) => (50 * (1 + at)).toFixed(3);
    const down = (value) => (Number.isFinite(value) ? 100 * (high - value) / (high - low) : 200).toFixed(3);

    function element(name, attributes) {
        const made = document.createElementNS('http://www.w3.org/2000/svg', name);
        Object.entries(attributes).forEach(([key, value]) => made.setAttribute(key, value));
        return made;
    }

    root.parimutuelPicture = { show };
})(this);

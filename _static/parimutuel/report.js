// The experimenter's report refreshes itself while the page is in front: the page is fetched again and the new report replaces the old one;
// open details, focus and scroll positions stay. Changes are announced to screen readers.
(function () {
    'use strict';

    const EVERY = 5000, PATIENCE = 8000, LONGEST_PRESS = 3000;
    const shown = (name) => document.querySelector('[data-show=' + name + ']');
    const report = () => document.getElementById('market-report');
    let timer = null, pressed = 0, busy = false;

    const isPressed = () => Date.now() - pressed < LONGEST_PRESS;
    const time = (date) => date.toLocaleTimeString([], {hour12: false});

    function localTimes(root) {
        root.querySelectorAll('time[data-at]').forEach((one) => { one.textContent = time(new Date(1000 * one.dataset.at)); });
    }

    function sayings(root) {
        return new Map([...root.querySelectorAll('[data-says]')].map((one) => [one.dataset.key, one.dataset.says]));
    }

    function put(fresh) {
        const old = report(), before = sayings(old), focused = document.activeElement && document.activeElement.id;
        old.querySelectorAll('details[id]').forEach((panel) => {
            const same = fresh.querySelector('#' + panel.id);
            if (same) { same.open = panel.open; }
        });
        const scrolled = [...old.querySelectorAll('.report-wide[id]')].map((part) => [part.id, part.scrollLeft]);
        const top = window.scrollY;
        localTimes(fresh);
        old.replaceWith(fresh);
        scrolled.forEach(([id, left]) => { const part = document.getElementById(id); if (part) { part.scrollLeft = left; } });
        const again = focused && document.getElementById(focused);
        if (again && again !== document.activeElement) { again.focus({preventScroll: true}); }
        window.scrollTo({top: top, behavior: 'instant'});
        const news = [...sayings(fresh)].filter(([key, said]) => before.get(key) !== said).map(([, said]) => said);
        if (news.length) { shown('changes').textContent = news.join(' '); }
    }

    function trouble(kind) {
        const box = shown('trouble'), words = kind ? box.dataset[kind] : '';
        if (box.textContent !== words) { box.textContent = words; }
        box.hidden = !kind;
    }

    function heard() {
        shown('updated').textContent = time(new Date());
        shown('live').hidden = false;
        trouble(null);
    }

    async function ask(address, options) {
        const patience = new AbortController(), clock = setTimeout(() => patience.abort(), PATIENCE);
        busy = true;
        try {
            const answer = await fetch(address, {cache: 'no-store', signal: patience.signal, ...options});
            const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
            const fresh = page.getElementById('market-report');
            if (fresh) { put(document.adoptNode(fresh)); heard(); } else { trouble(answer.ok ? 'login' : 'unanswered'); }
        } catch (error) {
            trouble('unanswered');
        } finally {
            clearTimeout(clock);
            busy = false;
        }
    }

    async function refresh() {
        clearTimeout(timer);
        if (!document.hidden && !isPressed() && !busy) { await ask(location.href); }
        clearTimeout(timer);
        timer = setTimeout(refresh, EVERY);
    }

    // a button replaced between press and release would have no effect
    document.addEventListener('pointerdown', () => { pressed = Date.now(); });
    ['pointerup', 'pointercancel'].forEach((name) => document.addEventListener(name, () => setTimeout(() => { pressed = 0; }, 0)));
    document.addEventListener('visibilitychange', () => { if (!document.hidden) { refresh(); } });

    document.addEventListener('submit', async (event) => {
        const form = event.target;
        if (!report().contains(form)) { return; }
        event.preventDefault();
        const data = new URLSearchParams(new FormData(form)), button = event.submitter;
        if (button && button.name) { data.append(button.name, button.value); }
        const buttons = (root) => [...root.querySelectorAll('button')];
        buttons(report()).forEach((one) => { one.disabled = true; });
        await ask(form.getAttribute('action'), {method: 'POST', body: data});
        buttons(report()).forEach((one) => { one.disabled = false; });
        const next = (button && document.getElementById(button.id)) || buttons(report())[0];
        if (next) { next.focus({preventScroll: true}); }
    });

    localTimes(document);
    heard();
    timer = setTimeout(refresh, EVERY);
}());

/* The log of how the page is used: it is sent with the offer in a hidden field, and survives a reload. If the session allows it, it also has
   when the page was not in front, and how much was copied; never what. */
(function (root) {
    'use strict';

    const { kept, keep } = root.parimutuelForm;
    const MOST = 490, MOST_ATTENTION = 200, RESERVED = 9, PERIOD_MS = 250; // with the latest change, as many as experiment/events.py reads
    const POINTERS = ['mouse', 'touch', 'pen'];
    const field = document.getElementById('events');
    const log = { start: Date.now(), events: [], changed: [], kind: null, attention: 0, ...kept('log') };
    let device = 'other'; // what was pressed last
    let leaves = false; // a page that is left or reloaded is hidden, too

    const now = () => Math.max(Date.now() - log.start, 0);

    // Of several changes of the same thing within a quarter of a second, the last value counts.
    function add(what, value, most = MOST) {
        const t = now(), last = log.events[log.events.length - 1];
        if (last && last.what === what && what !== 'shown' && (last.value === value || t - last.t < PERIOD_MS)) last.value = value;
        else if (log.events.length < most) log.events.push({ t, what, value });
        field.value = JSON.stringify([...log.events, ...log.changed].sort((one, other) => one.t - other.t));
        keep('log', log);
    }

    // With what a value was changed: a field tells it; of another control it is what was pressed last.
    function kindOf(event) {
        const how = event.inputType || '';
        if (event.target.type === 'range') return event.isTrusted ? 'other' : device;
        if (!event.isTrusted) return 'other';
        if (event.type === 'change') return device;
        if (how.startsWith('insertFromPaste')) return 'paste';
        return /^(insert(Composition)?Text|delete|history)/.test(how) ? 'keyboard' : 'other';
    }

    // `event`: the browser's own, if it changed the offer.
    function note(what, value, event) {
        if (event) {
            const kind = kindOf(event);
            if (kind !== log.kind) add('input', kind);
            log.kind = kind;
            log.changed = [{ t: now(), what: 'changed', value: kind }];
        }
        add(what, value);
    }

    function noteAttention(what, value = null) {
        if (!leaves && ++log.attention <= MOST_ATTENTION) add(what, value);
    }

    function copied() {
        const { value, selectionStart, selectionEnd } = document.activeElement;
        const text = selectionEnd > selectionStart ? value.slice(selectionStart, selectionEnd) : String(document.getSelection());
        noteAttention('copied', text.length);
    }

    document.addEventListener('pointerdown', (event) => { device = POINTERS.includes(event.pointerType) ? event.pointerType : 'other'; }, true);
    document.addEventListener('keydown', () => { device = 'keyboard'; }, true);
    if (root.js_vars.attention) {
        root.addEventListener('pagehide', () => { leaves = true; });
        document.addEventListener('visibilitychange', () => noteAttention(document.hidden ? 'hidden' : 'visible'));
        root.addEventListener('blur', () => noteAttention('focus_lost'));
        root.addEventListener('focus', () => noteAttention('focus_gained'));
        ['copy', 'cut'].forEach((name) => document.addEventListener(name, copied));
    }

    add('shown', null);
    root.parimutuelLog = { note, submitted: () => add('submitted', device, MOST + RESERVED) };
})(this);

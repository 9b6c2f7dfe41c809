/* The log of how the page is used: it is sent with the offer in a hidden field, and survives a reload. */
(function (root) {
    'use strict';

    const { kept, keep } = root.parimutuelForm;
    const MOST = 500, PERIOD_MS = 250;
    const field = document.getElementById('events');
    const log = kept('log') || { start: Date.now(), events: [] };

    // Of several changes of the same thing within a quarter of a second, the last value counts.
    function note(what, value) {
        const t = Math.max(Date.now() - log.start, 0), last = log.events[log.events.length - 1];
        if (last && last.what === what && what !== 'shown' && (last.value === value || t - last.t < PERIOD_MS)) last.value = value;
        else if (log.events.length < MOST) log.events.push({ t, what, value });
        field.value = JSON.stringify(log.events);
        keep('log', log);
    }

    note('shown', null);
    root.parimutuelLog = { note };
})(this);

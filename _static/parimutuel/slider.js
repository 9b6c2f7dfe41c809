/* A slider that moves only on purpose. By touch or pen it moves when its handle is dragged sideways or, while it has no handle yet, when
   the line is tapped. A finger that scrolls or zooms never moves it, wherever it begins, nor does the mouse wheel. Mouse, keys and screen
   readers move it as in any browser. */
(function (root) {
    'use strict';

    const HANDLE = 26;     // px, the width of the handle
    const REACH = 24;      // px to each side of the handle's middle at which a finger still holds it
    const REST = 12;       // px within which a finger has not moved
    const SIDEWAYS = 3;    // a movement this many times as far along the line as across it is a drag and not a scroll
    const ASTRAY = 64;     // px across the line at which a drag is abandoned
    const ECHO_MS = 2000;  // how long after a touch a browser may report it once more, as a mouse
    const SOON_MS = 100;
    const TAP_MS = 700;    // a touch that takes longer is not a tap
    const STILL_MS = 100;  // how long the page must have been still before: a touch that stops a scrolling page is not a tap

    // `hasHandle()`: whether a value is shown; `chosen()`: accept the new value; `undo()`: show the valid value again;
    // `remember()`: returns a function that restores everything as it is now.
    function listen(slider, { hasHandle, chosen, undo, remember }) {
        const least = Number(slider.min), most = Number(slider.max);
        let touch = null;  // the touch on the slider that may still count: it rests or drags
        let echoUntil = 0; // changes of the value by the browser before this moment are not meant
        let scrolled = -Infinity;
        let pressed = false; // whether the last press was on the slider: a click on its label reaches it too, but chooses nothing

        const echoFor = (milliseconds) => { echoUntil = performance.now() + milliseconds; };
        const length = () => slider.getBoundingClientRect().width - HANDLE;
        const middleAt = (place) => slider.getBoundingClientRect().left + HANDLE / 2 + (place - least) / (most - least) * length();
        const placeAt = (x) => least + (x - middleAt(least)) / length() * (most - least);

        function moveTo(place) {
            slider.value = Math.min(Math.max(Math.round(place), least), most);
            slider.dispatchEvent(new Event('input', { bubbles: true }));
        }

        function giveUp() {
            if (touch && touch.does === 'drags') touch.back();
            touch = null;
        }

        function downAnywhere(event) {
            if (event.pointerType === 'mouse') echoUntil = 0;
            else echoFor(Infinity);
            pressed = event.target === slider;
            if (!event.isPrimary || event.target !== slider) giveUp();
        }

        function upAnywhere(event) {
            if (event.pointerType !== 'mouse') echoFor(ECHO_MS);
        }

        function down(event) {
            touch = null;
            if (event.pointerType === 'mouse' || !event.isPrimary) return;
            const place = Number(slider.value), holds = hasHandle() && Math.abs(event.clientX - middleAt(place)) <= REACH;
            touch = { id: event.pointerId, x: event.clientX, y: event.clientY, since: event.timeStamp, place, holds, does: 'rests' };
        }

        function move(event) {
            if (event.pointerType !== 'mouse') echoFor(Infinity);
            if (!touch || event.pointerId !== touch.id) return;
            const along = event.clientX - touch.x, across = Math.abs(event.clientY - touch.y);
            if (touch.does === 'rests' && Math.hypot(along, across) > REST) {
                if (!touch.holds || Math.abs(along) < SIDEWAYS * across) return giveUp();
                Object.assign(touch, { does: 'drags', back: remember() });
            }
            if (touch.does !== 'drags') return;
            if (across > ASTRAY) giveUp();
            else moveTo(touch.place + along / length() * (most - least));
        }

        function up(event) {
            if (!touch || event.pointerId !== touch.id) return;
            const taps = touch.does === 'rests' && !hasHandle() && event.timeStamp - touch.since < TAP_MS && touch.since - scrolled > STILL_MS;
            touch = null;
            if (taps) moveTo(placeAt(event.clientX));
        }

        function click() {
            if (performance.now() < echoUntil) undo();
            else if (pressed) chosen(); // a click in the exact middle changes no value, but is a choice
        }

        function input(event) {
            if (event.isTrusted && performance.now() < echoUntil) undo();
            else chosen();
        }

        // In some browsers the wheel moves the focused slider.
        function wheel() {
            echoUntil = Math.max(echoUntil, performance.now() + SOON_MS);
        }

        document.addEventListener('pointerdown', downAnywhere, { capture: true });
        ['pointerup', 'pointercancel'].forEach((name) => document.addEventListener(name, upAnywhere, { capture: true }));
        document.addEventListener('scroll', (event) => { scrolled = event.timeStamp; }, { capture: true, passive: true });
        slider.addEventListener('pointerdown', down);
        slider.addEventListener('pointermove', move);
        slider.addEventListener('pointerup', up);
        slider.addEventListener('pointercancel', giveUp);
        slider.addEventListener('click', click);
        slider.addEventListener('input', input);
        slider.addEventListener('keydown', () => { echoUntil = 0; });
        slider.addEventListener('wheel', wheel, { passive: true });
    }

    root.parimutuelSlider = { listen };
})(this);

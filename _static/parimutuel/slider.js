/* A slider that moves only on purpose: by a sideways drag that begins on its handle, with mouse, pen or finger alike, or by a key. A press
   beside the handle moves nothing, nor does a finger that scrolls or zooms, nor the mouse wheel. Screen readers move it as in any browser. */
(function (root) {
    'use strict';

    const HANDLE = 1.6;    // rem, the width of the handle
    const REACH = 24;      // px to each side of the handle's middle at which a finger still holds it
    const REST = 12;       // px within which a finger has not moved
    const STEADY = 2;      // px within which a mouse has not moved
    const SIDEWAYS = 3;    // a finger's movement this many times as far along the line as across it is a drag and not a scroll
    const ASTRAY = 64;     // px across the line at which a finger's drag is abandoned
    const ECHO_MS = 2000;  // how long after a touch a browser may report it once more, as a mouse
    const SOON_MS = 100;

    // `chosen(event)`: accept the new value; `undo()`: show the valid value again; `remember()`: returns a function that restores everything
    // as it is now. Returns whether the slider has its focus from a press, and not from a key.
    function listen(slider, { chosen, undo, remember }) {
        const least = Number(slider.min), most = Number(slider.max);
        let drag = null;     // the press on the handle that may still count
        let echoUntil = 0;   // changes of the value by the browser before this moment are not meant
        let pressed = false;

        const echoFor = (milliseconds) => { echoUntil = performance.now() + milliseconds; };
        const width = () => HANDLE * parseFloat(getComputedStyle(document.documentElement).fontSize);
        const length = () => slider.getBoundingClientRect().width - width();
        const middle = () => slider.getBoundingClientRect().left + width() / 2 + (slider.value - least) / (most - least) * length();

        function giveUp() {
            if (drag && drag.back) drag.back();
            drag = null;
        }

        function downAnywhere(event) {
            echoFor(Infinity);
            if (!event.isPrimary || event.target !== slider) giveUp();
        }

        function upAnywhere(event) {
            echoFor(event.pointerType === 'mouse' ? SOON_MS : ECHO_MS);
        }

        function down(event) {
            const mouse = event.pointerType === 'mouse';
            drag = null;
            if (!event.isPrimary || event.button || Math.abs(event.clientX - middle()) > (mouse ? width() / 2 : REACH)) return;
            slider.setPointerCapture(event.pointerId);
            drag = { id: event.pointerId, x: event.clientX, y: event.clientY, place: Number(slider.value), mouse, back: null };
        }

        function move(event) {
            if (!drag || event.pointerId !== drag.id) return;
            const along = event.clientX - drag.x, across = drag.mouse ? 0 : Math.abs(event.clientY - drag.y);
            if (!drag.back) {
                if (Math.hypot(along, across) <= (drag.mouse ? STEADY : REST)) return;
                if (Math.abs(along) < SIDEWAYS * across) return giveUp();
                drag.back = remember();
            }
            if (across > ASTRAY) return giveUp();
            slider.value = Math.min(Math.max(Math.round(drag.place + along / length() * (most - least)), least), most);
            slider.dispatchEvent(new Event('input', { bubbles: true }));
        }

        function up(event) {
            if (drag && event.pointerId === drag.id) drag = null;
        }

        // The browser's own answer to a press is to jump there; it also takes the focus, which is kept.
        function press(event) {
            event.preventDefault();
            slider.focus({ preventScroll: true });
            pressed = true;
        }

        function input(event) {
            if (event.isTrusted && performance.now() < echoUntil) undo();
            else chosen(event);
        }

        document.addEventListener('pointerdown', downAnywhere, { capture: true });
        ['pointerup', 'pointercancel', 'touchend', 'touchcancel'].forEach((name) => {
            document.addEventListener(name, upAnywhere, { capture: true, passive: true });
        });
        slider.addEventListener('pointerdown', down);
        slider.addEventListener('pointermove', move);
        slider.addEventListener('pointerup', up);
        slider.addEventListener('pointercancel', giveUp);
        slider.addEventListener('mousedown', press);
        slider.addEventListener('blur', () => { pressed = false; });
        slider.addEventListener('click', undo);
        slider.addEventListener('input', input);
        slider.addEventListener('keydown', () => { echoUntil = 0; });
        // In some browsers the wheel moves the focused slider.
        slider.addEventListener('wheel', () => { echoUntil = Math.max(echoUntil, performance.now() + SOON_MS); }, { passive: true });
        return () => pressed;
    }

    root.parimutuelSlider = { listen };
})(this);

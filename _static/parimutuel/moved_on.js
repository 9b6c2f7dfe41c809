/* A page that opens because the market has gone on says so: in the title of its window, until that is seen, and, if the session asks for it,
   by a short sound to a reader who waited. Browsers play a sound only after a click or a key; without one there is none. */
(function () {
    'use strict';

    const place = document.getElementById('moved-on'), title = document.title;
    const TONES = [[660, 0], [880, 0.18]], LASTS_S = 0.16, LOUDNESS = 0.12, PATIENCE_MS = 1000;

    function waited() {
        try {
            const noted = window.sessionStorage.getItem('parimutuel-waited');
            window.sessionStorage.removeItem('parimutuel-waited');
            return noted !== null;
        } catch {
            return false;
        }
    }

    function play(sound) {
        TONES.forEach(([pitch, after]) => {
            const tone = sound.createOscillator(), volume = sound.createGain(), begins = sound.currentTime + after;
            tone.frequency.value = pitch;
            volume.gain.setValueAtTime(LOUDNESS, begins);
            volume.gain.exponentialRampToValueAtTime(0.001, begins + LASTS_S);
            tone.connect(volume).connect(sound.destination);
            tone.start(begins);
            tone.stop(begins + LASTS_S);
        });
    }

    // A sound that is refused now must not be played later, at the next click.
    function ring() {
        try {
            const sound = new AudioContext();
            const late = window.setTimeout(() => sound.close(), PATIENCE_MS);
            sound.resume().then(() => { window.clearTimeout(late); play(sound); }).catch(() => { /* refused */ });
        } catch { /* no sound in this browser */ }
    }

    if (waited() && place.dataset.sound) ring();
    if (document.hidden) {
        document.title = place.dataset.title;
        document.addEventListener('visibilitychange', () => { if (!document.hidden) document.title = title; });
    }
})();

/* A short sound to a reader who waited. Browsers play it only after a click or a key on this site; without one there is none, and none
   later, at the next click. */
(function () {
    'use strict';

    const TONES = [[660, 0], [880, 0.18]], LASTS_S = 0.16, LOUDNESS = 0.12, PATIENCE_MS = 1000;

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

    try {
        const waited = window.sessionStorage.getItem('parimutuel-waited');
        window.sessionStorage.removeItem('parimutuel-waited');
        if (waited) {
            const sound = new AudioContext();
            const late = window.setTimeout(() => sound.close(), PATIENCE_MS);
            sound.resume().then(() => { window.clearTimeout(late); play(sound); }).catch(() => { /* refused */ });
        }
    } catch { /* no memory, or no sound, in this browser */ }
})();

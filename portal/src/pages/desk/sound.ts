/** The red alert is heard as well as seen. A browser keeps silent until the person has pressed a key or the mouse once. */
let context: AudioContext | null = null;

export type Sounding = 'ready' | 'blocked';

function open(): AudioContext | null {
  try { context ??= new AudioContext(); } catch { return null; }
  return context;
}

/** Whether a sound would be heard now. */
export function sounding(): Sounding {
  return open()?.state === 'running' ? 'ready' : 'blocked';
}

/** Asks the browser to let sound through; call it from a key or a click. */
export async function unblock(): Promise<Sounding> {
  try { await open()?.resume(); } catch { /* it stays blocked, and the page says so */ }
  return sounding();
}

/** Three short tones, falling and rising, that no telephone makes. */
export function alarm(): void {
  const audio = open();
  if (!audio || audio.state !== 'running') return;
  [880, 660, 880].forEach((hertz, i) => {
    const from = audio.currentTime + i * 0.28;
    const tone = audio.createOscillator();
    const gain = audio.createGain();
    tone.frequency.value = hertz;
    tone.type = 'triangle';
    gain.gain.setValueAtTime(0, from);
    gain.gain.linearRampToValueAtTime(0.35, from + 0.02);
    gain.gain.linearRampToValueAtTime(0, from + 0.24);
    tone.connect(gain).connect(audio.destination);
    tone.start(from);
    tone.stop(from + 0.25);
  });
}

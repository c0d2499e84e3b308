// Runs in an AudioWorklet: tells at what time of its context each beep begins.

/** Of full scale; a beep has half of it. */
const LOUD = 0.15;
/** Quieter than that for so long, and the next loud sample begins a beep. */
const PAUSE_S = 0.3;

class Onset extends AudioWorkletProcessor {
  constructor() {
    super();
    this.loudAt = -Infinity;
  }

  process([[samples = []]]) {
    for (let i = 0; i < samples.length; i += 1) {
      if (Math.abs(samples[i]) < LOUD) continue;
      const at = currentTime + i / sampleRate;
      if (at - this.loudAt > PAUSE_S) this.port.postMessage(at);
      this.loudAt = at;
    }
    return true;
  }
}

registerProcessor('onset', Onset);

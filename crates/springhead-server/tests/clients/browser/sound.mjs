// Hears a <video>: by how much its sound is late against its picture.
//
// The publisher beeps as each second of the clock in the picture begins. So where in the media a beep is heard, and where
// the picture of that second is, tell how far the two are apart, whatever the player has done to either.
import { percentile } from './watch.mjs';

/** Two pictures whose clocks are further apart than their times are not both of a picture that runs: it was held. */
const RUNS_MS = 5;
/** A beep is so long. What is heard within that of where playback goes on may be the rest of one. */
const BEEP_S = 0.1;

export class Sound {
  constructor(video, watch) {
    this.video = video;
    this.watch = watch;
    this.beeps = [];
    this.resumedAt = NaN;
    for (const event of ['playing', 'seeked']) video.addEventListener(event, () => (this.resumedAt = video.currentTime));
  }

  /** Listens from now on. */
  async open() {
    const context = new AudioContext({ latencyHint: 'interactive' });
    await context.audioWorklet.addModule('/browser/onset.mjs');
    const onset = new AudioWorkletNode(context, 'onset', { numberOfOutputs: 0 });
    onset.port.onmessage = ({ data }) => {
      const ago = context.currentTime - data;
      const mediaTime = this.video.currentTime - ago * this.video.playbackRate;
      if (!(Math.abs(mediaTime - this.resumedAt) < BEEP_S)) this.beeps.push({ mediaTime });
    };
    context.createMediaElementSource(this.video).connect(onset);
    this.video.muted = false;
    await context.resume();
  }

  begin() {
    this.beeps = [];
  }

  /** Milliseconds by which each beep is late; negative when it is early. */
  figures() {
    const { samples } = this.watch;
    const running = samples.filter((sample, i) => {
      const before = samples[i - 1];
      return before && Math.abs((sample.mediaTime - before.mediaTime) * 1000 - (sample.clock - before.clock)) < RUNS_MS;
    });
    const late = this.beeps.flatMap(({ mediaTime }) => {
      const distance = (sample) => Math.abs(sample.mediaTime - mediaTime);
      const picture = running.reduce((best, sample) => (best && distance(best) < distance(sample) ? best : sample), null);
      if (!picture || distance(picture) > 1) return [];
      const heard = picture.clock + (mediaTime - picture.mediaTime) * 1000;
      return [Math.round(heard - 1000 * Math.round(heard / 1000))];
    });
    const apart = late.map(Math.abs);
    return { beeps: this.beeps.length, compared: late.length, lateMs: late, medianMs: percentile(late, 0.5), apartMs: { p50: percentile(apart, 0.5), p90: percentile(apart, 0.9) } };
  }
}

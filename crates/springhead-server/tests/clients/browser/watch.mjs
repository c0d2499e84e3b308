// Watches a <video>: when the first picture came, how old each picture was when it came to the screen, and every moment
// in which playback stood still.
import { age, clockReader } from './clock.mjs';

/** currentTime may rest for so long between two looks before that counts as standing still. */
const STILL_MS = 400;
const LOOK_MS = 50;
/** Two rests with less playback than this between them are one stall. */
const SAME_STALL_MS = 1000;
/** Reading the clock off each picture would cost more than decoding it. */
const READ_EVERY_MS = 90;

const rounded = (value) => (Number.isFinite(value) ? Math.round(value) : null);

export function percentile(values, fraction) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted.length ? sorted[Math.min(sorted.length - 1, Math.floor(fraction * sorted.length))] : NaN;
}

export class Watch {
  constructor(video) {
    this.video = video;
    this.born = performance.now();
    this.firstPictureMs = NaN;
    this.read = clockReader(video);
    this.samples = [];
    this.unreadable = 0;
    this.heights = {};
    this.stalls = [];
    this.longestFrameGapMs = 0;
    /** Standing still is expected, and not counted, before the first picture and while the harness itself seeks. */
    this.excused = true;

    video.addEventListener('waiting', () => this.stall('waiting'));
    const onFrame = (now, frame) => {
      this.frame(now, frame);
      video.requestVideoFrameCallback(onFrame);
    };
    video.requestVideoFrameCallback(onFrame);
    setInterval(() => this.look(), LOOK_MS);
    this.last = { time: video.currentTime, at: performance.now() };
  }

  frame(now, { expectedDisplayTime, mediaTime, height }) {
    if (Number.isNaN(this.firstPictureMs)) this.firstPictureMs = now - this.born;
    if (this.lastFrameAt && !this.excused) this.longestFrameGapMs = Math.max(this.longestFrameGapMs, now - this.lastFrameAt);
    this.lastFrameAt = now;
    this.height = height;
    this.heights[height] = (this.heights[height] ?? 0) + 1;
    if (this.samples.length && now - this.samples.at(-1).at < READ_EVERY_MS) return;
    const read = this.read();
    if (read === null) {
      this.unreadable += 1;
      return;
    }
    // What the callback announces is on screen at expectedDisplayTime.
    const shown = Date.now() + Math.max(0, expectedDisplayTime - performance.now());
    const old = age(read, shown);
    this.samples.push({ at: now, age: old, clock: shown - old, mediaTime });
  }

  look() {
    const { video, last } = this;
    const now = performance.now();
    if (video.currentTime !== last.time || video.paused || video.seeking || this.excused) {
      if (this.open && video.currentTime > last.time) {
        this.open.endedAfterMs = Math.round(now - this.open.at);
        this.open.endedAt = now;
        this.open = null;
      }
      this.last = { time: video.currentTime, at: now };
    } else if (now - last.at > STILL_MS) {
      this.stall('still');
    }
  }

  stall(how) {
    if (this.excused || this.open || this.video.seeking) return;
    const now = performance.now();
    const before = this.stalls.at(-1);
    if (before && now - before.endedAt < SAME_STALL_MS) {
      this.open = before;
      return;
    }
    this.open = { how, at: now, atTime: this.video.currentTime, afterMs: Math.round(now - this.born) };
    this.stalls.push(this.open);
  }

  /** Starts a new account; `figures` closes it. */
  begin() {
    this.samples = [];
    this.stalls = [];
    this.open = null;
    this.unreadable = 0;
    this.heights = {};
    this.longestFrameGapMs = 0;
    this.excused = false;
    this.last = { time: this.video.currentTime, at: performance.now() };
    this.quality = this.video.getVideoPlaybackQuality();
    this.beganAt = performance.now();
    this.beganAtTime = this.video.currentTime;
  }

  figures() {
    const ages = this.samples.map((sample) => sample.age);
    const { droppedVideoFrames, totalVideoFrames } = this.video.getVideoPlaybackQuality();
    return {
      seconds: rounded((performance.now() - this.beganAt) / 1000),
      playedSeconds: Math.round((this.video.currentTime - this.beganAtTime) * 10) / 10,
      latencyMs: { p50: rounded(percentile(ages, 0.5)), p95: rounded(percentile(ages, 0.95)), max: rounded(Math.max(...ages)), samples: ages.length },
      unreadable: this.unreadable,
      heights: this.heights,
      stalls: this.stalls.length,
      stallList: this.stalls.map(({ how, atTime, afterMs, endedAfterMs }) => ({ how, atTime, afterMs, endedAfterMs })),
      frames: totalVideoFrames - this.quality.totalVideoFrames,
      dropped: droppedVideoFrames - this.quality.droppedVideoFrames,
      longestFrameGapMs: rounded(this.longestFrameGapMs),
    };
  }

  /** Age of the picture that is on screen, from the last `milliseconds`; NaN when none could be read in them. */
  ageNow(milliseconds = 1000) {
    const since = performance.now() - milliseconds;
    return percentile(this.samples.filter((sample) => sample.at >= since).map((sample) => sample.age), 0.5);
  }
}

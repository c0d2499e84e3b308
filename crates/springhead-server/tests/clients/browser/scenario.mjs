// What one player goes through: first picture, a narrow network and a wide one, steady play at the live edge, 8 s back, and
// live again.
import { HEIGHT } from './clock.mjs';
import { PLAYERS } from './players.mjs';
import { Sound } from './sound.mjs';
import { Watch } from './watch.mjs';

const SEEK_BACK_S = 8;
const BACK_PLAY_S = 4;
const RETURN_WITHIN_S = 25;
const FULL_WITHIN_S = 5;
const SWITCH_WITHIN_S = 30;
const LOWER_PLAY_S = 3;

const sleep = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

/** Polls `test` until it holds; false when it did not in time. */
async function until(seconds, test) {
  const end = performance.now() + seconds * 1000;
  while (performance.now() < end) {
    if (test()) return true;
    await sleep(0.05);
  }
  return false;
}

/**
 * @param {{player: string, hls: string, dash: string, seconds: number, settle: number, startWithin: number, seek: boolean, target: number, narrow: number, again: boolean, sound: boolean}} options
 * @param {(event: string) => void} tell called when a stage is reached
 * @param {(kilobits: number) => Promise<void>} limit narrows the network, or with 0 widens it again
 */
export async function run(options, tell, limit) {
  const video = document.querySelector('video');
  const report = { player: options.player, errors: {}, warnings: {} };
  const watch = new Watch(video);
  const sound = options.sound ? new Sound(video, watch) : null;
  await sound?.open();
  const player = await PLAYERS[options.player](video, options, {
    error: (text) => (report.errors[text] = (report.errors[text] ?? 0) + 1),
    warning: (text) => (report.warnings[text] = (report.warnings[text] ?? 0) + 1),
  });
  window.harness = { video, watch, player, report };
  report.version = player.version;

  report.started = await until(options.startWithin, () => watch.firstPictureMs > 0 && video.currentTime > 0 && !video.paused);
  report.firstPictureMs = Math.round(watch.firstPictureMs);
  if (!report.started) return { ...report, media: media(video) };
  tell('playing');

  // Catching up from where the first buffer put the player is not yet the steady state; standing still in it counts.
  watch.begin();
  await sleep(options.settle);
  report.settling = watch.figures();

  if (options.narrow) report.switching = await narrowAndWiden(watch, sound, limit, options);

  watch.begin();
  sound?.begin();
  tell('watched');
  await sleep(options.seconds);
  report.steady = { ...watch.figures(), sound: sound?.figures() };
  report.playerSays = player.figures();
  report.end = { latencyMs: Math.round(watch.ageNow(2000)), advancing: watch.ageNow(2000) < 60000 && !video.paused, media: media(video) };
  tell('measured');

  if (options.seek) {
    const liveAge = report.steady.latencyMs.p50;
    report.seekBack = await seekBack(video, watch, liveAge);
    report.returnToLive = await returnToLive(video, watch, player, liveAge);
    tell('sought');
  }
  return report;
}

/**
 * Narrows the network once the picture is at its full height, until it is lower, and widens it, if asked to until it is not.
 * Tells after how many milliseconds each came about, null for what did not.
 */
async function narrowAndWiden(watch, sound, limit, { narrow: kilobits, again }) {
  const after = async (seconds, test) => {
    const began = performance.now();
    return (await until(seconds, test)) ? Math.round(performance.now() - began) : null;
  };
  const full = () => watch.height === HEIGHT;
  const lower = () => watch.height < HEIGHT;
  watch.begin();
  sound?.begin();
  const fullMs = await after(FULL_WITHIN_S, full);
  await limit(kilobits);
  const lowerMs = await after(SWITCH_WITHIN_S, lower);
  await sleep(LOWER_PLAY_S);
  await limit(0);
  const fullAgainMs = again ? await after(SWITCH_WITHIN_S, full) : null;
  return { fullMs, lowerMs, fullAgainMs, ...watch.figures(), sound: sound?.figures() };
}

/** Jumps 8 s back and plays there: the clock must be about 8 s older than it was, and run. */
async function seekBack(video, watch, liveAge) {
  watch.excused = true;
  const asked = performance.now();
  video.currentTime -= SEEK_BACK_S;
  const landed = await until(10, () => !video.seeking && watch.samples.at(-1)?.at > asked && watch.ageNow(300) > liveAge + (SEEK_BACK_S - 3) * 1000);
  const afterMs = Math.round(performance.now() - asked);
  watch.begin();
  await sleep(BACK_PLAY_S);
  const figures = watch.figures();
  return { ok: landed && figures.playedSeconds > BACK_PLAY_S * 0.7 && figures.stalls === 0, landed, afterMs, ...figures };
}

/** Goes to the live edge again: the clock must be as young as it was, give or take 1.5 s, and run. */
async function returnToLive(video, watch, player, liveAge) {
  watch.excused = true;
  const asked = performance.now();
  player.live();
  const landed = await until(RETURN_WITHIN_S, () => !video.seeking && watch.samples.at(-1)?.at > asked && watch.ageNow(500) < liveAge + 1500);
  const afterMs = Math.round(performance.now() - asked);
  watch.begin();
  await sleep(3);
  const figures = watch.figures();
  return { ok: landed && figures.playedSeconds > 2, landed, afterMs, ...figures };
}

function media(video) {
  const ranges = (of) => Array.from({ length: of.length }, (_, i) => [of.start(i), of.end(i)].map((t) => Math.round(t * 1000) / 1000));
  return { currentTime: video.currentTime, ended: video.ended, readyState: video.readyState, paused: video.paused, rate: video.playbackRate, buffered: ranges(video.buffered), seekable: ranges(video.seekable), error: video.error?.message ?? null };
}

// The live player: one <video>, an engine, controls, and the patience to wait for a broadcast that is not there.
//
// `new LivePlayer(element, { key, hls, dash })` fills the element. What is on show is reachable for tests and for the
// curious as `window.springhead = { player, video, stats() }`.
import { probe, startEngine } from './engines.js';

const RETRY_MS = 2000;
const TICK_MS = 250;
/** A viewer who follows the live edge is taken back to it when it is this much farther away than it should be… */
const FAR_BEHIND_S = 6;
/** …but not more often than this: a seek costs a moment, and the edge itself may stand still. */
const RETURN_EVERY_MS = 10000;
/** No progress for so long, while the server says that the broadcast is live: start afresh. */
const STUCK_MS = 12000;

const query = new URLSearchParams(location.search);

const ICONS = {
  play: '<path d="M8 5v14l11-7z"/>',
  pause: '<path d="M6 5h4v14H6zm8 0h4v14h-4z"/>',
  back: '<path d="M12 5V1L7 6l5 5V7a6 6 0 1 1-6 6H4a8 8 0 1 0 8-8z"/>',
  muted: '<path d="M4 9v6h4l5 5V4L8 9zm12.6-1L15 9.6 17.4 12 15 14.4l1.6 1.6 2.4-2.4 2.4 2.4 1.6-1.6-2.4-2.4L23 9.6 21.4 8 19 10.4z"/>',
  sound: '<path d="M4 9v6h4l5 5V4L8 9zm12 3a4 4 0 0 0-2-3.5v7a4 4 0 0 0 2-3.5zm-2-8v2.1a6 6 0 0 1 0 11.8V20a8 8 0 0 0 0-16z"/>',
  full: '<path d="M5 14H3v7h7v-2H5zm0-9h5V3H3v7h2zm14 14h-5v2h7v-7h-2zM14 3v2h5v5h2V3z"/>',
};
const icon = (name) => `<svg viewBox="0 0 24 24" aria-hidden="true">${ICONS[name]}</svg>`;

const TEMPLATE = `
  <div class="screen" data-state="waiting">
    <video playsinline></video>
    <button type="button" class="unmute" data-do="mute" hidden>${icon('muted')}<span>Turn the sound on</span></button>
    <div class="notice" role="status" aria-live="polite"><span class="spinner" aria-hidden="true"></span><p></p><code hidden></code></div>
    <div class="controls" role="group" aria-label="Player controls">
      <button type="button" data-do="play" aria-label="Pause">${icon('pause')}</button>
      <button type="button" data-do="back" aria-label="10 seconds back" title="10 seconds back">${icon('back')}</button>
      <input type="range" class="seek" min="0" max="1" value="1" step="any" aria-label="Position in the recording">
      <button type="button" class="live" data-do="live" aria-label="Return to live"><i></i>Live</button>
      <button type="button" data-do="mute" aria-label="Turn the sound on">${icon('muted')}</button>
      <button type="button" data-do="full" aria-label="Full screen" title="Full screen">${icon('full')}</button>
    </div>
  </div>
  <div class="below">
    <dl class="stats" aria-label="Playback figures">
      <div><dt>Latency</dt><dd data-stat="latency">–</dd></div>
      <div><dt>Buffer</dt><dd data-stat="buffer">–</dd></div>
      <div><dt>Dropped</dt><dd data-stat="dropped">–</dd></div>
      <div><dt>Stalls</dt><dd data-stat="stalls">–</dd></div>
      <div><dt>Picture</dt><dd data-stat="picture">–</dd></div>
      <div><dt>Player</dt><dd data-stat="engine">–</dd></div>
    </dl>
    <div class="switch" role="group" aria-label="Protocol">
      <button type="button" data-engine="hls">HLS</button>
      <button type="button" data-engine="dash">DASH</button>
    </div>
  </div>`;

const seconds = (value) => (Number.isFinite(value) ? `${value.toFixed(1)} s` : '–');

/** The line that publishes to `key` on this host; RTMP has its default port. */
export const publishLine = (key) =>
  `ffmpeg -re -stream_loop -1 -i file.mp4 -c copy -f flv rtmp://${location.hostname || 'localhost'}/${key}`;

export class LivePlayer {
  /**
   * @param {HTMLElement} element filled with the player
   * @param {{key: string, hls: string, dash: string}} broadcast
   */
  constructor(element, broadcast) {
    this.element = element;
    this.broadcast = broadcast;
    this.kind = query.get('player') === 'dash' ? 'dash' : 'hls';
    this.engine = null;
    this.round = 0;
    element.innerHTML = TEMPLATE;
    this.find = (selector) => element.querySelector(selector);
    this.video = this.find('video');
    this.video.muted = query.get('muted') !== '0';
    this.listen();
    this.timer = setInterval(() => this.tick(), TICK_MS);
    window.springhead = { player: this, video: this.video, stats: () => this.stats() };
    this.start();
  }

  /** Shows another broadcast in the same place; sound and full screen stay as they are. */
  show(broadcast) {
    this.broadcast = broadcast;
    this.start();
  }

  /** Ends playback and its timers; the element is the caller's again. */
  close() {
    clearInterval(this.timer);
    this.round += 1;
    this.stopEngine();
    this.element.replaceChildren();
  }

  /** Waits until the broadcast is live, then plays it. Every call makes the ones before it void. */
  async start() {
    const round = (this.round += 1);
    this.stopEngine();
    Object.assign(this, { stalls: 0, stalledSince: 0, started: false, following: true, wanted: true, startedAt: performance.now(), returnedAt: performance.now(), firstPicture: NaN, error: '' });
    this.progress = { time: -1, at: performance.now() };
    this.markKind();
    this.notice('Connecting…');
    for (;;) {
      const state = await probe(this.kind, this.broadcast).catch(() => 'unreachable');
      if (round !== this.round) return;
      if (state === 'live') break;
      this.notice(...{
        absent: [`Nothing is being published to ${this.broadcast.key}. This page starts by itself as soon as there is.`, publishLine(this.broadcast.key)],
        ended: ['The broadcast has ended. This page starts by itself when it comes back.'],
        unreachable: ['The server cannot be reached. Trying again…'],
      }[state]);
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      if (round !== this.round) return;
    }
    this.startedAt = performance.now();
    const again = (text, wait) => {
      if (round !== this.round) return;
      this.error = text;
      this.notice(text);
      // The picture that is on screen stays there until then.
      setTimeout(() => round === this.round && this.start(), wait);
    };
    try {
      const engine = await startEngine(this.kind, this.video, this.broadcast, {
        ready: () => round === this.round && this.wanted && this.play(),
        fatal: (text) => again(`Playback failed (${text}). Trying again…`, RETRY_MS),
        ended: () => again('The broadcast has ended.', 0),
      });
      if (round !== this.round) engine.stop();
      else this.engine = engine;
    } catch (error) {
      again(`${error.message}. Trying again…`, 2 * RETRY_MS);
    }
  }

  stopEngine() {
    this.engine?.stop();
    this.engine = null;
  }

  /** Plays; where the browser refuses sound without a gesture, plays muted and offers the sound. */
  async play() {
    this.wanted = true;
    try {
      await this.video.play();
    } catch (error) {
      if (error.name !== 'NotAllowedError' || this.video.muted) return;
      this.video.muted = true;
      await this.video.play().catch(() => {});
    }
  }

  listen() {
    const { video } = this;
    video.addEventListener('playing', () => {
      if (!this.started) this.firstPicture = (performance.now() - this.startedAt) / 1000;
      this.started = true;
      this.stalledSince = 0;
      this.notice('');
    });
    video.addEventListener('waiting', () => {
      if (!this.started || video.seeking || this.stalledSince) return;
      this.stalls += 1;
      this.stalledSince = performance.now();
    });
    video.addEventListener('ended', () => this.engine && this.start());
    for (const name of ['play', 'pause', 'volumechange']) video.addEventListener(name, () => this.markButtons());
    video.addEventListener('click', () => this.act('play'));
    this.element.addEventListener('click', (event) => {
      const button = event.target.closest('button');
      if (button?.dataset.do) this.act(button.dataset.do);
      if (button?.dataset.engine) this.choose(button.dataset.engine);
    });
    this.find('.seek').addEventListener('input', (event) => this.seek(Number(event.target.value)));
    this.markButtons();
  }

  act(what) {
    const { video } = this;
    if (what === 'play' && video.paused) this.play();
    else if (what === 'play') this.pause();
    else if (what === 'back') this.seek(video.currentTime - 10);
    else if (what === 'live') this.returnToLive();
    else if (what === 'mute') video.muted = !video.muted;
    else if (what === 'full' && document.fullscreenElement) document.exitFullscreen();
    else if (what === 'full') (this.find('.screen').requestFullscreen?.() ?? video.webkitEnterFullscreen?.());
  }

  pause() {
    this.wanted = false;
    this.following = false;
    this.video.pause();
  }

  /** Plays from `time` in the recording, seconds on the element's line. */
  seek(time) {
    const range = this.range();
    if (!range) return;
    this.following = false;
    this.video.currentTime = Math.min(Math.max(time, range.start + 0.5), range.end);
  }

  returnToLive() {
    this.following = true;
    this.engine?.live();
    this.play();
  }

  choose(kind) {
    if (kind === this.kind) return;
    this.kind = kind;
    this.start();
  }

  range() {
    const { seekable } = this.video;
    return seekable.length ? { start: seekable.start(0), end: seekable.end(seekable.length - 1) } : null;
  }

  /** What the page shows, as numbers: seconds, counts, names. `NaN` is unknown. */
  stats() {
    const { video, engine } = this;
    let buffer = 0;
    for (let i = 0; i < video.buffered.length; i += 1) {
      if (video.buffered.start(i) <= video.currentTime + 0.1 && video.currentTime < video.buffered.end(i)) buffer = video.buffered.end(i) - video.currentTime;
    }
    const quality = video.getVideoPlaybackQuality?.() ?? { droppedVideoFrames: 0, totalVideoFrames: 0 };
    return {
      engine: engine?.name ?? '',
      kind: this.kind,
      state: this.find('.screen').dataset.state,
      latency: engine && this.started ? engine.latency() : NaN,
      behind: engine && this.started ? engine.behind() : NaN,
      buffer,
      dropped: quality.droppedVideoFrames,
      frames: quality.totalVideoFrames,
      stalls: this.stalls,
      rate: video.playbackRate,
      firstPicture: this.firstPicture,
      currentTime: video.currentTime,
      width: video.videoWidth,
      height: video.videoHeight,
      muted: video.muted,
      error: this.error,
    };
  }

  tick() {
    const { video } = this;
    const stats = this.stats();
    const put = (name, text) => {
      const cell = this.find(`[data-stat="${name}"]`);
      if (cell.textContent !== text) cell.textContent = text;
    };
    put('latency', seconds(stats.latency));
    put('buffer', this.started ? seconds(stats.buffer) : '–');
    put('dropped', stats.frames ? `${stats.dropped} of ${stats.frames}` : '–');
    put('stalls', this.started ? String(stats.stalls) : '–');
    put('picture', stats.width ? `${stats.width}×${stats.height}` : '–');
    put('engine', stats.engine || '–');

    const atLive = this.started && !video.paused && stats.behind < 2;
    this.find('.live').classList.toggle('on', atLive);
    const range = this.range();
    const seek = this.find('.seek');
    seek.disabled = !range;
    if (range && document.activeElement !== seek) {
      Object.assign(seek, { min: range.start, max: range.end });
      seek.value = this.following && atLive ? range.end : video.currentTime;
    }
    if (range) seek.setAttribute('aria-valuetext', atLive ? 'live' : `${Math.round(stats.latency)} seconds behind live`);

    this.watch(stats);
  }

  /** Notices a picture that stands still, and a viewer who fell behind without having asked for it. */
  watch(stats) {
    const now = performance.now();
    const { video, progress } = this;
    if (video.currentTime !== progress.time || video.paused || !this.engine || document.hidden) {
      this.progress = { time: video.currentTime, at: now };
      if (this.stalledSince && video.currentTime !== progress.time && video.readyState > 2) {
        this.stalledSince = 0;
        this.notice('');
      }
    } else if (now - progress.at > STUCK_MS) {
      this.start();
      return;
    } else if (this.started && now - progress.at > 1500) {
      this.notice('Waiting for the encoder…');
    }
    if (this.following && !video.seeking && stats.behind > FAR_BEHIND_S && now - this.returnedAt > RETURN_EVERY_MS) {
      this.returnedAt = now;
      this.engine.live();
    }
  }

  notice(text, code = '') {
    this.find('.screen').dataset.state = text ? 'waiting' : 'playing';
    this.find('.notice p').textContent = text;
    this.find('.notice code').textContent = code;
    this.find('.notice code').hidden = !code;
  }

  markKind() {
    for (const button of this.element.querySelectorAll('[data-engine]')) button.setAttribute('aria-pressed', String(button.dataset.engine === this.kind));
  }

  markButtons() {
    const { paused, muted } = this.video;
    const play = this.find('.controls [data-do="play"]');
    play.innerHTML = icon(paused ? 'play' : 'pause');
    play.setAttribute('aria-label', paused ? 'Play' : 'Pause');
    const mute = this.find('.controls [data-do="mute"]');
    mute.innerHTML = icon(muted ? 'muted' : 'sound');
    mute.setAttribute('aria-label', muted ? 'Turn the sound on' : 'Turn the sound off');
    this.find('.unmute').hidden = !muted;
  }
}

/** A row of addresses, each of which copies itself. */
export function addresses(entries) {
  const list = document.createElement('ul');
  list.className = 'addresses';
  for (const [label, path] of entries) {
    const item = document.createElement('li');
    const url = String(new URL(path, location.href));
    item.innerHTML = '<span></span><a></a><button type="button">Copy</button>';
    item.querySelector('span').textContent = label;
    Object.assign(item.querySelector('a'), { href: url, textContent: url });
    const button = item.querySelector('button');
    button.setAttribute('aria-label', `Copy the ${label} address`);
    button.addEventListener('click', async () => {
      await navigator.clipboard?.writeText(url).then(() => (button.textContent = 'Copied'), () => {});
      setTimeout(() => (button.textContent = 'Copy'), 1500);
    });
    list.append(item);
  }
  return list;
}

// The page of one broadcast: its key is its path, `/app/name/`.
const own = document.querySelector('[data-broadcast]');
if (own) {
  const path = location.pathname.replace(/\/*$/, '/');
  const key = decodeURIComponent(path.replace(/^\/|\/$/g, ''));
  document.title = `${key} · Springhead`;
  document.querySelector('h1').textContent = key;
  const broadcast = { key, hls: `${path}index.m3u8`, dash: `${path}manifest.mpd` };
  new LivePlayer(own, broadcast);
  document.querySelector('[data-addresses]').append(addresses([['HLS', broadcast.hls], ['DASH', broadcast.dash]]));
}

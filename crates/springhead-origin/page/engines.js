// The players behind the page, each reduced to the same few words: latency, behind, return to live, stop.
//
// An engine is made by `startEngine(kind, video, urls, events)`. `events.fatal(text)` is called at most once, when the
// engine cannot go on by itself; `events.ended()` when the broadcast has been closed and played to its end.

const VENDOR = new URL('./vendor/', import.meta.url);
const scripts = new Map();

/** Milliseconds to add to this machine's clock to get the server's. */
let clockOffset = 0;

/** Takes over the server's clock where the viewer's is plainly wrong; `Date` knows whole seconds only. */
function learnClock(response) {
  const date = Date.parse(response.headers.get('date') ?? '');
  const offset = date + 500 - Date.now();
  if (!Number.isNaN(offset)) clockOffset = Math.abs(offset) > 2000 ? offset : 0;
}

/** Seconds since `date` by the server's clock. */
const since = (date) => (Date.now() + clockOffset - date) / 1000;

/** Loads a classic script once; a failed load may be tried again. */
function loadScript(name) {
  if (!scripts.has(name)) {
    scripts.set(name, new Promise((resolve, reject) => {
      const script = document.createElement('script');
      script.src = new URL(name, VENDOR);
      script.onload = () => resolve();
      script.onerror = () => {
        scripts.delete(name);
        script.remove();
        reject(new Error(`${name} could not be loaded`));
      };
      document.head.append(script);
    }));
  }
  return scripts.get(name);
}

/** HLS by hls.js, at PART-HOLD-BACK behind the live edge. */
async function startHls(video, urls, events) {
  await loadScript('hls.min.js');
  const Hls = window.Hls;
  if (!Hls.isSupported()) return startNative(video, urls, events);
  const hls = new Hls({
    lowLatencyMode: true,
    // hls.js never catches up by default: without this a viewer stays as far behind as the first buffer put him.
    maxLiveSyncPlaybackRate: 1.5,
    backBufferLength: 60,
    liveDurationInfinity: true,
  });
  let recoveries = 0;
  hls.on(Hls.Events.ERROR, (_, error) => {
    if (!error.fatal) return;
    if (error.type === Hls.ErrorTypes.MEDIA_ERROR && recoveries++ < 3) hls.recoverMediaError();
    else events.fatal(error.details);
  });
  hls.on(Hls.Events.MANIFEST_PARSED, () => events.ready());
  hls.loadSource(urls.hls);
  hls.attachMedia(video);
  return {
    kind: 'hls',
    player: hls,
    name: `hls.js ${Hls.version}`,
    // What is on screen is dated by EXT-X-PROGRAM-DATE-TIME; the player's own figure does not know the part in the making.
    latency: () => (hls.playingDate ? since(hls.playingDate) : hls.latency),
    // By the playlist, not by the wall clock: a viewer cannot come nearer to the edge than the playlist is.
    behind: () => hls.latency - (hls.targetLatency ?? NaN),
    live: () => {
      if (hls.liveSyncPosition !== null) video.currentTime = hls.liveSyncPosition;
    },
    stop: () => hls.destroy(),
  };
}

/** HLS by the browser itself, where Media Source Extensions are missing. */
function startNative(video, urls, events) {
  if (!video.canPlayType('application/vnd.apple.mpegurl')) throw new Error('This browser plays neither Media Source Extensions nor HLS');
  const failed = () => events.fatal(video.error?.message || 'media error');
  video.addEventListener('error', failed);
  video.addEventListener('loadedmetadata', events.ready, { once: true });
  video.src = urls.hls;
  return {
    kind: 'hls',
    player: video,
    name: 'browser',
    latency: () => since(video.getStartDate?.() ?? NaN) - video.currentTime,
    // The browser keeps its own distance; a few segments are usual.
    behind: () => (video.seekable.length ? video.seekable.end(video.seekable.length - 1) - video.currentTime - 6 : NaN),
    live: () => {
      if (video.seekable.length) video.currentTime = video.seekable.end(video.seekable.length - 1);
    },
    stop: () => {
      video.removeEventListener('error', failed);
      video.removeEventListener('loadedmetadata', events.ready);
      video.removeAttribute('src');
      video.load();
    },
  };
}

/** DASH by dash.js, at the target of the MPD's ServiceDescription. */
async function startDash(video, urls, events) {
  await loadScript('dash.mediaplayer.min.js');
  const dashjs = window.dashjs;
  const player = dashjs.MediaPlayer().create();
  player.updateSettings({
    debug: { logLevel: dashjs.Debug.LOG_LEVEL_NONE },
    streaming: {
      liveCatchup: { enabled: true, playbackRate: { min: -0.5, max: 0.5 } },
      // The MPD names our own clock. Should it not answer, the same server's Date will do: never a third party's.
      utcSynchronization: {
        useManifestDateHeaderTimeSource: true,
        defaultTimingSource: { scheme: 'urn:mpeg:dash:utc:http-head:2014', value: urls.dash },
      },
      lastBitrateCachingInfo: { enabled: false },
      lastMediaSettingsCachingInfo: { enabled: false },
    },
  });
  const { CAN_PLAY, ERROR, PLAYBACK_ENDED } = dashjs.MediaPlayer.events;
  // dash.js begins to refresh the MPD on the element's `play` event, and listens for it only once the first MPD is
  // composed: to call play() earlier would leave it with that MPD for ever.
  player.on(CAN_PLAY, () => events.ready());
  player.on(PLAYBACK_ENDED, () => events.ended());
  player.on(ERROR, ({ error }) => {
    // A lost segment is retried by the player; a manifest that is gone, or media it cannot take, is not.
    const lost = ['MANIFEST_LOADER_LOADING_FAILURE_ERROR_CODE', 'MANIFEST_LOADER_PARSING_FAILURE_ERROR_CODE', 'DOWNLOAD_ERROR_ID_MANIFEST_CODE',
      'MEDIASOURCE_TYPE_UNSUPPORTED_CODE', 'CAPABILITY_MEDIASOURCE_ERROR_CODE', 'APPEND_ERROR_CODE', 'MEDIA_ERR_DECODE', 'MEDIA_ERR_SRC_NOT_SUPPORTED'];
    const errors = dashjs.MediaPlayer.errors;
    if (lost.some((name) => errors[name] !== undefined && errors[name] === error.code)) events.fatal(error.message);
  });
  player.initialize(video, urls.dash, false);
  return {
    kind: 'dash',
    player,
    name: `dash.js ${player.getVersion()}`,
    latency: () => player.getCurrentLiveLatency(),
    behind: () => player.getCurrentLiveLatency() - player.getTargetLiveDelay(),
    live: () => player.seekToOriginalLive(),
    stop: () => player.destroy(),
  };
}

export function startEngine(kind, video, urls, events) {
  let told = false;
  const once = (tell) => (text) => {
    if (told) return;
    told = true;
    tell(text);
  };
  const guarded = { ready: events.ready, fatal: once(events.fatal), ended: events.ended };
  return kind === 'dash' ? startDash(video, urls, guarded) : startHls(video, urls, guarded);
}

/** `live`, `ended` or `absent`: what the server says of a broadcast now. Throws when the server cannot be reached. */
export async function probe(kind, urls) {
  const read = async (url) => {
    const response = await fetch(url, { cache: 'no-store' });
    learnClock(response);
    return response.ok ? response.text() : null;
  };
  const manifest = await read(kind === 'dash' ? urls.dash : urls.hls);
  if (manifest === null) return 'absent';
  if (kind === 'dash') return manifest.includes('type="dynamic"') ? 'live' : 'ended';
  const first = manifest.split('\n').find((line) => line.trim() && !line.startsWith('#'));
  if (!first) return 'absent';
  const media = await read(new URL(first.trim(), new URL(urls.hls, location.href)));
  if (media === null) return 'absent';
  return media.includes('#EXT-X-ENDLIST') ? 'ended' : 'live';
}

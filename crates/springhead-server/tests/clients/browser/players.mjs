// The four players under test, each with the settings an operator would give it for low latency.
//
// A player is `start(video, options, report)`; it answers { version, live(), figures() }. `options` has the URLs, and
// `target`, seconds behind the live edge, where the manifest's own shall not count. `report.error` is for what the
// player could not get over, `report.warning` for what it did. Playback is started here, by the player's own event.

// Playing what has ended would begin it again.
const play = (video, report) => video.ended || video.play().catch((error) => report.error(`play: ${error.message}`));

/** After so long a player is taken to have started. */
const STARTED_MS = 1500;

function hlsjs(video, { hls: url, target }, report) {
  const hls = new Hls({
    lowLatencyMode: true,
    maxLiveSyncPlaybackRate: 1.5,
    liveDurationInfinity: true,
    backBufferLength: 60,
    ...(target && { liveSyncDuration: target }),
  });
  hls.on(Hls.Events.ERROR, (_, data) => (data.fatal ? report.error : report.warning)(`${data.details} ${data.response?.code ?? ''} ${data.reason ?? data.error?.message ?? ''}`.trim()));
  hls.on(Hls.Events.MANIFEST_PARSED, () => play(video, report));
  // It catches up by speed only with more than a second in its buffer, so that it stays behind by what the start took.
  if (target) video.addEventListener('playing', () => setTimeout(() => (video.currentTime = hls.liveSyncPosition), STARTED_MS), { once: true });
  hls.loadSource(url);
  hls.attachMedia(video);
  return {
    version: Hls.version,
    live: () => (video.currentTime = hls.liveSyncPosition),
    figures: () => ({ latency: hls.latency, target: hls.targetLatency, height: hls.levels[hls.currentLevel]?.height }),
  };
}

function dashJs(video, { dash: url, target }, report) {
  const player = dashjs.MediaPlayer().create();
  player.updateSettings({
    debug: { logLevel: dashjs.Debug.LOG_LEVEL_NONE },
    streaming: {
      liveCatchup: { enabled: true },
      utcSynchronization: { defaultTimingSource: { scheme: 'urn:mpeg:dash:utc:http-head:2014', value: url } },
      ...(target && { delay: { liveDelay: target } }),
      lastBitrateCachingInfo: { enabled: false },
      lastMediaSettingsCachingInfo: { enabled: false },
    },
  });
  const { CAN_PLAY, ERROR } = dashjs.MediaPlayer.events;
  player.on(ERROR, ({ error }) => report.error(`${error.code} ${error.message}`));
  player.on(CAN_PLAY, () => play(video, report));
  player.initialize(video, url, false);
  return {
    version: player.getVersion(),
    live: () => player.seekToOriginalLive(),
    figures: () => ({ latency: player.getCurrentLiveLatency(), target: player.getTargetLiveDelay(), height: player.getCurrentRepresentationForType('video')?.height }),
  };
}

async function shakaPlayer(video, url, settings, report) {
  shaka.polyfill.installAll();
  const player = new shaka.Player();
  // Begins with the best version: what it loads at the live edge comes no faster than it is made, and looks like all that
  // the network can.
  player.configure({ ...settings, abr: { defaultBandwidthEstimate: 5e6 } });
  player.addEventListener('error', ({ detail }) => {
    const text = detail.code ? `${detail.category}.${detail.code} ${JSON.stringify(detail.data?.slice?.(0, 2) ?? '')}` : String(detail.stack ?? detail.message ?? JSON.stringify(detail));
    (detail.severity === shaka.util.Error.Severity.CRITICAL ? report.error : report.warning)(text);
  });
  await player.attach(video);
  await player.load(url).then(() => play(video, report), (error) => report.error(`load ${error.category}.${error.code} ${JSON.stringify(error.data)}`));
  return {
    version: shaka.Player.version,
    live: () => player.goToLive(),
    figures: () => {
      const { liveLatency, bufferingTime, stallsDetected, gapsJumped } = player.getStats();
      const { height } = player.getVariantTracks().find((track) => track.active) ?? {};
      return { latency: liveLatency, bufferingTime, stallsDetected, gapsJumped, height };
    },
  };
}

/** Seconds from the live edge that are as good as none. */
const CLOSE = 0.05;

export const PLAYERS = {
  hlsjs,
  dashjs: dashJs,
  // Without liveSync Shaka never catches up over HLS; it counts from where the playlist's hold-back, or what is set instead,
  // puts the live edge.
  'shaka-hls': (video, { hls, target }, report) => shakaPlayer(video, hls, {
    streaming: { liveSync: { enabled: true, ...(target && { targetLatency: CLOSE, targetLatencyTolerance: CLOSE }) } },
    ...(target && { manifest: { defaultPresentationDelay: target } }),
  }, report),
  // Over DASH it follows the MPD's ServiceDescription.
  'shaka-dash': (video, { dash, target }, report) => shakaPlayer(video, dash, target ? { streaming: { liveSync: { enabled: true, targetLatency: target } } } : {}, report),
};

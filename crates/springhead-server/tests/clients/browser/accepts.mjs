// What the browser and its players make of codec strings. Nothing is played.

/** Whether media source extensions take each type. */
export async function types(list) {
  const answers = {};
  for (const type of list) {
    const supported = MediaSource.isTypeSupported(type);
    const kind = type.split('/')[0];
    const details = { contentType: type, ...(kind === 'video' && { width: 320, height: 180, bitrate: 100000, framerate: 25 }) };
    // Its answer is the same; what matters is whether it complains on the console of a type that it cannot read.
    await navigator.mediaCapabilities.decodingInfo({ type: 'media-source', [kind]: details });
    answers[type] = { supported };
  }
  return answers;
}

/** What hls.js makes of each file's playlist, and Shaka Player of its MPD. */
export async function files(names) {
  const answers = {};
  for (const name of names) answers[name] = { hls: await hlsjs(`/${name}/index.m3u8`), dash: await shakaPlayer(`/${name}/manifest.mpd`) };
  return answers;
}

/** From now on the browser says that it decodes anything, so that what a player refuses is refused by itself. */
export function pretendEveryDecoder() {
  MediaSource.isTypeSupported = () => true;
  HTMLMediaElement.prototype.canPlayType = () => 'probably';
  MediaCapabilities.prototype.decodingInfo = async () => ({ supported: true, smooth: true, powerEfficient: true });
  const { addSourceBuffer } = MediaSource.prototype;
  MediaSource.prototype.addSourceBuffer = function (type) {
    return addSourceBuffer.call(this, type.startsWith('audio') ? 'audio/mp4; codecs="mp4a.40.2"' : 'video/mp4; codecs="avc1.42E01E"');
  };
}

function hlsjs(url) {
  return new Promise((resolve) => {
    const hls = new Hls({ autoStartLoad: false });
    const answer = (what) => {
      hls.destroy();
      resolve(what);
    };
    hls.on(Hls.Events.MANIFEST_PARSED, (_, { levels }) => answer(levels.map(({ videoCodec, audioCodec }) => [videoCodec ?? null, audioCodec ?? null])));
    hls.on(Hls.Events.ERROR, (_, { details }) => answer(details));
    hls.loadSource(url);
  });
}

async function shakaPlayer(url) {
  const player = new shaka.Player();
  await player.attach(document.querySelector('video'));
  try {
    return await new Promise((resolve) => {
      const tracks = () => player.getVariantTracks().map(({ videoCodec, audioCodec }) => [videoCodec ?? null, audioCodec ?? null]);
      // The versions are chosen before any of their segments is asked for, of which there are none here.
      player.addEventListener('trackschanged', () => tracks().length && resolve(tracks()));
      player.load(url).then(() => resolve(tracks()), ({ code }) => resolve(code));
    });
  } finally {
    await player.destroy();
  }
}

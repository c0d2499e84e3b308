// The front page: what is live, and the first of it playing.
import { LivePlayer, addresses, publishLine } from './player.js';

const REFRESH_MS = 2000;
const find = (name) => document.querySelector(`[data-${name}]`);
const cards = new Map();
let stage = null;

find('publish').textContent = publishLine('live/cam');
find('server').textContent = `rtmp://${location.hostname || 'localhost'}/live`;

/** One line about the tracks: `1280×720 · avc1.64001f · mp4a.40.2 48 kHz`. */
function describe(tracks) {
  return tracks.map((track) => [
    track.width && track.height ? `${track.width}×${track.height}` : '',
    track.codec,
    track.sample_rate ? `${track.sample_rate / 1000} kHz` : '',
  ].filter(Boolean).join(' ')).join(' · ');
}

/** What else the server says of a broadcast: that it is not live, and how many watch. */
function note({ state = 'live', viewers }) {
  const watching = viewers === undefined ? '' : `${viewers} viewer${viewers === 1 ? '' : 's'}`;
  return [state === 'live' ? '' : state, watching].filter(Boolean).join(' · ');
}

function card(broadcast) {
  const item = document.createElement('li');
  item.innerHTML = `
    <div><h3><a></a></h3><p class="tracks"></p></div>
    <span class="note"></span>
    <button type="button" class="watch">Watch here</button>`;
  item.querySelector('.watch').addEventListener('click', () => {
    watch(broadcast);
    find('stage').scrollIntoView({ behavior: 'smooth', block: 'nearest' });
  });
  item.append(addresses([['HLS', broadcast.hls], ['DASH', broadcast.dash]]));
  return item;
}

function watch(broadcast) {
  find('stage').hidden = false;
  if (!stage) stage = new LivePlayer(find('stage'), broadcast);
  else if (stage.broadcast.key !== broadcast.key) stage.show(broadcast);
  mark();
}

function mark() {
  for (const [key, item] of cards) {
    const playing = stage?.broadcast.key === key;
    item.classList.toggle('playing', playing);
    item.querySelector('.watch').setAttribute('aria-pressed', String(playing));
    item.querySelector('.watch').textContent = playing ? 'Playing above' : 'Watch here';
  }
}

/** Brings the list on the page to `broadcasts`, leaving untouched what did not change. */
function show(broadcasts) {
  const keys = new Set(broadcasts.map(({ key }) => key));
  for (const [key, item] of cards) {
    if (keys.has(key)) continue;
    item.remove();
    cards.delete(key);
  }
  for (const broadcast of broadcasts) {
    let item = cards.get(broadcast.key);
    if (!item) {
      item = card(broadcast);
      cards.set(broadcast.key, item);
      find('broadcasts').append(item);
    }
    Object.assign(item.querySelector('a'), { href: broadcast.page, textContent: broadcast.key });
    item.querySelector('.tracks').textContent = describe(broadcast.tracks ?? []);
    item.querySelector('.note').textContent = note(broadcast);
  }
  find('listed').hidden = broadcasts.length === 0;
  // A player that waits for its broadcast to come back keeps its place: the viewer chose it.
  find('empty').hidden = broadcasts.length > 0 || stage !== null;
  const first = broadcasts.find(({ state }) => state !== 'ended');
  if (!stage && first) watch(first);
  mark();
}

async function refresh() {
  try {
    const response = await fetch('/api/broadcasts', { cache: 'no-store' });
    if (!response.ok) throw new Error(`the server answered ${response.status}`);
    show((await response.json()).broadcasts);
    find('trouble').hidden = true;
  } catch (error) {
    find('trouble').textContent = `The list cannot be read (${error.message}). Trying again…`;
    find('trouble').hidden = false;
  }
  setTimeout(refresh, REFRESH_MS);
}

refresh();

// Plays one broadcast in one player in headless Chromium and reports what a viewer would have seen.
//
//   node play.mjs --player hlsjs|dashjs|shaka-hls|shaka-dash --url http://127.0.0.1:8888/live/cam
//                 [--seconds 60] [--settle 10] [--start-within 20] [--no-seek] [--target 0.5] [--narrow 500 [--again]] [--sound]
//                 [--json report.json] [--screenshot shot.png]
//
// Prints `stage playing`, `stage watched`, `stage measured`, `stage sought` as it gets there, then one line of figures. Exit code 0 means
// that the harness worked, whatever it measured: judging the report is the caller's.
import { createServer } from 'node:http';
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { launch } from './chromium.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const SCRIPTS = {
  hlsjs: 'hls.js/dist/hls.min.js',
  dashjs: 'dashjs/dist/modern/umd/dash.mediaplayer.min.js',
  'shaka-hls': 'shaka-player/dist/shaka-player.compiled.js',
  'shaka-dash': 'shaka-player/dist/shaka-player.compiled.js',
};
const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.mjs': 'text/javascript' };

const { values: args } = parseArgs({
  options: {
    player: { type: 'string' },
    url: { type: 'string' },
    seconds: { type: 'string', default: '60' },
    settle: { type: 'string', default: '10' },
    'start-within': { type: 'string', default: '20' },
    'no-seek': { type: 'boolean', default: false },
    target: { type: 'string', default: '0' },
    narrow: { type: 'string', default: '0' },
    again: { type: 'boolean', default: false },
    sound: { type: 'boolean', default: false },
    json: { type: 'string' },
    screenshot: { type: 'string' },
  },
});
if (!SCRIPTS[args.player] || !args.url) {
  console.error(`usage: node play.mjs --player ${Object.keys(SCRIPTS).join('|')} --url URL`);
  process.exit(2);
}

/** Serves the page, its modules and the one player from this directory, on a port of its own. */
async function serve() {
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, 'http://localhost');
    const file = pathname === '/' ? 'browser/page.html' : pathname === '/player.js' ? join('node_modules', SCRIPTS[args.player]) : pathname.slice(1);
    try {
      const body = await readFile(join(here, file));
      response.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'application/octet-stream' }).end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

const base = args.url.replace(/\/$/, '');
const options = {
  player: args.player,
  hls: base.endsWith('.m3u8') ? base : `${base}/index.m3u8`,
  dash: base.endsWith('.mpd') ? base : `${base}/manifest.mpd`,
  seconds: Number(args.seconds),
  settle: Number(args.settle),
  startWithin: Number(args['start-within']),
  seek: !args['no-seek'],
  target: Number(args.target),
  narrow: Number(args.narrow),
  again: args.again,
  sound: args.sound,
};

const server = await serve();
const browser = await launch();
let report;
try {
  const page = await browser.newPage();
  await page.setViewport({ width: 640, height: 360 });
  const refused = {};
  /** How often what kind of file was asked for, by the status of the answer. */
  const answered = {};
  const console_ = [];
  page.on('response', (response) => {
    const kind = `${response.status()} ${extname(new URL(response.url()).pathname)}`;
    answered[kind] = (answered[kind] ?? 0) + 1;
    if (response.status() < 400 || response.url().endsWith('favicon.ico')) return;
    const line = `${response.status()} ${new URL(response.url()).pathname}`;
    refused[line] = (refused[line] ?? 0) + 1;
  });
  page.on('pageerror', (error) => console_.push(String(error)));
  page.on('console', (message) => message.type() === 'error' && console_.length < 20 && console_.push(message.text()));
  await page.exposeFunction('tell', async (stage) => {
    if (stage === 'measured' && args.screenshot) await page.screenshot({ path: args.screenshot });
    console.log(`stage ${stage}`);
  });
  // Bytes per second, both ways: what a player sends is next to nothing.
  const limit = (kilobits) => page.emulateNetworkConditions(kilobits ? { download: kilobits * 125, upload: kilobits * 125, latency: 20 } : null);
  await page.exposeFunction('limit', limit);
  await page.goto(`http://127.0.0.1:${server.address().port}/`);
  await page.waitForFunction('window.run');
  report = await page.evaluate((given) => window.run(given), options);
  Object.assign(report, { refused, answered, console: console_, browser: await browser.version() });
  if (!report.started && args.screenshot) await page.screenshot({ path: args.screenshot });
} finally {
  await browser.close();
  server.close();
}

if (args.json) await writeFile(args.json, `${JSON.stringify(report, null, 2)}\n`);
const { steady, switching, seekBack, returnToLive } = report;
const apart = (sound) => sound && `sound ${sound.medianMs} ms late (${sound.compared} beeps)`;
console.log([
  `${report.player} ${report.version}`,
  report.started ? `first picture ${report.firstPictureMs} ms` : 'NEVER STARTED',
  steady && `latency p50 ${steady.latencyMs.p50} p95 ${steady.latencyMs.p95} ms`,
  steady && `stalls ${steady.stalls} (settling ${report.settling.stalls})`,
  switching && `full in ${switching.fullMs} ms, lower in ${switching.lowerMs} ms, full again in ${switching.fullAgainMs} ms`,
  apart(switching?.sound),
  apart(steady?.sound),
  steady && `dropped ${steady.dropped}/${steady.frames}`,
  `errors ${Object.values(report.errors).reduce((sum, times) => sum + times, 0)}`,
  seekBack && `8 s back ${seekBack.ok ? `ok in ${seekBack.afterMs} ms` : 'FAILED'}`,
  returnToLive && `live again ${returnToLive.ok ? `ok in ${returnToLive.afterMs} ms` : 'FAILED'}`,
].filter(Boolean).join(' · '));

// Opens the server's own page as a visitor does and reports what it shows, by `window.springhead`.
//
//   node page.mjs --url http://127.0.0.1:8888/ [--seconds 10] [--start-within 20] [--json report.json] [--screenshot shot.png]
//
// Exit code 0 means that the page could be opened, whatever it showed: judging the report is the caller's.
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { launch } from './chromium.mjs';

const { values: args } = parseArgs({
  options: {
    url: { type: 'string' },
    seconds: { type: 'string', default: '10' },
    'start-within': { type: 'string', default: '20' },
    json: { type: 'string' },
    screenshot: { type: 'string' },
  },
});
if (!args.url) {
  console.error('usage: node page.mjs --url http://127.0.0.1:8888/');
  process.exit(2);
}

const browser = await launch();
const report = { console: [], refused: [], elsewhere: [] };
try {
  const page = await browser.newPage();
  await page.setViewport({ width: 1280, height: 900 });
  const origin = new URL(args.url).origin;
  page.on('pageerror', (error) => report.console.push(String(error)));
  page.on('console', (message) => message.type() === 'error' && report.console.push(message.text()));
  page.on('request', (request) => /^https?:/.test(request.url()) && new URL(request.url()).origin !== origin && report.elsewhere.push(request.url()));
  page.on('response', (response) => response.status() >= 400 && report.refused.push(`${response.status()} ${response.url()}`));
  await page.goto(args.url);
  const limit = Number(args['start-within']) * 1000;
  report.started = await page.waitForFunction('window.springhead?.stats().state === "playing"', { timeout: limit }).then(() => true, () => false);
  if (report.started) {
    console.log('stage playing');
    const before = await page.evaluate('window.springhead.video.currentTime');
    await new Promise((resolve) => setTimeout(resolve, Number(args.seconds) * 1000));
    report.playedSeconds = (await page.evaluate('window.springhead.video.currentTime')) - before;
    // A broadcast's sound counts as heard when the browser has decoded some of it.
    report.audioBytes = await page.evaluate('window.springhead.video.webkitAudioDecodedByteCount ?? null');
    report.stats = await page.evaluate('window.springhead.stats()');
  }
  report.text = await page.evaluate('document.body.innerText');
  if (args.screenshot) await page.screenshot({ path: args.screenshot });
} finally {
  await browser.close();
}
if (args.json) await writeFile(args.json, `${JSON.stringify(report, null, 2)}\n`);
const { stats } = report;
console.log(stats
  ? `page · ${stats.engine} · played ${report.playedSeconds.toFixed(1)} s · latency ${stats.latency?.toFixed(2)} s · stalls ${stats.stalls} · dropped ${stats.dropped}/${stats.frames}`
  : 'page · NEVER STARTED');

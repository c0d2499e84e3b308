// Asks a browser and its players what they make of codec strings, and of manifests that have them.
//
//   node accepts.mjs --questions questions.json --folder FOLDER --json report.json
//
// The questions are { types: ["video/mp4; codecs=\"avc1.42E01E\"", …], files: ["avc", …] }; of each file the folder has
// `NAME/index.m3u8` and `NAME/manifest.mpd`. The report says { version, types: { TYPE: { supported, malformed } },
// asIs: { NAME: { hls, dash } }, withEveryDecoder: { the same } }, where `hls` is what hls.js makes of the playlist and `dash`
// what Shaka Player makes of the MPD: the strings of the versions that they would play, or the error.
import { createServer } from 'node:http';
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { launch } from './chromium.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const { values: args } = parseArgs({ options: { questions: { type: 'string' }, folder: { type: 'string' }, json: { type: 'string' } } });
if (!args.questions || !args.folder || !args.json) {
  console.error('usage: node accepts.mjs --questions questions.json --folder FOLDER --json report.json');
  process.exit(2);
}
const questions = JSON.parse(await readFile(args.questions, 'utf8'));

const FILES = {
  '/': join(here, 'browser/accepts.html'),
  '/accepts.mjs': join(here, 'browser/accepts.mjs'),
  '/hls.js': join(here, 'node_modules/hls.js/dist/hls.min.js'),
  '/shaka.js': join(here, 'node_modules/shaka-player/dist/shaka-player.compiled.js'),
};
const TYPES = { html: 'text/html', js: 'text/javascript', mjs: 'text/javascript', m3u8: 'application/vnd.apple.mpegurl', mpd: 'application/dash+xml' };

const server = createServer(async (request, response) => {
  const { pathname } = new URL(request.url, 'http://localhost');
  const file = FILES[pathname] ?? join(args.folder, decodeURIComponent(pathname));
  const type = pathname === '/' ? 'html' : pathname.split('.').pop();
  try {
    const body = await readFile(file);
    response.writeHead(200, { 'content-type': TYPES[type] ?? 'application/octet-stream' }).end(body);
  } catch {
    response.writeHead(404).end();
  }
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));

const browser = await launch();
try {
  const page = await browser.newPage();
  // Chromium says on the console when it cannot read a string, as against not having a decoder.
  const malformed = new Set();
  page.on('console', (message) => {
    const [, type] = message.text().match(/^Failed to parse (?:video|audio) contentType: (.*)$/) ?? [];
    if (type) malformed.add(type.replaceAll('"', ''));
  });
  const open = async () => {
    await page.goto(`http://127.0.0.1:${server.address().port}/`);
    await page.waitForFunction('window.accepts');
  };
  await open();
  const report = { version: await browser.version() };
  report.types = await page.evaluate((types) => window.accepts.types(types), questions.types);
  for (const [type, answer] of Object.entries(report.types)) answer.malformed = malformed.has(type.replaceAll('"', ''));
  report.asIs = await page.evaluate((files) => window.accepts.files(files), questions.files);
  await open();
  report.withEveryDecoder = await page.evaluate((files) => {
    window.accepts.pretendEveryDecoder();
    return window.accepts.files(files);
  }, questions.files);
  await writeFile(args.json, `${JSON.stringify(report, null, 2)}\n`);
} finally {
  await browser.close();
  server.close();
}

// Publishes a moving picture with a machine-readable clock (browser/clock.mjs) and a tone that beeps as each second of
// that clock begins, in real time, by ffmpeg.
//
//   node publish.mjs --url rtmp://127.0.0.1/live/cam [--url …@180] [--ffmpeg ffmpeg] [--gop 60] [--fps 30] [--time-of-day] [--noise] [--pace 1]
//                    [--video avc|av1|vp9] [--audio aac|opus|flac] [--output-args='-f …']
//
// With several URLs one encoder makes them all, key pictures together; a name that ends in `@180` gets a picture of that
// height. Key pictures lie on a grid of the clock, so that encoders that were started apart have them together too, and
// with `--time-of-day` they stamp alike. Without `--noise` the picture is so plain that it needs few bits. `--pace 1.01` is a
// clock that is fast by a hundredth. Runs until its standard input closes (ffmpeg is then killed as if the encoder's machine
// had died), until a line `end` comes in there (ffmpeg then ends the stream properly), or until ffmpeg exits.
// `--output-args` replaces the output's arguments and URL, for tests without a server.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { HEIGHT, WIDTH, draw } from './browser/clock.mjs';

const { values: args } = parseArgs({
  options: {
    url: { type: 'string', multiple: true, default: [] },
    ffmpeg: { type: 'string', default: 'ffmpeg' },
    fps: { type: 'string', default: '30' },
    gop: { type: 'string', default: '60' },
    'time-of-day': { type: 'boolean', default: false },
    noise: { type: 'boolean', default: false },
    pace: { type: 'string', default: '1' },
    video: { type: 'string', default: 'avc' },
    audio: { type: 'string', default: 'aac' },
    'output-args': { type: 'string' },
  },
});
const fps = Number(args.fps);
const gop = Number(args.gop);
if (!args.url.length && !args['output-args']) {
  console.error('usage: node publish.mjs --url rtmp://…');
  process.exit(2);
}

/** The encoder's clock. */
const now = () => performance.timeOrigin + performance.now() * Number(args.pace);
/** Pictures are counted on the wall clock, and the first is a key picture: the next that lies on the grid. */
const first = Math.ceil((now() * fps) / 1000 / gop) * gop;
const stamp = args['time-of-day'] ? (first / fps) % 86400 : 0;

/** The height that a URL's version is named by, `@180`; that of the picture without one. */
const heightOf = (url) => Number(url.match(/@(\d+)$/)?.[1] ?? HEIGHT);

/** Encoders that keep up with the clock on little of a processor, and do not look ahead. */
const VIDEO = {
  avc: (kilobits) => [
    'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-threads', '1', '-keyint_min', args.gop, '-sc_threshold', '0',
    '-b:v', `${kilobits}k`, '-maxrate', `${(kilobits * 4) / 3}k`, '-bufsize', `${(kilobits * 2) / 3}k`,
  ],
  av1: (kilobits) => ['libsvtav1', '-preset', '12', '-svtav1-params', 'pred-struct=1:rc=2:lp=1', '-b:v', `${kilobits}k`],
  vp9: (kilobits) => ['libvpx-vp9', '-deadline', 'realtime', '-cpu-used', '8', '-lag-in-frames', '0', '-b:v', `${kilobits}k`],
};
const AUDIO = { aac: ['aac', '-b:a', '96k'], opus: ['libopus', '-b:a', '96k'], flac: ['flac'] };

function encoder(height) {
  const kilobits = height < HEIGHT ? 250 : 1500;
  return [
    '-c:v', ...VIDEO[args.video](kilobits), '-g', args.gop, '-pix_fmt', 'yuv420p',
    '-c:a', ...AUDIO[args.audio], '-ac', '2',
    '-flush_packets', '1', '-output_ts_offset', String(stamp),
  ];
}

const outputs = args['output-args']
  ? ['-map', '0:v', '-map', '1:a', ...encoder(HEIGHT), ...args['output-args'].split(' ')]
  : args.url.flatMap((url, i) => ['-map', `[v${i}]`, '-map', '1:a', ...encoder(heightOf(url)), '-f', 'flv', url]);
const scaled = args.url.map((url, i) => `[s${i}]scale=-2:${heightOf(url)}[v${i}]`);
const filter = args['output-args'] ? [] : ['-filter_complex', [`[0:v]split=${args.url.length}${args.url.map((_, i) => `[s${i}]`).join('')}`, ...scaled].join(';')];

const ffmpeg = spawn(args.ffmpeg, [
  '-hide_banner', '-v', 'warning',
  '-probesize', '32', '-analyzeduration', '0',
  '-f', 'rawvideo', '-pixel_format', 'yuv420p', '-video_size', `${WIDTH}x${HEIGHT}`, '-framerate', args.fps, '-i', 'pipe:0',
  '-f', 'lavfi', '-i', 'aevalsrc=0.5*sin(880*PI*t)*lt(mod(t\\,1)\\,0.1):sample_rate=48000:nb_samples=1024',
  ...filter,
  ...outputs,
], { stdio: ['pipe', 'inherit', 'inherit'] });

const picture = new Uint8Array((WIDTH * HEIGHT * 3) / 2).fill(128);
const luma = picture.subarray(0, WIDTH * HEIGHT);

const NOISE_LINES = 120;
/** The same in every publisher: a linear congruential generator (Numerical Recipes), its upper bits. */
const noise = new Uint8Array(args.noise ? WIDTH * NOISE_LINES * 2 : 0);
for (let i = 0, state = 1; i < noise.length; i += 1) {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  noise[i] = 64 + (state >>> 25);
}

/** A ramp that a bar wanders through: cheap, never the same twice in a row. */
function paint(n) {
  for (let y = 16; y < HEIGHT; y += 1) luma.fill(40 + ((y * 120) / HEIGHT), y * WIDTH, (y + 1) * WIDTH);
  const x = (n * 4) % (WIDTH - 40);
  for (let y = 40; y < HEIGHT - 20; y += 1) luma.fill(210, y * WIDTH + x, y * WIDTH + x + 40);
  if (args.noise) luma.set(noise.subarray((n * 97) % (WIDTH * NOISE_LINES)).subarray(0, WIDTH * NOISE_LINES), (HEIGHT - NOISE_LINES) * WIDTH);
}

let n = first;
let full = false;
/** Writes every picture that is due. The n-th is due at n / fps and says so: pacing errors never add up. */
function tick() {
  if (!full && n <= Math.floor((now() * fps) / 1000)) {
    paint(n);
    draw(luma, Math.round((n * 1000) / fps));
    // A copy, because the pipe keeps the buffer until it has drained.
    full = !ffmpeg.stdin.write(Buffer.from(picture));
    n += 1;
  }
  const wait = (n * 1000) / fps - now();
  timer = setTimeout(tick, Math.max(full ? 2 : 0, wait));
}
let timer = setTimeout(tick, 0);

let ending = false;
ffmpeg.stdin.on('drain', () => (full = false));
ffmpeg.stdin.on('error', () => {});
ffmpeg.on('error', (error) => {
  console.error(`${args.ffmpeg}: ${error.message}`);
  process.exit(1);
});
ffmpeg.on('exit', (code) => process.exit(ending ? 0 : code || 1));

createInterface({ input: process.stdin }).on('line', (line) => {
  if (line.trim() !== 'end') return;
  ending = true;
  clearTimeout(timer);
  ffmpeg.stdin.end();
}).on('close', () => {
  if (!ending) ffmpeg.kill('SIGKILL');
});
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => ffmpeg.kill('SIGKILL'));
console.log('publishing');

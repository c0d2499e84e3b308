// Publishes a moving picture with a machine-readable clock (browser/clock.mjs) and a tone, in real time, by ffmpeg.
//
//   node publish.mjs --url rtmp://127.0.0.1/live/cam [--ffmpeg ffmpeg] [--gop 60] [--fps 30] [--output-args='-f …']
//
// Runs until its standard input closes (ffmpeg is then killed as if the encoder's machine had died), until a line `end`
// comes in there (ffmpeg then ends the stream properly), or until ffmpeg exits. `--output-args` replaces the output's
// arguments and URL, for tests without a server.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { HEIGHT, WIDTH, draw } from './browser/clock.mjs';

const { values: args } = parseArgs({
  options: {
    url: { type: 'string' },
    ffmpeg: { type: 'string', default: 'ffmpeg' },
    fps: { type: 'string', default: '30' },
    gop: { type: 'string', default: '60' },
    'output-args': { type: 'string' },
  },
});
const fps = Number(args.fps);
const output = args['output-args']?.split(' ') ?? ['-f', 'flv', args.url];
if (!args.url && !args['output-args']) {
  console.error('usage: node publish.mjs --url rtmp://…');
  process.exit(2);
}

const ffmpeg = spawn(args.ffmpeg, [
  '-hide_banner', '-v', 'warning',
  '-probesize', '32', '-analyzeduration', '0', '-fflags', 'nobuffer',
  '-f', 'rawvideo', '-pixel_format', 'yuv420p', '-video_size', `${WIDTH}x${HEIGHT}`, '-framerate', args.fps, '-i', 'pipe:0',
  '-f', 'lavfi', '-i', 'sine=frequency=440:sample_rate=48000:samples_per_frame=1024',
  '-map', '0:v', '-map', '1:a',
  '-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-threads', '1', '-pix_fmt', 'yuv420p',
  '-g', args.gop, '-keyint_min', args.gop, '-sc_threshold', '0', '-b:v', '1500k', '-maxrate', '2M', '-bufsize', '1M',
  '-c:a', 'aac', '-b:a', '96k', '-ac', '2',
  '-flush_packets', '1',
  ...output,
], { stdio: ['pipe', 'inherit', 'inherit'] });

const picture = new Uint8Array((WIDTH * HEIGHT * 3) / 2).fill(128);
const luma = picture.subarray(0, WIDTH * HEIGHT);

/** A ramp that a bar wanders through: cheap, never the same twice in a row. */
function paint(n) {
  for (let y = 16; y < HEIGHT; y += 1) luma.fill(40 + ((y * 120) / HEIGHT), y * WIDTH, (y + 1) * WIDTH);
  const x = (n * 4) % (WIDTH - 40);
  for (let y = 40; y < HEIGHT - 20; y += 1) luma.fill(210, y * WIDTH + x, y * WIDTH + x + 40);
}

const started = performance.now();
let n = 0;
let full = false;
/** Writes every picture that is due. The n-th is due at n / fps: pacing errors never add up. */
function tick() {
  const due = Math.floor(((performance.now() - started) * fps) / 1000);
  if (!full && n <= due) {
    paint(n);
    draw(luma, Date.now());
    // A copy, because the pipe keeps the buffer until it has drained.
    full = !ffmpeg.stdin.write(Buffer.from(picture));
    n += 1;
  }
  const wait = started + (n * 1000) / fps - performance.now();
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

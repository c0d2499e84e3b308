// Brings the two players of the page to the versions below: `node update.mjs`. Needs npm and its registry.
// The files are copied unmodified; their licences, and those of the packages that are bundled into dash.js, come along.
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const VERSIONS = { 'hls.js': '1.7.4', dashjs: '5.2.1' };
const FILES = {
  'hls.min.js': 'hls.js/dist/hls.min.js',
  'hls.LICENSE.txt': 'hls.js/LICENSE',
  'dash.mediaplayer.min.js': 'dashjs/dist/modern/umd/dash.mediaplayer.min.js',
  'dash.mediaplayer.min.js.LICENSE.txt': 'dashjs/dist/modern/umd/dash.mediaplayer.min.js.LICENSE.txt',
  'dash.LICENSE.txt': 'dashjs/LICENSE.md',
};

const here = dirname(fileURLToPath(import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'players-'));
try {
  const packages = Object.entries(VERSIONS).map(([name, version]) => `${name}@${version}`);
  execFileSync('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefix', scratch, ...packages], { stdio: 'inherit' });
  const modules = join(scratch, 'node_modules');
  for (const [to, from] of Object.entries(FILES)) copyFileSync(join(modules, from), join(here, to));
  writeFileSync(join(here, 'dash.THIRD-PARTY.txt'), thirdParty(modules, 'dashjs'));
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

/** The licence texts of everything that `root` depends on, one after another. */
function thirdParty(modules, root) {
  const seen = new Map();
  const visit = (name) => {
    const about = JSON.parse(readFileSync(join(modules, name, 'package.json'), 'utf8'));
    for (const dependency of Object.keys(about.dependencies ?? {})) {
      if (seen.has(dependency)) continue;
      seen.set(dependency, null);
      seen.set(dependency, visit(dependency));
    }
    const text = readdirSync(join(modules, name)).find((file) => /^licen[cs]e/i.test(file));
    const licence = text ? readFileSync(join(modules, name, text), 'utf8').trim() : `(the package states ${about.license} and carries no text)`;
    return `${about.name} ${about.version} · ${about.license}\n\n${licence.replace(/\r/g, '')}\n`;
  };
  visit(root);
  const parts = [...seen].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, text]) => text);
  return `Packages that dash.js depends on, each with its licence.\n\n${parts.join('\n\n')}`;
}

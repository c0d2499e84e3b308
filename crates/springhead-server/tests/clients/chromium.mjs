// Finds and starts a Chromium that plays without a screen, a gesture or a network of its own.
import { existsSync } from 'node:fs';
import puppeteer from 'puppeteer-core';

const CANDIDATES = [process.env.SPRINGHEAD_CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

export function chromiumPath() {
  const found = CANDIDATES.find((path) => path && existsSync(path));
  if (!found) throw new Error('no Chromium found: install it or set SPRINGHEAD_CHROMIUM');
  return found;
}

export function launch(extra = {}) {
  return puppeteer.launch({
    executablePath: chromiumPath(),
    headless: true,
    // With its pipe it ends with this process, however that ends.
    pipe: true,
    protocolTimeout: 0,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-dev-shm-usage',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-background-timer-throttling',
      '--disable-renderer-backgrounding',
      '--disable-backgrounding-occluded-windows',
      '--autoplay-policy=no-user-gesture-required',
      '--mute-audio',
    ],
    ...extra,
  });
}

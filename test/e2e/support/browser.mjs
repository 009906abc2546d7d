// One browser for a file of tests; pages that report every error of the console.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const project = join(dirname(fileURLToPath(import.meta.url)), '../../..');
const require = createRequire(join(project, 'www/package.json'));
const { chromium } = require('playwright-core');
const axeSource = require.resolve('axe-core/axe.min.js');

const executable = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((p) => p && existsSync(p));
export const pictures = process.env.HIL_E2E_PICTURES ?? join(project, 'build/e2e');

let browser;
export async function openBrowser() {
  assert.ok(executable, 'no chromium is installed');
  browser = await chromium.launch({ executablePath: executable, args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] });
  return browser;
}
export const closeBrowser = () => browser?.close();

/** A page in a context of its own. `errors` collects what the console calls an error. */
export async function openPage(url, { viewport = { width: 1440, height: 757 }, colorScheme = 'light', touch = false } = {}) {
  const context = await browser.newContext({ viewport, colorScheme, hasTouch: touch, acceptDownloads: true });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const errors = [];
  page.on('pageerror', (e) => errors.push(String(e.stack ?? e)));
  page.on('console', (m) => {
    if (m.type() === 'error' && !/Failed to load resource|WebSocket connection/.test(m.text())) errors.push(m.text());
  });
  const foreign = [];
  page.on('request', (r) => {
    const to = new URL(r.url());
    if (to.protocol.startsWith('http') && to.hostname !== '127.0.0.1' && to.hostname !== 'localhost') foreign.push(r.url());
  });
  await page.goto(url);
  return { page, context, errors, foreign };
}

export async function picture(page, name, fullPage = false) {
  mkdirSync(pictures, { recursive: true });
  await page.screenshot({ path: join(pictures, `${name}.png`), fullPage });
}

/** All that axe finds, as sentences. */
export async function accessibility(page) {
  // Colours on their way from one to the other are nobody's contrast.
  await page.evaluate(() => Promise.all(document.getAnimations().map((a) => a.finished.catch(() => undefined))));
  const { readFileSync } = await import('node:fs');
  await page.evaluate(readFileSync(axeSource, 'utf8'));
  const result = await page.evaluate(() => globalThis.axe.run(document));
  return result.violations
    .map((v) => `${v.id}: ${v.help}: ${v.nodes.slice(0, 3).map((n) => `${n.target.join(' ')} (${n.failureSummary?.split('\n')[1]?.trim() ?? ''})`).join(' | ')}`);
}

/** The row of a plant. */
export const plant = (page, name) => page.getByRole('group', { name, exact: true });
export const go = (page, name) => page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name, exact: true }).click();

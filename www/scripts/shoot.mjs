// Pictures of the page over the simulated site: node scripts/shoot.mjs OUT_DIR [NAME_PART]
import { mkdirSync } from 'node:fs';
import { chromium } from 'playwright-core';
import { startMock } from '../test/mock/server.mjs';

const out = process.argv[2] ?? 'build/shots';
const only = process.argv[3];
mkdirSync(out, { recursive: true });
const mock = await startMock({ running: true, override: true, slow: true, source: 'api', transport: 'remote', templates: ['constant', 'square', 'ramp', 'sine', 'peak_shaving', 'arbitrage', 'capacity_test', 'efficiency_test'] });
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] });
const shots = [
  ['status-757', { width: 1440, height: 757 }, 'light', ''],
  ['status-900', { width: 1440, height: 900 }, 'light', ''],
  ['status-dark', { width: 1440, height: 900 }, 'dark', ''],
  ['status-phone', { width: 390, height: 844 }, 'light', ''],
  ['schedule', { width: 1440, height: 900 }, 'light', 'schedule'],
  ['history', { width: 1440, height: 900 }, 'light', 'history'],
  ['market', { width: 1440, height: 900 }, 'light', 'market'],
  ['logs', { width: 1440, height: 900 }, 'light', 'logs'],
  ['system', { width: 1440, height: 900 }, 'light', 'system'],
];
for (const [name, viewport, colorScheme, path] of shots) {
  if (only && !name.includes(only)) continue;
  const context = await browser.newContext({ viewport, colorScheme });
  const page = await context.newPage();
  page.on('console', (m) => m.type() === 'error' && console.log(name, m.text()));
  page.on('pageerror', (e) => console.log(name, String(e), e.stack));
  await page.goto(`${mock.url}#/${path}`);
  if (name === 'schedule') await editSchedule(page);
  await page.waitForTimeout(Number(process.env.SETTLE_MS ?? 4000));
  const height = await page.evaluate(() => document.documentElement.scrollHeight);
  console.log(name, 'scroll height', height);
  await page.screenshot({ path: `${out}/${name}.png`, fullPage: name.includes('phone') });
  await context.close();
}
await browser.close();
await mock.stop();
process.exit(0);

/** A draft that leaves the state of charge window, as an operator would make it. */
async function editSchedule(page) {
  await page.getByRole('tab', { name: /VRFB P/ }).click();
  await page.waitForTimeout(500);
  await page.evaluate(() => {
    const data = new DataTransfer();
    data.setData('text/plain', '18:55\t-80\n19:05\t0\n19:30\t120\n20:30\t150\n22:20\t0\n22:30\tend');
    window.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data }));
  });
}

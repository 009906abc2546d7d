// How smooth the pages are: not a test but a figure. A day of two plants at 2 s is recorded by the service, then
// shown and panned for some seconds in a headless Chromium, which draws in software.
//
// Beside the time between frames, which is that of the whole machine, it says what CPU time all processes of the
// browser took for one.
//
//   HIL_SCHEDULER=build/release/hil_scheduler node test/e2e/frames.mjs [FOLDER]
//
// FOLDER is one this has recorded before, and is kept.
import { readdirSync, readFileSync } from 'node:fs';
import { closeBrowser, go, openBrowser, openPage, picture } from './support/browser.mjs';
import { real, recordDay, startSite } from './support/site.mjs';

if (!real) throw new Error('name the program in HIL_SCHEDULER: there is a day to be recorded');
const from = '2025-10-01T00:00:00+02:00';
const kept = process.argv[2];
const folder = kept ?? (await recordDay(from));
console.log(`the day is in ${folder}`);
await openBrowser();
const site = await startSite({ folder, from: '2025-10-02T00:00:10+02:00' });
const { page } = await openPage(site.url, { viewport: { width: 1440, height: 900 } });

/** CPU seconds of all processes that have come from this one, the service not among them. */
function browserSeconds() {
  const processes = new Map();
  for (const pid of readdirSync('/proc').filter((n) => /^\d+$/.test(n))) {
    try {
      const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const [, parent, ...rest] = text.slice(text.lastIndexOf(')') + 2).split(' ');
      processes.set(Number(pid), { parent: Number(parent), name: text.slice(text.indexOf('(') + 1, text.lastIndexOf(')')), ticks: Number(rest[9]) + Number(rest[10]) });
    } catch {
      // It has ended meanwhile.
    }
  }
  const ours = (p) => p !== undefined && (p.parent === process.pid || ours(processes.get(p.parent)));
  let ticks = 0;
  for (const p of processes.values()) if (/^chrom/.test(p.name) && ours(p)) ticks += p.ticks;
  return ticks / 100;
}

/** Milliseconds between frames while `doing` goes on, sorted. */
async function frames(doing) {
  await page.evaluate(() => {
    const state = { last: performance.now(), gaps: [], on: true };
    globalThis.frameWatch = state;
    const tick = (t) => {
      state.gaps.push(t - state.last);
      state.last = t;
      if (state.on) requestAnimationFrame(tick);
    };
    requestAnimationFrame((t) => {
      state.last = t;
      requestAnimationFrame(tick);
    });
  });
  const before = browserSeconds();
  await doing();
  const cpu = browserSeconds() - before;
  const gaps = await page.evaluate(() => {
    globalThis.frameWatch.on = false;
    return globalThis.frameWatch.gaps.sort((a, b) => a - b);
  });
  return { gaps, cpuMs: (cpu * 1000) / gaps.length };
}
const at = (gaps, q) => gaps[Math.min(gaps.length - 1, Math.floor(q * gaps.length))];
const say = (name, { gaps, cpuMs }) =>
  console.log(`${name}: ${gaps.length} frames, ${[0.5, 0.95, 0.99].map((q) => `p${q * 100} ${at(gaps, q).toFixed(1)} ms`).join(', ')}, worst ${gaps.at(-1).toFixed(1)} ms; ${cpuMs.toFixed(1)} ms CPU a frame`);

await go(page, 'History');
await page.getByRole('button', { name: 'Yesterday', exact: true }).click();
await page.getByText(/ rows/).first().waitFor();
await page.waitForTimeout(3000);
await picture(page, 'frames-day');
console.log(await page.locator('.past').first().innerText().then((t) => t.split('\n').find((l) => / rows/.test(l)) ?? ''));
say('nothing moves', await frames(() => page.waitForTimeout(3000)));

// A quarter of the day, moved to and fro as a trackpad does it.
const lane = page.locator('.past').first().locator('.u-over').first();
const box = await lane.boundingBox();
const drag = async (from, to) => {
  await page.mouse.move(box.x + box.width * from, box.y + 20);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * to, box.y + 20, { steps: 5 });
  await page.mouse.up();
};
await drag(0.375, 0.625);
await page.waitForTimeout(1500);
say('panning', await frames(async () => {
  for (let i = 0; i < 300; ++i) await page.mouse.wheel(60 * Math.sign(Math.sin(i / 30)), 0);
}));
await picture(page, 'frames-panned');
await closeBrowser();
await site.stop({ keep: kept !== undefined });

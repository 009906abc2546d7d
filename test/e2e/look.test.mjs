// How it looks and how fast it is: no scrolling on the first screen, every page in both themes and on a phone
// without a violation of accessibility, the weight and speed of the first load.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { accessibility, closeBrowser, go, openBrowser, openPage, picture, plant } from './support/browser.mjs';
import { startSite } from './support/site.mjs';

before(openBrowser);
after(closeBrowser);

const pages = ['Status', 'Schedule', 'History', 'Market', 'Logs', 'System'];

/** What can be pressed and is smaller than a finger. */
const tooSmall = (page) =>
  page.evaluate(() =>
    [...document.querySelectorAll('button, a[href], input, select, [role=tab]')]
      .filter((e) => e.checkVisibility() && e.getBoundingClientRect().width > 1)
      .map((e) => [(e.closest('label') ?? e).getBoundingClientRect(), e.getAttribute('aria-label') ?? (e.innerText || e.className)])
      .filter(([r]) => r.width < 43.5 || r.height < 43.5)
      .map(([r, name]) => `${name}: ${Math.round(r.width)} x ${Math.round(r.height)}`),
  );

describe('the look', () => {
  let site;
  before(async () => {
    site = await startSite({ running: true, override: true, slow: true, from: '2025-10-01T18:47:32+02:00', templates: ['constant', 'arbitrage'] });
  });
  after(() => site.stop());

  it('fits the first screen of 1440 by 757 with two plants', async () => {
    const { page, context } = await openPage(site.url);
    await plant(page, 'VRFB').locator('.chip').waitFor();
    await page.waitForTimeout(1500);
    const [height, width] = await page.evaluate(() => [document.documentElement.scrollHeight, document.documentElement.scrollWidth]);
    await picture(page, 'status-757');
    assert.ok(height <= 757, `the page is ${height} px high`);
    assert.ok(width <= 1440, `the page is ${width} px wide`);
    await context.close();
  });

  it('keeps the emergency stop at the same pixel on every page', async () => {
    const { page, context } = await openPage(site.url);
    await plant(page, 'LIB').locator('.chip').waitFor();
    const place = () => page.getByRole('button', { name: /Emergency stop/ }).first().boundingBox();
    const first = await place();
    for (const name of pages.slice(1)) {
      await go(page, name);
      await page.waitForTimeout(300);
      assert.deepEqual(await place(), first, `it moved on ${name}`);
    }
    await context.close();
  });

  for (const colorScheme of ['light', 'dark']) {
    for (const name of pages) {
      it(`has no violation of accessibility: ${name}, ${colorScheme}`, async () => {
        const { page, errors, context } = await openPage(site.url, { viewport: { width: 1440, height: 900 }, colorScheme });
        await plant(page, 'LIB').locator('.chip').waitFor();
        await go(page, name);
        await page.waitForTimeout(1200);
        await picture(page, `${name.toLowerCase()}-${colorScheme}`);
        assert.deepEqual(await accessibility(page), []);
        assert.deepEqual(errors, []);
        await context.close();
      });
    }
  }

  for (const colorScheme of ['light', 'dark'])
  it(`folds onto a phone with the stops at the thumb, ${colorScheme}`, async () => {
    const { page, context } = await openPage(site.url, { viewport: { width: 390, height: 844 }, touch: true, colorScheme });
    await plant(page, 'LIB').locator('.chip').waitFor();
    await page.waitForTimeout(1200);
    await picture(page, `status-390${colorScheme === 'dark' ? '-dark' : ''}`, true);
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(width <= 390, `the page is ${width} px wide`);
    for (const name of [/Stop all/, /Emergency stop/]) {
      const box = await page.locator('.thumb').getByRole('button', { name }).boundingBox();
      assert.ok(box.height >= 56, `${name} is ${box.height} px high`);
      assert.ok(box.y + box.height <= 844);
    }
    assert.deepEqual(await accessibility(page), []);
    assert.deepEqual(await tooSmall(page), []);
    for (const name of pages.slice(1)) {
      await page.getByRole('button', { name: 'Menu' }).click();
      await go(page, name);
      await page.waitForTimeout(600);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(wide <= 390, `${name} is ${wide} px wide`);
      assert.deepEqual(await accessibility(page), [], name);
      assert.deepEqual(await tooSmall(page), [], name);
      await picture(page, `${name.toLowerCase()}-390${colorScheme === 'dark' ? '-dark' : ''}`, true);
    }
    await context.close();
  });

  it('fits a control room: the wall is read from three metres, nothing scrolls, and nothing but the stop can be pressed', async () => {
    for (const colorScheme of ['light', 'dark']) {
      const { page, context, errors } = await openPage(`${site.url}?wall`, { viewport: { width: 2560, height: 1440 }, colorScheme });
      await page.locator('.wallplant .chip').first().waitFor();
      await page.waitForTimeout(1200);
      const seen = await page.evaluate(() => {
        const texts = [...document.querySelectorAll('.wallplant *, .band *, .wallclock *')].filter((e) => e.checkVisibility() && !e.closest('.hidden') && [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim()));
        return { least: Math.min(...texts.map((e) => parseFloat(getComputedStyle(e).fontSize))), figures: parseFloat(getComputedStyle(document.querySelector('.wallp b')).fontSize), over: document.documentElement.scrollHeight - innerHeight, wide: document.documentElement.scrollWidth - innerWidth };
      });
      assert.ok(seen.least >= 1440 / 60, `the smallest text has ${seen.least} px`);
      assert.ok(seen.figures >= 1440 / 15, `figures have ${seen.figures} px`);
      assert.deepEqual([seen.over, seen.wide], [0, 0]);
      assert.equal(await page.getByRole('button', { name: /Stop all|Run |Pause / }).count(), 0);
      await page.getByRole('button', { name: /Emergency stop/ }).first().waitFor();
      assert.deepEqual(await accessibility(page), []);
      assert.deepEqual(errors, []);
      await picture(page, `wall-${colorScheme}`);
      await context.close();
    }
  });

  it('never pushes the key of the emergency stop out of its tile, however much it has to say', async () => {
    for (const width of [1440, 1100, 800]) {
      const { page, context } = await openPage(site.url, { viewport: { width, height: 757 } });
      await plant(page, 'LIB').locator('.chip').waitFor();
      const inside = await page.evaluate(() => {
        const tile = document.querySelector('.band .tile.estop');
        tile.querySelector('small').textContent = 'It did not arrive, press again; the service at 127.0.0.1 does not answer';
        const [t, k] = [tile.getBoundingClientRect(), tile.querySelector('kbd').getBoundingClientRect()];
        return k.left >= t.left && k.right <= t.right && t.right <= innerWidth;
      });
      assert.ok(inside, `at ${width} px`);
      await context.close();
    }
  });

  it('shows every template without a clipped field', async () => {
    for (const viewport of [{ width: 1440, height: 757 }, { width: 390, height: 844 }]) {
      const { page, context } = await openPage(`${site.url}#/schedule`, { viewport });
      await page.locator('.template').first().waitFor();
      const names = await page.locator('.template').evaluateAll((list) => list.map((x) => x.innerText.trim()));
      for (const name of names) {
        await page.locator('.template', { hasText: name }).first().evaluate((b) => b.click());
        const dialog = page.getByRole('dialog', { name });
        await dialog.waitFor();
        const out = await dialog.evaluate((d) => {
          const box = d.getBoundingClientRect();
          return [d.scrollWidth - d.clientWidth, [...d.querySelectorAll('input, select, button')].filter((f) => f.getBoundingClientRect().right > box.right || f.getBoundingClientRect().left < box.left).length];
        });
        assert.deepEqual(out, [0, 0], `${name} at ${viewport.width}`);
        await page.keyboard.press('Escape');
        await dialog.waitFor({ state: 'detached' });
      }
      await context.close();
    }
  });

  it('loads light and fast', async () => {
    const { page, context } = await openPage('about:blank');
    let bytes = 0;
    const client = await context.newCDPSession(page);
    await client.send('Network.enable');
    const kinds = new Map();
    client.on('Network.responseReceived', (e) => kinds.set(e.requestId, e.response.mimeType));
    client.on('Network.loadingFinished', (e) => {
      if (/javascript|css|html/.test(kinds.get(e.requestId) ?? '')) bytes += e.encodedDataLength;
    });
    const began = performance.now();
    await page.goto(site.url);
    await plant(page, 'LIB').locator('.chip').waitFor();
    const ms = performance.now() - began;
    const compressed = (await page.evaluate(() => performance.getEntriesByType('resource').some((r) => r.encodedBodySize < r.decodedBodySize)));
    console.log(`first load of Status: ${(bytes / 1000).toFixed(1)} kB of script, style and document${compressed ? '' : ' (sent uncompressed)'}, plants shown after ${ms.toFixed(0)} ms`);
    if (compressed) assert.ok(bytes <= 150_000, `${bytes} bytes`);
    await context.close();
  });

  it('pans: frame times are a figure', async () => {
    const { page, context } = await openPage(site.url, { viewport: { width: 1440, height: 900 } });
    await plant(page, 'LIB').locator('.chip').waitFor();
    await page.waitForTimeout(1500);
    const frames = await page.evaluate(async () => {
      const surface = document.querySelector('.lanes');
      const box = surface.getBoundingClientRect();
      const at = { clientX: box.left + box.width / 2, clientY: box.top + 20, bubbles: true, cancelable: true };
      for (let i = 0; i < 4; ++i) surface.dispatchEvent(new WheelEvent('wheel', { ...at, deltaY: -240 }));
      const times = [];
      let last = performance.now();
      for (let i = 0; i < 60; ++i) {
        surface.dispatchEvent(new WheelEvent('wheel', { ...at, deltaX: i < 30 ? 12 : -12 }));
        await new Promise((r) => requestAnimationFrame(r));
        const now = performance.now();
        times.push(now - last);
        last = now;
      }
      return times.sort((a, b) => a - b);
    });
    console.log(`panning Status: median frame ${frames[30].toFixed(1)} ms, 95 % under ${frames[56].toFixed(1)} ms`);
    assert.equal(frames.length, 60);
    await context.close();
  });
});

// How it looks and how fast it is: no scrolling on the first screen, every page in both themes and on a phone
// without a serious violation of accessibility, the weight and speed of the first load.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { accessibility, closeBrowser, go, openBrowser, openPage, picture, plant } from './support/browser.mjs';
import { startSite } from './support/site.mjs';

before(openBrowser);
after(closeBrowser);

const pages = ['Status', 'Schedule', 'History', 'Market', 'Logs', 'System'];

describe('the look', () => {
  let site;
  before(async () => {
    site = await startSite({ running: true, override: true, slow: true, from: '2025-10-01T18:47:32+02:00' });
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
      it(`has no serious violation of accessibility: ${name}, ${colorScheme}`, async () => {
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

  it('folds onto a phone with the stops at the thumb', async () => {
    const { page, context } = await openPage(site.url, { viewport: { width: 390, height: 844 }, touch: true });
    await plant(page, 'LIB').locator('.chip').waitFor();
    await page.waitForTimeout(1200);
    await picture(page, 'status-390', true);
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(width <= 390, `the page is ${width} px wide`);
    for (const name of [/Stop all/, /Emergency stop/]) {
      const box = await page.locator('.thumb').getByRole('button', { name }).boundingBox();
      assert.ok(box.height >= 56, `${name} is ${box.height} px high`);
      assert.ok(box.y + box.height <= 844);
    }
    assert.deepEqual(await accessibility(page), []);
    for (const name of pages.slice(1)) {
      await page.getByRole('button', { name: 'Menu' }).click();
      await go(page, name);
      await page.waitForTimeout(600);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(wide <= 390, `${name} is ${wide} px wide`);
      await picture(page, `${name.toLowerCase()}-390`, true);
    }
    await context.close();
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

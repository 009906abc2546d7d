// The past: zoom with drag, wheel and keys, reset, downloads.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { closeBrowser, go, openBrowser, openPage, picture } from './support/browser.mjs';
import { real, startSite } from './support/site.mjs';

before(openBrowser);
after(closeBrowser);

describe('history', () => {
  let site, page, errors;
  before(async () => {
    site = await startSite({ from: '2025-10-01T12:00:00+02:00', running: true, speed: real ? 600 : 1 });
    ({ page, errors } = await openPage(site.url, { viewport: { width: 1440, height: 900 } }));
    // Something must be recorded first: a quarter of an hour of it.
    if (real) await page.waitForTimeout(4000);
    await go(page, 'History');
    await page.getByText(/ rows/).first().waitFor();
  });
  after(() => site.stop());
  const range = async () => {
    const [from, to] = await Promise.all(['From', 'To'].map((l) => page.getByLabel(l, { exact: true }).inputValue()));
    return (Date.parse(to.replace(' ', 'T')) - Date.parse(from.replace(' ', 'T'))) / 1000;
  };
  const narrower = async (than) => {
    for (let n = 0; n < 60; ++n) {
      if ((await range()) < than) return range();
      await page.waitForTimeout(50);
    }
    assert.fail(`the range stayed at ${await range()} s`);
  };

  it('is zoomed by dragging, by the wheel and by keys, and reset', async () => {
    const whole = await range();
    const lane = page.locator('.past').first().locator('.u-over').first();
    const box = await lane.boundingBox();
    await page.mouse.move(box.x + box.width * 0.3, box.y + 20);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.7, box.y + 20, { steps: 6 });
    await page.mouse.up();
    const dragged = await narrower(whole * 0.6);
    await page.mouse.wheel(0, -240);
    const wheeled = await narrower(dragged * 0.7);
    await page.locator('.past').first().getByRole('group').first().focus();
    await page.keyboard.press('+');
    await narrower(wheeled * 0.7);
    await picture(page, 'history-zoomed');
    await page.keyboard.press('0');
    await page.waitForFunction(() => document.querySelector('[aria-label="Range"] .is')?.textContent === 'Today');
  });

  it('has its range and plants in the address, and shows what an address asks for', async () => {
    await page.getByRole('button', { name: 'All', exact: true }).click();
    await page.waitForFunction(() => location.hash === '#/history?range=all');
    await page.getByRole('group', { name: 'Plants shown' }).getByRole('button', { name: 'LIB' }).click();
    await page.waitForFunction(() => location.hash === '#/history?range=all&plants=vrfb');
    await page.evaluate(() => (location.hash = '#/history?from=2025-10-01T12:00:01%2B02:00&to=2025-10-01T12:00:03%2B02:00&plants=lib,vrfb'));
    await page.waitForFunction(() => document.querySelector('[aria-label="From"]').value === '2025-10-01 12:00:01' && document.querySelectorAll('.past').length === 2);
    await page.evaluate(() => (location.hash = '#/history?range=today'));
    await page.waitForFunction(() => document.querySelector('[aria-label="Range"] .is')?.textContent === 'Today');
  });

  it('scales to the data, and to the limits where that is asked for', async () => {
    const top = () => page.evaluate(() => localStorage.getItem('hil-limits'));
    const limits = page.getByRole('button', { name: 'Limits' });
    assert.equal(await limits.getAttribute('aria-pressed'), 'false');
    await limits.click();
    assert.equal(await limits.getAttribute('aria-pressed'), 'true');
    assert.equal(await top(), 'shown');
    await picture(page, 'history-limits');
    await limits.click();
  });

  it('takes a typed range', async () => {
    const field = page.getByLabel('From', { exact: true });
    await field.fill('nonsense');
    await field.press('Enter');
    assert.equal(await field.getAttribute('aria-invalid'), 'true');
    await field.fill('2025-10-01 12:00:10');
    await field.press('Enter');
    await page.waitForFunction(() => document.querySelector('[aria-label="From"]').value.endsWith('12:00:10') || document.querySelector('[aria-label="From"]').value.includes('2025'));
  });

  it('is downloaded as CSV with the header of the recordings, and as a picture', async () => {
    await page.getByRole('button', { name: 'Today', exact: true }).click();
    await page.waitForFunction(() => document.querySelector('[aria-label="From"]').value.endsWith('00:00:00'));
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'CSV' }).click()]);
    const text = readFileSync(await download.path(), 'utf8');
    assert.match(text, /^timestamp,p_setpoint_kw,battery_active_power_kw,/);
    assert.ok(text.trim().split('\n').length > 5, 'the download has no rows');
    const [png] = await Promise.all([page.waitForEvent('download', (d) => d.suggestedFilename().endsWith('.png')), page.getByRole('button', { name: 'PNG' }).click()]);
    assert.match(png.suggestedFilename(), /^measurements_lib_vrfb_.*\.png$/);
    assert.ok(readFileSync(await png.path()).length > 10_000);
  });

  it('has its figures from the service', async () => {
    const figures = page.locator('.past').first().locator('.kpis');
    await figures.getByText('Longest gap').waitFor();
    if (real) assert.match(await figures.innerText(), /Data present\s+\d/);
  });

  it('opens the report of what is shown, which the browser keeps apart from the site', async () => {
    const [report] = await Promise.all([page.context().waitForEvent('page'), page.getByRole('link', { name: 'Report' }).click()]);
    await report.waitForLoadState();
    assert.equal(await report.title().then((title) => title.startsWith('Report')), true);
    if (real) {
      assert.equal(await report.evaluate(() => origin), 'null');
      assert.equal(await report.locator('figure.plot.live').count(), 2);
      assert.match(await report.locator('h1').innerText(), /^LIB, VRFB/);
    }
    await report.close();
  });

  it('is downloaded as a workbook', { skip: !real }, async () => {
    const [download] = await Promise.all([page.waitForEvent('download', (d) => d.suggestedFilename().endsWith('.xlsx')), page.getByRole('button', { name: 'XLSX' }).click()]);
    assert.equal(readFileSync(await download.path()).subarray(0, 4).toString('latin1'), 'PK\x03\x04');
  });

  it('is downloaded once a press, whatever range is chosen afterwards [D-28]', async () => {
    let downloads = 0;
    // A workbook of the other plant may still be on its way.
    const picture = (download) => download.suggestedFilename().endsWith('.png');
    page.on('download', (download) => (downloads += picture(download) ? 1 : 0));
    const downloadPicture = () => Promise.all([page.waitForEvent('download', picture), page.getByRole('button', { name: 'PNG' }).click()]);
    const choose = async (name) => {
      await page.getByRole('button', { name, exact: true }).click();
      await page.locator('[aria-label="Range"] .is', { hasText: name }).waitFor();
    };
    await downloadPicture();
    await choose('All');
    await page.locator('.past').first().getByRole('group').first().focus();
    await page.keyboard.press('+');
    await choose('Today');
    // By the time this one is there, others would have been.
    await downloadPicture();
    assert.equal(downloads, 2);
  });

  it('never made the page err', () => assert.deepEqual(errors, []));
});

describe('the first hours of a day', () => {
  let site;
  before(async () => {
    site = await startSite({ from: '2025-10-01T09:00:00+02:00', running: true });
  });
  after(() => site.stop());

  // Local midnight is two hours before that of UTC: whoever asks before the zone is known misses them.
  it('are asked for at every load, on Status and on History', async () => {
    for (let n = 0; n < 10; ++n) {
      const { page, context } = await openPage('about:blank');
      const asked = [];
      page.on('request', (r) => {
        const url = new URL(r.url());
        if (url.pathname === '/api/v1/measurements' && url.searchParams.get('points') === '2000') asked.push(url.searchParams.get('from'));
      });
      await page.goto(n % 2 ? `${site.url}#/history` : site.url);
      await page.locator('.u-over').first().waitFor();
      for (let wait = 0; wait < 60 && !asked.some((from) => Date.parse(from) === Date.parse('2025-10-01T00:00:00+02:00')); ++wait) await page.waitForTimeout(50);
      assert.ok(asked.length > 0, 'nothing was asked');
      assert.equal(Date.parse(asked.at(-1)), Date.parse('2025-10-01T00:00:00+02:00'), `load ${n}: ${asked}`);
      await context.close();
    }
  });
});

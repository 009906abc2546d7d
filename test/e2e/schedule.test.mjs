// Making a plan: upload with a violation, paste, undo, type, repair, put in force.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { accessibility, closeBrowser, go, openBrowser, openPage, picture } from './support/browser.mjs';
import { real, startSite } from './support/site.mjs';
import { workbook } from './support/workbook.mjs';

before(openBrowser);
after(closeBrowser);

/** Opens a series and waits until it has been read. */
const openSeries = async (page, name) => {
  await page.getByRole('tab', { name }).click();
  await page.getByRole('tab', { name, selected: true }).waitFor();
  await page.locator('.editor[aria-busy="false"]').waitFor();
};
const paste = (page, text) =>
  page.evaluate((t) => {
    const data = new DataTransfer();
    data.setData('text/plain', t);
    dispatchEvent(new ClipboardEvent('paste', { clipboardData: data }));
  }, text);

describe('the schedule editor', () => {
  let site, page, errors;
  before(async () => {
    site = await startSite({ from: '2025-10-01T12:00:00+02:00', source: 'manual' });
    ({ page, errors } = await openPage(site.url, { viewport: { width: 1440, height: 900 } }));
    await go(page, 'Schedule');
    await openSeries(page, /VRFB P/);
  });
  after(() => site.stop());
  const setpoints = () => page.getByLabel(/^Setpoint, step/).evaluateAll((list) => list.map((x) => Number(x.value.replace('\u2212', '-'))));
  /** Where the simulated battery cannot do all of a plan, that is said first. */
  const allTheSame = async () => {
    const button = page.getByRole('dialog').getByRole('button', { name: /all the same$/ });
    const done = page.locator('.foot .last', { hasText: /VRFB P is (active|updated)/ }).or(page.getByRole('group', { name: 'Series in force' }).getByRole('button', { name: 'Active', exact: true, pressed: true }));
    await button.or(done.first()).first().waitFor();
    if (await button.isVisible()) await button.click();
  };
  const until = async (expected) => {
    for (let n = 0; n < 100; ++n) {
      if (JSON.stringify(await setpoints()) === JSON.stringify(expected)) return;
      await page.waitForTimeout(50);
    }
    assert.deepEqual(await setpoints(), expected);
  };

  it('takes a plan file and shows what it cannot do', async () => {
    const plan = ['timestamp,vrfb_p_kw', '2025-10-01T13:00:00+02:00,155', '2025-10-01T14:00:00+02:00,300', '2025-10-01T15:00:00+02:00,0', '2025-10-01T16:00:00+02:00,0'].join('\n');
    await page.locator('input[type=file]').setInputFiles({ name: 'evening.csv', mimeType: 'text/csv', buffer: Buffer.from(plan) });
    const dialog = page.getByRole('dialog', { name: /evening.csv is staged/ });
    await dialog.getByText(/beyond the limit/).first().waitFor();
    await picture(page, 'import-violations');
    await dialog.getByRole('button', { name: 'Close' }).click();
    await page.getByRole('tab', { name: /VRFB P/, selected: true }).waitFor();
  });

  it('takes a workbook as it takes a CSV file', async () => {
    const type = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';
    const choose = (name, rows) => page.locator('input[type=file]').setInputFiles({ name, mimeType: type, buffer: workbook(rows) });
    await choose('evening.xlsx', [['timestamp', 'vrfb_p_kw'], ['2025-10-01T13:00:00+02:00', 155], ['2025-10-01T14:00:00+02:00', 0], ['2025-10-01T15:00:00+02:00', 0]]);
    await page.getByRole('dialog', { name: /evening.xlsx is staged/ }).getByRole('button', { name: 'Close' }).click();
    await choose('bad.xlsx', [['timestamp', 'nonsense_p_kw'], ['2025-10-01T13:00:00+02:00', 1]]);
    const dialog = page.getByRole('dialog', { name: /bad.xlsx was refused/ });
    assert.match(await dialog.innerText(), /nonsense_p_kw/);
    await dialog.getByRole('button', { name: 'Close' }).click();
  });

  it('refuses a file with place and reason [D-28]', async () => {
    await page.locator('input[type=file]').setInputFiles({ name: 'bad.csv', mimeType: 'text/csv', buffer: Buffer.from('timestamp,nonsense_p_kw\n2025-10-01T13:00:00+02:00,1\n') });
    const dialog = page.getByRole('dialog', { name: /bad.csv was refused/ });
    assert.match(await dialog.innerText(), /nonsense_p_kw/);
    await dialog.getByRole('button', { name: 'Close' }).click();
    await page.getByRole('button', { name: /Discard/ }).click();
  });

  it('takes pasted rows, undoes and redoes [D-28]', async () => {
    await openSeries(page, /LIB P/);
    // The manual plan given at the start may be there already: our rows lie behind it, on the next day.
    await paste(page, '2025-10-02 13:00\t100\n2025-10-02 14:00\t-50,5\n2025-10-02 15:00\tend');
    await page.waitForFunction(() => [...document.querySelectorAll('.stepstable input')].some((x) => x.value.replace('\u2212', '-') === '-50.5'));
    const many = (await setpoints()).length;
    await page.keyboard.press('Control+z');
    await page.waitForFunction((n) => document.querySelectorAll('.stepstable input[aria-label^="Setpoint"]').length < n, many);
    await page.keyboard.press('Control+y');
    await page.waitForFunction((n) => document.querySelectorAll('.stepstable input[aria-label^="Setpoint"]').length === n, many);
    await paste(page, '19:00\tabc');
    await page.getByText(/Nothing was pasted. Row 1: "abc" is no number/).waitFor();
  });

  it('shows where the state of charge leaves its window, and repairs it with one press', async () => {
    await openSeries(page, /VRFB P/);
    await paste(page, '13:00\t150\n18:00\t0\n2025-10-03 00:00\tend');
    await page.getByText(/VRFB cannot discharge 150.0 kW: empty at \d\d:\d\d/).waitFor();
    await page.getByText(/kWh of the discharge until .* will not come/).waitFor();
    await page.locator('.stepstable .bad').first().waitFor();
    await picture(page, 'schedule-violation');
    await page.getByRole('button', { name: /^End discharge at/ }).click();
    await page.getByText(/cannot discharge/).waitFor({ state: 'detached' });
  });

  it('offers to shorten a charge that fills the battery, not a discharge', async () => {
    await paste(page, '13:00\t-150\n18:00\t0\n2025-10-03 00:00\tend');
    await page.getByText(/VRFB cannot charge 150.0 kW: full at \d\d:\d\d/).waitFor();
    assert.equal(await page.getByRole('button', { name: /^End discharge/ }).count(), 0);
    await page.getByRole('button', { name: /^End charge at/ }).click();
    await page.getByText(/cannot charge/).waitFor({ state: 'detached' });
  });

  it('shows a setpoint beyond the limits at the cell and in the bar whatever else is wrong, and asks before it is put in force', async () => {
    await paste(page, '13:00\t900\n18:00\t0\n2025-10-03 00:00\tend');
    await page.getByText(/VRFB 900.0 kW at 13:00 is beyond the limit: 160.0 kW will be dispatched/).waitFor();
    await page.getByRole('textbox', { name: /^Setpoint, step \d+: beyond the limit of 160.0 kW/ }).first().waitFor();
    await picture(page, 'schedule-beyond');
    await page.getByRole('button', { name: /^(Activate|Update) VRFB P/ }).click();
    const dialog = page.getByRole('dialog');
    assert.match(await dialog.innerText(), /900\.0 kW from 13:00 to .* is beyond the limit: 160\.0 kW will be dispatched/);
    assert.match(await dialog.innerText(), /Empty at .*kWh of the discharge will not come/);
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    assert.equal(await page.locator('.foot .last', { hasText: /VRFB P is (active|updated)/ }).count(), 0);
    await page.getByRole('button', { name: 'Hold to 160.0 kW' }).click();
    await page.getByText(/is beyond the limit/).waitFor({ state: 'detached' });
  });

  it('undoes inside of a cell: what is typed first, then the last change of the plan', async () => {
    await paste(page, '13:00\t20\n14:00\t0\n2025-10-03 00:00\tend');
    await page.waitForFunction(() => [...document.querySelectorAll('.stepstable input')].some((x) => x.value === '20.0'));
    const before = await setpoints();
    const cell = page.getByLabel(/^Setpoint, step/).nth(before.indexOf(20));
    await cell.fill('35');
    await cell.press('Enter');
    await until(before.map((v) => (v === 20 ? 35 : v)));
    await cell.press('Control+z');
    await until(before);
    await cell.press('Control+Shift+z');
    await until(before.map((v) => (v === 20 ? 35 : v)));
    await cell.press('Control+z');
    await until(before);
  });

  it('keeps its charts and its table in the window with a plan of three days', async () => {
    const rows = [];
    for (let i = 0; i < 288; ++i) rows.push(`${new Date(Date.parse('2025-10-01T15:00:00+02:00') + i * 900_000).toISOString()}\t${i % 2 ? 5 : -5}`);
    await paste(page, rows.join('\n'));
    await page.waitForFunction(() => document.querySelectorAll('.stepstable tbody tr').length > 250);
    const fits = await page.evaluate(() => {
      const box = (s) => document.querySelector(s).getBoundingClientRect();
      const panel = box('.stepspanel');
      const cells = [...document.querySelectorAll('.stepstable tbody tr:nth-child(3) > *, .stepstable thead th')].map((x) => x.getBoundingClientRect());
      return { page: document.documentElement.scrollHeight - innerHeight, chart: box('.editlane').height, totals: box('.totals').bottom < innerHeight, soc: box('.editorchart .lane.soc').bottom < innerHeight, out: cells.filter((c) => c.right > panel.right + 0.5 || c.left < panel.left).length, scrolls: document.querySelector('.stepstable').scrollHeight > document.querySelector('.stepstable').clientHeight };
    });
    assert.deepEqual({ ...fits, chart: fits.chart > 150 }, { page: 0, chart: true, totals: true, soc: true, out: 0, scrolls: true });
    await page.getByRole('button', { name: 'All', exact: true }).click();
    assert.match(page.url(), /series=vrfb_p/);
    assert.match(page.url(), /range=all/);
    await picture(page, 'schedule-three-days');
    await page.getByRole('button', { name: 'Next hours', exact: true }).click();
    await page.keyboard.press('Control+z');
  });

  it('moves a level by keys and by dragging, in step with the table', async () => {
    await paste(page, '13:00\t20\n14:00\t40\n15:00\t0\n2025-10-03 00:00\tend');
    await page.waitForFunction(() => [...document.querySelectorAll('.stepstable input')].some((x) => x.value === '40.0'));
    const first = await setpoints();
    const i = first.indexOf(40);
    const label = await page.getByLabel(/^Setpoint, step/).nth(i).getAttribute('aria-label');
    const n = /step (\d+)/.exec(label)[1];
    const handle = page.getByRole('slider', { name: `Level of step ${n}`, exact: true });
    await handle.focus();
    await page.keyboard.press('ArrowUp');
    await until(first.map((v, k) => (k === i ? v + 2 : v)));
    const box = await handle.boundingBox();
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2 - 40, { steps: 5 });
    await page.mouse.up();
    await page.waitForFunction((was) => [...document.querySelectorAll('.stepstable input[aria-label^="Setpoint"]')].some((x) => Number(x.value) > was + 4), 42);
  });

  it('is in force only after it is activated, and out of it again', async () => {
    await page.getByRole('button', { name: /^(Activate|Update) VRFB P/ }).click();
    await allTheSame();
    await page.locator('.foot .last', { hasText: /VRFB P is (active|updated)/ }).waitFor();
    await page.getByRole('button', { name: 'Inactivate' }).click();
    await page.getByRole('group', { name: 'Series in force' }).getByRole('button', { name: 'Activate' }).waitFor();
  });

  it('is put in force again after its changes were discarded', async () => {
    await paste(page, '2025-10-02 17:00\t5\n2025-10-02 18:00\tend');
    await page.getByText(/^Draft saved/).waitFor();
    await page.getByRole('button', { name: /^Discard \d/ }).click();
    await page.getByRole('button', { name: 'Discard', exact: true }).waitFor();
    const halves = page.getByRole('group', { name: 'Series in force' });
    await halves.getByRole('button', { name: 'Activate', exact: true }).click();
    await allTheSame();
    await halves.getByRole('button', { name: 'Active', exact: true, pressed: true }).waitFor();
    assert.equal(await page.locator('.notice', { hasText: /rejected|not activated/ }).count(), 0);
  });

  it('is exported as a file that says its end', async () => {
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Export' }).click()]);
    const rows = readFileSync(await download.path(), 'utf8').trim().split('\n');
    assert.equal(rows[0], 'timestamp,vrfb_p_kw');
    assert.match(rows.at(-1), /^\d{4}-\d\d-\d\dT[\d:]+\+02:00,$/);
  });

  it('can be used by everybody', async () => assert.deepEqual(await accessibility(page), []));
  it('never made the page err', () => assert.deepEqual(errors, []));
});

describe('a plan made from prices', { skip: real ? false : 'needs the service' }, () => {
  let site, page, errors;
  before(async () => {
    site = await startSite({ from: '2025-10-01T12:00:00+02:00', source: 'manual' });
    ({ page, errors } = await openPage(site.url));
    await go(page, 'Schedule');
    await openSeries(page, /LIB P/);
  });
  after(() => site.stop());

  const make = async (name, bytes) => {
    await page.getByRole('button', { name: 'Arbitrage', exact: true }).click();
    const dialog = page.getByRole('dialog', { name: 'Arbitrage' });
    await dialog.getByLabel('From').fill('2025-10-02 00:00:00');
    await dialog.getByLabel('To', { exact: true }).fill('2025-10-02 02:00:00');
    await dialog.locator('input[type=file]').setInputFiles({ name, mimeType: 'application/octet-stream', buffer: bytes });
    await dialog.getByRole('button', { name: 'Insert arbitrage' }).click();
    return dialog;
  };

  it('takes them as a workbook, and in the letters of Windows', async () => {
    await make('prices.xlsx', workbook([['timestamp', 'price'], ['2025-10-02T00:00:00', 10], ['2025-10-02T01:00:00', 300]]));
    await page.getByText(/Made from a plain table, price/).first().waitFor();
    await make('prices.txt', Buffer.from('timestamp;Preis \x80/MWh\r\n02.10.2025 0:00;10,5\r\n02.10.2025 1:00;300\r\n', 'latin1'));
    await page.getByText(/Made from a plain table, Preis \u20ac\/MWh/).first().waitFor();
    assert.deepEqual(errors, []);
  });

  it('shows them under the plan, with what it earns at them, in both themes and on a phone', async () => {
    // Everybody sees them: another browser than the one that gave them.
    for (const [colorScheme, width] of [['light', 1440], ['dark', 1440], ['light', 390], ['dark', 390]]) {
      const other = await openPage(site.url, { viewport: { width, height: 900 }, colorScheme });
      if (width < 500) await other.page.getByRole('button', { name: 'Menu' }).click();
      await go(other.page, 'Schedule');
      await openSeries(other.page, /LIB P/);
      await other.page.getByRole('group', { name: 'Range of time' }).getByRole('button', { name: '2 days' }).click();
      await other.page.locator('.lane.price').waitFor();
      assert.match(await other.page.locator('.lanename').innerText(), /^Price, (EUR|\u20ac)\/MWh/);
      await other.page.getByRole('row', { name: /^Earned, (EUR|\u20ac)/ }).waitFor();
      await picture(other.page, `schedule-prices-${colorScheme}-${width}`, width < 500);
      assert.deepEqual(await accessibility(other.page), []);
      assert.deepEqual(other.errors, []);
      // Reactive power has no price.
      await openSeries(other.page, /LIB Q/);
      assert.equal(await other.page.locator('.lane.price').count(), 0);
      await other.context.close();
    }
    const answer = await (await fetch(new URL('/api/v1/prices', site.url))).json();
    assert.deepEqual(answer.rows.map((r) => [r.from, r.price]), [['2025-10-01T22:00:00Z', 10.5], ['2025-10-01T23:00:00Z', 300]]);
  });

  it('says what is wrong with them', async () => {
    const dialog = await make('prices.csv.gz', Buffer.from([0x1f, 0x8b, 8, 0]));
    await dialog.getByRole('alert').getByText(/compressed \(gzip\)/).waitFor();
  });
});

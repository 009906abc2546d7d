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
    await page.getByText(/leaves its window at/).waitFor();
    await page.locator('.stepstable .bad').first().waitFor();
    await picture(page, 'schedule-violation');
    await page.getByRole('button', { name: /^End discharge at/ }).click();
    await page.getByText(/leaves its window at/).waitFor({ state: 'detached' });
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

  it('says what is wrong with them', async () => {
    const dialog = await make('prices.csv.gz', Buffer.from([0x1f, 0x8b, 8, 0]));
    await dialog.getByRole('alert').getByText(/compressed \(gzip\)/).waitFor();
  });
});

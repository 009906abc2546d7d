// Time under control: the clock is paused, stepped and hurried where plants are emulated, and every page says so.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { accessibility, closeBrowser, go, openBrowser, openPage, picture, plant } from './support/browser.mjs';
import { real, startSite } from './support/site.mjs';

before(openBrowser);
after(closeBrowser);

describe('the clock', () => {
  let site, page, errors;
  before(async () => {
    site = await startSite({ from: '2025-10-01T12:00:00+02:00', running: true });
    ({ page, errors } = await openPage(site.url));
    await plant(page, 'LIB').locator('.chip').waitFor();
  });
  after(() => site.stop());
  const banner = () => page.getByRole('region', { name: 'Simulated time' });
  const shown = () => page.locator('header time').getAttribute('datetime').then((t) => Date.parse(t));

  it('shows nothing of it while a run keeps the pace of a watch', async () => {
    assert.equal(await banner().count(), 0);
  });

  it('is paused and stepped, which every page shows', async () => {
    await go(page, 'System');
    const control = page.getByRole('group', { name: 'Clock' });
    await control.getByRole('button', { name: 'Pause' }).click();
    await banner().getByText('Time stands still').waitFor();
    const stands = await shown();
    await page.waitForTimeout(1500);
    assert.equal(await shown(), stands);
    assert.deepEqual(await accessibility(page), []);

    await go(page, 'Status');
    await banner().getByRole('button', { name: 'Step 2 s' }).click();
    await page.waitForFunction((then) => Date.parse(document.querySelector('header time').dateTime) === then, stands + 2000);
    await picture(page, 'clock-paused');
    assert.equal(await page.locator('.agemark').count(), 0, 'what was measured at the present instant is not old');
  });

  it('goes on, hurried', async () => {
    await banner().getByRole('button', { name: 'Resume' }).click();
    await banner().waitFor({ state: 'detached' });
    await go(page, 'System');
    await page.getByLabel('Speed of the clock').selectOption('60');
    await banner().getByText('Simulated time, up to 60 times real time').waitFor();
    const then = await shown();
    await page.waitForFunction((t) => Date.parse(document.querySelector('header time').dateTime) >= t, then + 60_000);
    assert.deepEqual(errors, []);
  });

  it('carries the end of the history with it [D-28]', async () => {
    await go(page, 'History');
    const end = Date.parse((await page.getByLabel('To', { exact: true }).inputValue()).replace(' ', 'T'));
    await page.waitForFunction((t) => Date.parse(document.querySelector('[aria-label="To"]').value.replace(' ', 'T')) >= t, end + 60_000);
  });

  it('is not offered where real time is kept', { skip: !real }, async () => {
    const other = await startSite({ transport: 'real-clock' });
    const { page: there, context } = await openPage(other.url);
    await go(there, 'System');
    await there.getByText('real time', { exact: true }).waitFor();
    assert.equal(await there.getByRole('group', { name: 'Clock' }).count(), 0);
    await context.close();
    await other.stop();
  });
});

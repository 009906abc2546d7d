// An operator's shift: start, follow the plan, pause, record, stop; emergency stop; transport and back.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { closeBrowser, openBrowser, openPage, picture, plant } from './support/browser.mjs';
import { startSite } from './support/site.mjs';

before(openBrowser);
after(closeBrowser);

const chip = (page, name, words) => plant(page, name).locator('.chip', { hasText: words }).waitFor();
const confirm = (page, verb) => page.getByRole('dialog').getByRole('button', { name: verb, exact: true }).click();

describe('two emulated plants at speed', () => {
  let site, page, errors, foreign;
  before(async () => {
    site = await startSite({ speed: 30 });
    ({ page, errors, foreign } = await openPage(site.url));
  });
  after(() => site.stop());

  it('start together and follow the plan', async () => {
    for (const name of site.plants) await chip(page, name, 'Stopped');
    await page.getByRole('button', { name: 'Start all', exact: true }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText(/begins at/).first().waitFor();
    await picture(page, 'confirm-start-all');
    await confirm(page, 'Start all');
    for (const name of site.plants) {
      await chip(page, name, 'Running');
      await plant(page, name).getByText('Dispatching', { exact: true }).waitFor();
      await plant(page, name).getByText('Recording', { exact: true }).waitFor();
    }
    // The plan asks LIB for −1000 kW from 00:45 to 01:00: the measured value gets there.
    await page.waitForFunction(() => {
      const row = document.querySelector('[role="group"][aria-label="LIB"]');
      const text = row?.querySelector('.pcell .value b')?.textContent?.replace('\u2212', '-');
      const setpoint = /setpoint (.*) kW/.exec(row?.querySelector('.pcell .aside')?.textContent ?? '')?.[1]?.replace('\u2212', '-');
      return text && setpoint && Math.abs(Number(setpoint)) > 1 && Math.abs(Number(text) - Number(setpoint)) < 15;
    }, null, { timeout: 30_000 });
    await page.locator('.sentences', { hasText: /LIB (dis)?charging/ }).waitFor();
  });

  it('say why a value is dispatched', async () => {
    await plant(page, 'LIB').getByRole('button', { name: /^Why setpoint/ }).click();
    const why = page.getByRole('dialog', { name: 'Why, LIB' });
    await why.getByText('Source', { exact: true }).waitFor();
    await why.getByText(/the (manual|market's) plan, version \d+/).waitFor();
    await picture(page, 'why');
    await page.keyboard.press('Escape');
    await why.waitFor({ state: 'detached' });
  });

  it('pause and go on', async () => {
    await page.getByRole('button', { name: 'Pause LIB' }).focus();
    await page.keyboard.press('Enter');
    await plant(page, 'LIB').getByText('Paused', { exact: true }).waitFor();
    assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Paused', 'the focus was lost');
    await page.locator('.sentences', { hasText: 'dispatch is paused' }).waitFor();
    await page.getByRole('button', { name: 'Dispatch LIB' }).click();
    await plant(page, 'LIB').getByText('Dispatching', { exact: true }).waitFor();
  });

  it('stop and start recording', async () => {
    await page.getByRole('button', { name: 'Stop recording VRFB' }).click();
    await page.getByRole('button', { name: 'Record VRFB' }).waitFor();
    await page.getByRole('button', { name: 'Record VRFB' }).click();
    await plant(page, 'VRFB').getByText('Recording', { exact: true }).waitFor();
  });

  it('have the emergency stop in reach under a dialog', async () => {
    const stop = page.getByRole('button', { name: /Emergency stop/ }).first();
    const box = await stop.boundingBox();
    await page.getByRole('button', { name: 'Stop all', exact: true }).first().click();
    await page.getByRole('dialog').waitFor();
    await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
    await page.getByRole('button', { name: /Press again to stop/ }).first().waitFor();
    await page.keyboard.press('Escape');
    await stop.waitFor();
    await chip(page, 'LIB', 'Running');
  });

  it('stop safely after a confirmation with figures', async () => {
    await page.getByRole('button', { name: 'Stop LIB', exact: true }).click();
    const dialog = page.getByRole('dialog', { name: 'Stop LIB?' });
    assert.match(await dialog.innerText(), /setpoints to 0 from .* kW/);
    await picture(page, 'confirm-stop');
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await chip(page, 'LIB', 'Running');
    await page.getByRole('button', { name: 'Stop LIB', exact: true }).click();
    await confirm(page, 'Stop LIB');
    await chip(page, 'LIB', 'Stopped');
    await plant(page, 'LIB').getByText('Paused', { exact: true }).waitFor();
    await chip(page, 'VRFB', 'Running');
  });

  it('are stopped at once by the emergency stop, which stays until it is reset', async () => {
    await page.keyboard.press('F8');
    await page.getByRole('button', { name: /Press again to stop/ }).first().waitFor();
    await picture(page, 'estop-armed');
    assert.equal(await page.locator('[aria-live]', { hasText: / s left/ }).count(), 0, 'the seconds are said aloud');
    await page.keyboard.press('Escape');
    // From the tile itself: a second press at once is a double click, and the keyboard keeps its place.
    const tile = page.locator('.band button.estop');
    await tile.focus();
    await tile.dblclick();
    await page.locator('[aria-live]', { hasText: 'Emergency stop armed' }).waitFor({ state: 'attached' });
    await page.getByRole('button', { name: /Press again to stop/ }).first().waitFor();
    await page.waitForTimeout(500);
    await page.keyboard.press('Enter');
    await page.getByText(/^Stopped at/).first().waitFor();
    assert.ok(await page.evaluate(() => document.activeElement.matches('.band .estop')), 'the focus was lost');
    await chip(page, 'VRFB', 'Stopped');
    await picture(page, 'estop-latched');
    assert.ok(await page.getByRole('button', { name: 'Run LIB' }).isDisabled(), 'a start is offered while latched');
    await page.getByRole('button', { name: 'Reset…' }).first().click();
    await confirm(page, 'Reset emergency stop');
    await page.getByRole('button', { name: /Emergency stop/ }).first().waitFor();
    await page.getByRole('button', { name: 'Run LIB' }).click();
    await chip(page, 'LIB', 'Running');
  });

  it('stop all, from the top', async () => {
    await page.getByRole('button', { name: 'Stop all', exact: true }).first().click();
    await confirm(page, 'Stop all');
    for (const name of site.plants) await chip(page, name, 'Stopped');
  });

  it('never made the page err or call another host', () => {
    assert.deepEqual(errors, []);
    assert.deepEqual(foreign, []);
  });
});

describe('transport', () => {
  let site, page, endPlants;
  before(async () => {
    site = await startSite({ transport: process.env.HIL_SCHEDULER ? 'real-clock' : 'local' });
    endPlants = await site.servePlants();
    ({ page } = await openPage(site.url));
  });
  after(async () => {
    await endPlants?.();
    await site.stop();
  });

  it('goes to a second plant_sim and back, stopping what runs', async () => {
    await page.getByRole('button', { name: 'Run LIB' }).click();
    await chip(page, 'LIB', 'Running');
    const transport = page.getByRole('group', { name: 'Transport' });
    await transport.getByRole('button', { name: 'Remote' }).click();
    assert.match(await page.getByRole('dialog').innerText(), /LIB .* is stopped first/);
    await confirm(page, 'Switch to remote');
    await transport.locator('[aria-pressed="true"]', { hasText: 'Remote' }).waitFor({ timeout: 40_000 });
    for (const name of site.plants) await chip(page, name, 'Stopped');
    await page.getByRole('button', { name: 'Run LIB' }).click();
    await chip(page, 'LIB', 'Running');
    await transport.getByRole('button', { name: 'Local' }).click();
    await confirm(page, 'Switch to local');
    await transport.locator('[aria-pressed="true"]', { hasText: 'Local' }).waitFor({ timeout: 40_000 });
    for (const name of site.plants) await chip(page, name, 'Stopped');
  });
});

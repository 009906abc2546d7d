// The page and its server: a restart, a login, a viewer, the read-only server.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { closeBrowser, go, openBrowser, openPage, picture, plant } from './support/browser.mjs';
import { real, startSite } from './support/site.mjs';

before(openBrowser);
after(closeBrowser);

describe('a lost connection', () => {
  let site, page;
  before(async () => {
    site = await startSite({ running: true });
    ({ page } = await openPage(site.url, { viewport: { width: 1440, height: 900 } }));
    await plant(page, 'LIB').locator('.chip', { hasText: 'Running' }).waitFor();
  });
  after(() => site.stop());

  it('is said, greys what is not known any more, moves nothing and leaves the emergency stop', async () => {
    const stop = page.getByRole('button', { name: /Emergency stop/ }).first();
    const before = await stop.boundingBox();
    await site.stop({ keep: true });
    await page.getByText(/^No connection since/).waitFor();
    await page.locator('.row.stale').first().waitFor();
    await plant(page, 'LIB').locator('.chip', { hasText: 'Was running' }).waitFor();
    assert.ok(await page.getByRole('button', { name: 'Stop LIB', exact: true }).isDisabled());
    assert.ok(await page.getByRole('button', { name: 'Stop all', exact: true }).first().isDisabled());
    assert.ok(await stop.isEnabled());
    assert.deepEqual(await stop.boundingBox(), before, 'the emergency stop moved');
    await picture(page, 'lost-connection');
  });

  it('makes the emergency stop say that it did not arrive', async () => {
    await page.keyboard.press('F8');
    await page.keyboard.press('F8');
    await page.getByText(/did NOT arrive/).waitFor();
    await page.getByRole('button', { name: 'Dismiss' }).first().click();
  });

  it('is over when the service is back', async () => {
    await site.restart();
    await page.getByText(/^No connection since/).waitFor({ state: 'detached', timeout: 40_000 });
    await page.locator('.row:not(.stale)').first().waitFor({ timeout: 40_000 });
    assert.ok(await page.getByRole('button', { name: 'Stop all', exact: true }).first().isEnabled());
  });
});

describe('accounts', () => {
  let site;
  before(async () => {
    site = await startSite({ accounts: { anna: { password: 'correct horse', role: 'operator' }, bob: { password: 'battery staple', role: 'viewer' } } });
  });
  after(() => site.stop());
  const login = async (page, name, password) => {
    await page.getByLabel('Name').fill(name);
    await page.getByLabel('Password').fill(password);
    await page.getByRole('button', { name: 'Log in' }).click();
  };

  it('let an operator in and out, and nobody else', async () => {
    const { page } = await openPage(site.url);
    await login(page, 'anna', 'wrong');
    await page.getByText('Name or password is wrong.').waitFor();
    await picture(page, 'login');
    await login(page, 'anna', 'correct horse');
    await plant(page, 'LIB').waitFor();
    await page.getByRole('button', { name: 'Run LIB' }).waitFor();
    await page.getByRole('button', { name: 'Log out' }).click();
    await login(page, 'anna', 'correct horse');
    await page.getByRole('button', { name: 'Run LIB' }).and(page.locator(':enabled')).waitFor();
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.getByRole('button', { name: 'Log in' }).waitFor();
    await page.reload();
    await page.getByRole('button', { name: 'Log in' }).waitFor();
  });

  it('show a viewer everything and no control at all', async () => {
    const { page } = await openPage(site.url);
    await login(page, 'bob', 'battery staple');
    await plant(page, 'LIB').waitFor();
    await plant(page, 'LIB').locator('.facts').waitFor();
    for (const name of [/^Run/, /^Stop/, /^Start all/, /Emergency stop/, /^Dispatch/, /^Pause/, /^Record/]) assert.equal(await page.getByRole('button', { name }).count(), 0, `${name} is offered to a viewer`);
    await page.keyboard.press('F8');
    await page.keyboard.press('F8');
    await go(page, 'Schedule');
    await page.getByRole('tab', { name: /LIB P/ }).waitFor();
    assert.equal(await page.getByRole('button', { name: /^(Update|Activate|Inactivate|Discard)/ }).count(), 0);
  });
});

describe('the read-only server', () => {
  let site;
  before(async () => {
    site = await startSite({ readOnly: true, running: true });
  });
  after(() => site.stop());

  it('[AC-66] has Status and History and nothing to command with', async () => {
    const { page, errors } = await openPage(site.url);
    await plant(page, 'LIB').waitFor();
    assert.deepEqual(await page.getByRole('navigation', { name: 'Pages' }).getByRole('link').allInnerTexts(), ['Status', 'History']);
    for (const name of [/^Run/, /^Stop/, /^Start all/, /Emergency stop/, /^Pause/, /^Record/]) assert.equal(await page.getByRole('button', { name }).count(), 0, `${name} is offered`);
    const answer = await page.evaluate(async () => (await fetch('/api/v1/commands', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{"kind":"fleet.stop_all"}' })).status);
    assert.ok(real ? answer === 404 : answer === 403 || answer === 404, `a command was answered with ${answer}`);
    await go(page, 'History');
    await page.getByText('Recorded data').waitFor();
    assert.deepEqual(errors, []);
  });
});

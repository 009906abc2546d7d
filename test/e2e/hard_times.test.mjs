// What must work when the rest does not: questions that hang, a socket that dies silently, a session not answered.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { closeBrowser, go, openBrowser, openPage, picture, plant } from './support/browser.mjs';
import { startSite } from './support/site.mjs';

before(openBrowser);
after(closeBrowser);

const pause = (ms) => new Promise((r) => setTimeout(r, ms));

describe('in hard times', () => {
  let site;
  before(async () => {
    site = await startSite({ running: true });
  });
  after(() => site.stop());

  it('an open History page asks each thing once, and the emergency stop does not wait for its answers', async () => {
    const { page, errors } = await openPage(site.url);
    await plant(page, 'LIB').waitFor();
    const asked = [];
    page.on('request', (r) => asked.push(new URL(r.url()).pathname));
    await page.route('**/measurements/summary*', () => {}); // never answered
    await go(page, 'History');
    await page.getByText('Recorded data').waitFor();
    await pause(5000);
    const summaries = asked.filter((p) => p.endsWith('/summary')).length;
    assert.ok(summaries >= 1 && summaries <= site.plants.length, `${summaries} summaries were asked for in five seconds`);
    await page.keyboard.press('F8');
    await page.keyboard.press('F8');
    await page.getByText(/^Stopped at/).first().waitFor({ timeout: 4000 });
    assert.ok(asked.some((p) => p.endsWith('/estop')));
    await go(page, 'Status');
    await page.getByRole('button', { name: 'Reset…' }).first().click();
    await page.getByRole('dialog').getByRole('button', { name: 'Reset emergency stop', exact: true }).click();
    await page.getByRole('button', { name: /Emergency stop/ }).first().waitFor();
    assert.equal(await page.locator('.notice').count(), 0);
    assert.deepEqual(errors, []);
    await page.close();
  });

  it('a socket that dies silently is noticed while HTTP still answers, and another is opened', async () => {
    const { page } = await openPage(site.url);
    let sockets = 0;
    let dead = 0;
    await page.routeWebSocket('**/ws', (mine) => {
      const number = ++sockets;
      const theirs = mine.connectToServer();
      mine.onMessage((m) => number > dead && theirs.send(m));
      theirs.onMessage((m) => number > dead && mine.send(m));
    });
    await page.reload();
    await plant(page, 'LIB').waitFor();
    await page.getByText(/^No connection since/).waitFor({ state: 'detached' });
    await page.locator('.row:not(.stale)').first().waitFor();
    // The next one, too, so that there is time to see it.
    dead = sockets + 1;
    await page.getByText(/^No connection since/).waitFor({ timeout: 12_000 });
    await page.locator('.row.stale').first().waitFor();
    await picture(page, 'silent-socket');
    await page.getByText(/^No connection since/).waitFor({ state: 'detached' });
    await page.locator('.row:not(.stale)').first().waitFor();
    assert.ok(sockets > dead, 'no other socket was opened');
    await page.close();
  });

  it('a session that is not answered leaves the emergency stop, and is asked for until it is', async () => {
    const { page } = await openPage(site.url);
    let refused = 0;
    await page.route('**/api/v1/session', (route) => (++refused <= 4 ? route.fulfill({ status: 503, body: '' }) : route.continue()));
    await page.reload();
    await plant(page, 'LIB').waitFor();
    await page.getByRole('button', { name: /Emergency stop/ }).first().waitFor();
    assert.equal(await page.getByRole('button', { name: 'Run LIB' }).count(), 0, 'a command is offered to nobody');
    await page.getByRole('button', { name: /^(Run|Stop) LIB/ }).first().waitFor();
    assert.ok(refused > 4);
    await page.close();
  });
});

// The operator is told what is: each scene of test/data/scenes, and at every step of it the page against the registers
// of the plants.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { closeBrowser, openBrowser, openPage, picture, plant } from './support/browser.mjs';
import { readPoint } from './support/modbus.mjs';
import { freePorts, real, startSite } from './support/site.mjs';

const folder = join(dirname(fileURLToPath(import.meta.url)), '../data/scenes');
const scenes = readdirSync(folder).filter((n) => n.endsWith('.json')).map((n) => [n.replace('.json', ''), JSON.parse(readFileSync(join(folder, n), 'utf8'))]);
const names = { lib: 'LIB', vrfb: 'VRFB' };

before(openBrowser);
after(closeBrowser);

const plain = (text) => text.replaceAll('\u2212', '-').replace(/\s+/g, ' ').trim();
const escape = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
const kw = (v) => Math.abs(v).toFixed(1);
const pause = (ms) => new Promise((r) => setTimeout(r, ms));

/** Asks until it holds: what is on its way needs its time, and no more. */
async function soon(what, ask, ms = 30_000) {
  const end = performance.now() + ms;
  for (;;) {
    const wrong = await ask();
    if (!wrong) return;
    if (performance.now() > end) assert.fail(`${what}: ${wrong}`);
    await pause(250);
  }
}

for (const [file, scene] of scenes) {
  describe(scene.name, { skip: real ? false : 'needs the service and plant_sim' }, () => {
    let site, page, errors, control, endPlants;
    const ask = async (method, path, body) => {
      const answer = await fetch(`${control}${path}`, { method, headers: { 'content-type': 'application/json' }, body: body && JSON.stringify(body) });
      assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${await answer.text()}`);
    };
    const register = (id, name) => readPoint(site.settings.plants[id], name);
    const sentences = async () => (await page.locator('.sentences p').allInnerTexts()).map(plain);

    before(async () => {
      const [port] = await freePorts(1);
      control = `http://127.0.0.1:${port}`;
      const begin = Math.floor(Date.now() / 60_000) * 60_000 - 60_000;
      const iso = (t) => new Date(t).toISOString();
      const values = Object.values(scene.plan).join();
      site = await startSite({ transport: 'remote', plan: `timestamp,${Object.keys(scene.plan).join()}\n${iso(begin)},${values}\n` });
      endPlants = await site.servePlants(port);
      await soon('plant_sim serves', async () => ((await fetch(`${control}/state`).catch(() => null))?.ok ? '' : 'not yet'));
      for (const [id, soc] of Object.entries(scene.soc)) await ask('PUT', `/plants/${id}`, { soc_pu: soc });
      ({ page, errors } = await openPage(site.url, { viewport: { width: 1440, height: 900 } }));
      await soon('links are up', async () => ((await page.locator('.linkcell .aside').count()) ? 'a link is not up' : ''));
    });
    after(async () => {
      await endPlants?.();
      await site?.stop();
    });

    scene.steps.forEach((step, i) => {
      it(`step ${i + 1}: ${JSON.stringify(step.command ?? step.fault ?? 'the faults end')}`, async () => {
        if (step.end_faults) await ask('DELETE', '/faults');
        for (const fault of [step.fault ?? []].flat()) await ask('POST', '/faults', fault);
        if (step.command) {
          const answer = await fetch(new URL('/api/v1/commands', site.url), { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(step.command) });
          assert.equal(answer.status, 202, await answer.text());
        }
        for (const [id, points] of Object.entries(step.registers ?? {}))
          for (const [name, value] of Object.entries(points))
            await soon(`${name} of ${id}`, async () => {
              const found = await register(id, name);
              return Math.abs(found - value) < 0.11 ? '' : `${found} instead of ${value}`;
            });
        for (const [id, text] of Object.entries(step.says ?? {}))
          await soon(`the sentence of ${names[id]}`, async () => {
            const values = { p: '', set: '' };
            if (text.includes('{p}')) values.p = kw(await register(id, 'p_poi'));
            if (text.includes('{set}')) values.set = kw(await register(id, 'p_setpoint'));
            const wanted = new RegExp(`^${escape(text).replace('\\{p\\}', values.p).replace('\\{set\\}', values.set).replaceAll('\\{time\\}', '[\\w: ]{5,20}')}$`);
            const said = (await sentences()).find((s) => s.startsWith(names[id])) ?? '';
            return wanted.test(said) ? '' : `"${said}" instead of ${wanted}`;
          });
        for (const [id, word] of Object.entries(step.chip ?? {})) await soon(`the chip of ${id}`, async () => ((await plant(page, names[id]).locator('.chip').innerText()) === word ? '' : `not ${word}`));
        for (const [id, text] of Object.entries(step.outlook ?? {})) await soon(`the outlook of ${id}`, async () => ((await plant(page, names[id]).locator('.tankcell').innerText()).includes(text) && (await plant(page, names[id]).locator('.tank-ahead').count()) === 0 ? '' : `not "${text}"`));
        for (const name of step.unfilled ?? []) assert.equal(await page.getByRole('group', { name }).locator('.is').count(), 0, `${name}: a half is filled`);
        for (const [id, word] of Object.entries(step.marked ?? {})) await soon(`the mark of ${id}`, async () => ((await plant(page, names[id]).innerText()).includes(word) ? '' : `no "${word}"`));
        if (step.alarms) await soon('the alarm summary', async () => ((await page.locator('.tile.alarms b').innerText()) === step.alarms ? '' : `"${await page.locator('.tile.alarms').innerText()}" instead of "${step.alarms}"`));
        if (step.why) await soon('the first alarm', async () => (plain(await page.locator('.tile.alarms small').innerText()).startsWith(step.why) ? '' : await page.locator('.tile.alarms small').innerText()));
        for (const end = performance.now() + (step.for_s ?? 0) * 1000; performance.now() < end; await pause(200)) {
          const all = `${(await sentences()).join(' ')} ${await page.locator('.tile.alarms').innerText()}`;
          for (const word of step.never ?? []) assert.ok(!all.toLowerCase().includes(word.toLowerCase()), `"${word}" is said: ${all}`);
          if (step.alarms) assert.equal(await page.locator('.tile.alarms b').innerText(), step.alarms);
        }
        for (const colorScheme of ['dark', 'light']) {
          await page.emulateMedia({ colorScheme });
          await picture(page, `truth-${file}-${i + 1}${colorScheme === 'dark' ? '-dark' : ''}`);
        }
      });
    });

    it('never made the page err', () => assert.deepEqual(errors, []));
  });
}

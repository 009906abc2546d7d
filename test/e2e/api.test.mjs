// What programs rely on: every message of the WebSocket is as docs/asyncapi.json describes it, and the example of
// docs/api.md runs as it is.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, describe, it } from 'node:test';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { wrong } from './support/schema.mjs';
import { real, startSite } from './support/site.mjs';

const project = join(dirname(fileURLToPath(import.meta.url)), '../..');
const { WebSocket } = createRequire(join(project, 'www/package.json'))('ws');
const { components, operations } = JSON.parse(readFileSync(join(project, 'docs/asyncapi.json'), 'utf8'));
const nameOf = (ref) => ref.$ref.split('/').at(-1);
const told = operations.told.messages.map(nameOf);
const schemaOf = (type) => components.messages[told.find((name) => components.messages[name].payload.properties.type.const === type)]?.payload;

describe('the interface for programs', { skip: real ? false : 'needs the service' }, () => {
  let site;
  before(async () => {
    site = await startSite({ from: '2025-10-01T12:00:00+02:00' });
  });
  after(() => site.stop());

  it('tells over the WebSocket what is described, every kind of message of it', async () => {
    const socket = new WebSocket(`${site.url.replace('http', 'ws')}ws`, { origin: site.url.slice(0, -1) });
    const seen = new Map();
    const problems = [];
    socket.on('message', (data) => {
      const message = JSON.parse(data.toString());
      seen.set(message.type, (seen.get(message.type) ?? 0) + 1);
      const schema = schemaOf(message.type);
      problems.push(...(schema ? wrong(message, schema, message.type) : [`${message.type} is not described`]));
    });
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    const send = (message) => {
      const own = operations.asked.messages.map(nameOf).find((name) => components.messages[name].payload.properties.type.const === message.type);
      assert.deepEqual(wrong(message, components.messages[own].payload), []);
      socket.send(JSON.stringify(message));
    };
    send({ type: 'subscribe', topics: ['logs'] });
    send({ type: 'command', ref: 'a', kind: 'plant.dispatch_disable', plant: 'lib' });
    send({ type: 'command', ref: 'b', kind: 'plant.strat', plant: 'lib' });
    socket.send('{"type":"nonsense"}');
    const all = told.map((name) => components.messages[name].payload.properties.type.const);
    for (let n = 0; n < 200 && !all.every((type) => seen.has(type)); ++n) await new Promise((r) => setTimeout(r, 50));
    socket.close();
    assert.deepEqual(all.filter((type) => !seen.has(type)), [], 'never seen');
    assert.deepEqual(problems, []);
  });

  it('names the kinds there are to whoever misspells one', async () => {
    const answer = await fetch(new URL('/api/v1/commands', site.url), { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ kind: 'plant.strat', plant: 'lib' }) });
    const record = await answer.json();
    assert.equal(record.message, 'unsupported_command');
    assert.equal(record.result.did_you_mean, 'plant.start');
    assert.ok(record.result.known_kinds.includes('fleet.stop_all'));
  });

  it('has an example in Python that runs', async () => {
    const text = readFileSync(join(project, 'docs/api.md'), 'utf8');
    const example = /```python\n([\s\S]*?)```/.exec(text)[1];
    const child = spawn('python3', ['-'], { env: { ...process.env, HIL_URL: site.url.slice(0, -1) }, stdio: ['pipe', 'pipe', 'pipe'] });
    let out = '';
    let err = '';
    child.stdout.on('data', (d) => (out += d));
    child.stderr.on('data', (d) => (err += d));
    child.stdin.end(example);
    const status = await new Promise((resolve) => child.once('close', resolve));
    assert.equal(status, 0, out + err);
    assert.match(out, /lib running: 50\.0 kW/);
    assert.match(out, /asked [\d.]+ delivered [\d.]+ missing [\d.]+/);
  });
});

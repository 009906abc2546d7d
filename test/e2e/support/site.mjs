// What the tests run against: the real service when HIL_SCHEDULER names its program, else the simulated site of
// www/test/mock. Both are asked for the same things.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startMock } from '../../../www/test/mock/server.mjs';

const project = join(dirname(fileURLToPath(import.meta.url)), '../../..');
const program = process.env.HIL_SCHEDULER;
const plantSim = process.env.PLANT_SIM ?? (program ? join(dirname(program), 'plant_sim') : undefined);
export const real = !!program;
// What is for the tests is not for the service, which takes HIL_ names for its own.
const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('HIL_')));
export const planFile = join(project, 'test/data/schedule/es_2025-10-01.csv');

/**
 * options: plan (a text instead of planFile), transport ('remote': the plants of servePlants), speed, from, paused, folder (of recordDay), running, source ('manual'|'api'), accounts {name: {password, role}}, readOnly
 * Gives url, stop(), restart(), servePlants() for the remote side, and what else a test asks of a site.
 */
export async function startSite(options = {}) {
  return real ? startReal(options) : startSimulated(options);
}

async function startSimulated(options) {
  const settings = { from: '2025-10-01T00:50:00+02:00', source: 'api', transport: 'local', ...options };
  let mock = await startMock(settings);
  const { port } = mock;
  const { site } = mock;
  return {
    url: mock.url,
    plants: ['LIB', 'VRFB'],
    async stop() {
      await mock.stop();
    },
    async restart() {
      mock = await startMock({ ...settings, port, site });
    },
    async servePlants() {
      return async () => {};
    },
  };
}

export async function freePorts(count) {
  const servers = await Promise.all(
    Array.from({ length: count }, () => new Promise((resolve) => {
      const s = createServer();
      s.listen(0, '127.0.0.1', () => resolve(s));
    })),
  );
  const ports = servers.map((s) => s.address().port);
  await Promise.all(servers.map((s) => new Promise((r) => s.close(r))));
  return ports;
}

/** The shipped configuration with ports of our own; comments and trailing commas are taken out first. */
function configuration(ports, extra) {
  const text = readFileSync(join(project, 'etc/hil.json'), 'utf8')
    .replace(/^\s*\/\/.*$/gm, '')
    .replace(/,(\s*[}\]])/g, '$1');
  const c = JSON.parse(text);
  delete c.$schema;
  c.plants.lib.modbus.local.port = ports[2];
  c.plants.vrfb.modbus.local.port = ports[3];
  c.plants.lib.modbus.remote.port = ports[4];
  c.plants.vrfb.modbus.remote.port = ports[5];
  c.dashboard.private.port = ports[0];
  c.dashboard.public_readonly.port = ports[1];
  delete c.istentore_api;
  // The pages of this folder, wherever the program was built.
  c.dashboard.pages_dir = join(project, 'www/dist');
  extra(c);
  return c;
}

async function startReal(options) {
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'hil-e2e-'));
  const ports = await freePorts(6);
  const accounts = [];
  for (const [name, { password, role }] of Object.entries(options.accounts ?? {})) accounts.push({ name, role, password_hash: await hash(password) });
  const file = join(folder, 'hil.json');
  const settings = configuration(ports, (c) => {
    if (accounts.length) c.dashboard.private.auth = accounts;
  });
  writeFileSync(file, JSON.stringify(settings));
  let plan = planFile;
  if (options.plan) writeFileSync((plan = join(folder, 'plan.csv')), options.plan);
  const speed = options.speed ?? 1;
  const args = ['run', '--config', file, '--data-dir', join(folder, 'data'), '--schedule', plan, '--source', 'manual'];
  if (options.transport === 'remote') args.push('--transport', 'remote');
  // A service does not go back behind what it has recorded: every restart begins a quarter of an hour later.
  let from = Date.parse(options.from ?? '2025-10-01T00:50:00+02:00');
  const clock = () => {
    if (options.transport === 'real-clock' || options.transport === 'remote') return [];
    const at = new Date(from).toISOString().replace('.000Z', 'Z');
    from += 900_000;
    return ['--from', at, '--speed', String(speed), ...(options.paused ? ['--paused'] : [])];
  };
  if (options.running) args.push('--start', '--record');
  const children = new Set();
  const launch = async () => {
    const child = spawn(program, [...args, ...clock()], { cwd: folder, env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
    children.add(child);
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (d) => (said = (said + d).slice(-4000)));
    await answers(ports[0], child, () => said);
    return child;
  };
  let service = await launch();
  return {
    url: `http://127.0.0.1:${options.readOnly ? ports[1] : ports[0]}/`,
    plants: ['LIB', 'VRFB'],
    settings,
    /** `keep`: as by a crash, to be restarted. */
    async stop({ keep = false } = {}) {
      await end(service, keep ? 'SIGKILL' : 'SIGTERM');
      if (keep) return;
      for (const child of children) await end(child);
      rmSync(folder, { recursive: true, force: true });
    },
    async restart() {
      service = await launch();
    },
    /** A plant_sim of its own behind the remote endpoints. */
    async servePlants(control) {
      const child = spawn(plantSim, ['--config', file, '--endpoint', 'remote', ...(control ? ['--control', `127.0.0.1:${control}`] : [])], { cwd: folder, env: environment, stdio: 'ignore' });
      children.add(child);
      return () => end(child);
    },
  };
}

/** A folder with the data of a day in which no sample is like the one before, recorded by the service itself. */
export async function recordDay(from) {
  const folder = mkdtempSync(join(tmpdir(), 'hil-e2e-'));
  const file = join(folder, 'day.json');
  const plan = join(folder, 'plan.csv');
  const rows = ['timestamp,lib_p_kw,lib_q_kvar,vrfb_p_kw,vrfb_q_kvar'];
  for (let i = 0; i < 43_200; ++i) {
    const p = Math.sin(i / 300);
    rows.push(`${new Date(Date.parse(from) + i * 2000).toISOString()},${[200 * p, 40 * Math.cos(i / 170), 60 * p, 9 * p].map((v) => v.toFixed(1)).join(',')}`);
  }
  writeFileSync(plan, rows.join('\n') + '\n');
  writeFileSync(file, JSON.stringify(configuration(await freePorts(6), () => {})));
  const child = spawn(program, ['run', '--headless', '--config', file, '--data-dir', join(folder, 'data'), '--schedule', plan, '--from', from, '--duration', '24h', '--speed', '1000000'], { cwd: folder, env: environment, stdio: ['ignore', 'ignore', 'inherit'] });
  const status = await new Promise((resolve) => child.once('close', resolve));
  if (status !== 0) throw new Error(`recording a day ended with ${status}`);
  return folder;
}

/** A folder whose history holds these recordings: texts by file name. With it the program run there, and its output. */
export async function importRecordings(recordings) {
  const folder = mkdtempSync(join(tmpdir(), 'hil-e2e-'));
  const file = join(folder, 'import.json');
  mkdirSync(join(folder, 'old'));
  for (const [name, text] of Object.entries(recordings)) writeFileSync(join(folder, 'old', name), text);
  writeFileSync(file, JSON.stringify(configuration(await freePorts(6), () => {})));
  const run = async (command, ...args) => {
    const child = spawn(program, [command, ...args, '--config', file, '--data-dir', join(folder, 'data')], { cwd: folder, env: environment, stdio: ['ignore', 'pipe', 'inherit'] });
    const pieces = [];
    child.stdout.on('data', (d) => pieces.push(d));
    const status = await new Promise((resolve) => child.once('close', resolve));
    if (status !== 0) throw new Error(`${command} ended with ${status}`);
    return Buffer.concat(pieces);
  };
  await run('import', join(folder, 'old'));
  return { folder, run };
}

function hash(password) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, ['hash-password'], { env: environment, stdio: ['pipe', 'pipe', 'inherit'] });
    let out = '';
    child.stdout.on('data', (d) => (out += d));
    child.on('close', (code) => (code === 0 ? resolve(out.trim()) : reject(new Error(`hash-password ended with ${code}`))));
    child.stdin.end(`${password}\n`);
  });
}

async function answers(port, child, said) {
  for (let n = 0; n < 300; ++n) {
    if (child.exitCode !== null) throw new Error(`the service ended with ${child.exitCode}: ${said()}`);
    try {
      await fetch(`http://127.0.0.1:${port}/health/live`, { signal: AbortSignal.timeout(1000) });
      return;
    } catch {
      await new Promise((r) => setTimeout(r, 100));
    }
  }
  throw new Error(`the service does not answer: ${said()}`);
}

async function end(child, how = 'SIGTERM') {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = new Promise((r) => child.once('close', r));
  child.kill(how);
  const timer = setTimeout(() => child.kill('SIGKILL'), 20_000);
  await closed;
  clearTimeout(timer);
}

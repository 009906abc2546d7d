// HTTP and WebSocket of interfaces 6 over the simulated site, with the page's built files.
//   node test/mock/server.mjs [--port N] [--speed N] [--running] [--override] [--slow] [--login] [--readonly]
import { createServer } from 'node:http';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { WebSocketServer } from 'ws';
import { Site } from './site.mjs';
import { models } from './plan.mjs';
import { workbookRows } from './workbook.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, '../../dist');
const planFile = join(here, '../../../test/data/schedule/es_2025-10-01.csv');
const fields = ['p_setpoint_kw', 'battery_active_power_kw', 'q_setpoint_kvar', 'battery_reactive_power_kvar', 'soc_pu', 'p_poi_kw', 'q_poi_kvar', 'v_poi_kV'];
const types = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.woff2': 'font/woff2', '.svg': 'image/svg+xml', '.json': 'application/json', '.txt': 'text/plain' };
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data: blob:; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

export async function startMock(options = {}) {
  const site = options.site ?? new Site({ planFile, ...options, from: Date.parse(options.from ?? '2025-10-01T18:47:32+02:00') });
  const sessions = new Map();
  const sockets = new Set();
  const counters = { commands: 0, seen: [] };

  const who = (req) => {
    if (site.readOnly) return { name: null, role: 'viewer' };
    if (!site.accounts) return { name: null, role: site.role };
    const id = /(?:^|; )session=([^;]+)/.exec(req.headers.cookie ?? '')?.[1];
    return sessions.get(id) ?? null;
  };
  const session = (user) => ({ name: user.name, role: user.role, read_only: site.readOnly, login: !!site.accounts });

  const server = createServer(async (req, res) => {
    const url = new URL(req.url, 'http://x');
    const path = url.pathname;
    counters.seen.push(`${req.method} ${path}`);
    const json = (status, body, headers = {}) => {
      res.writeHead(status, { 'Content-Type': status >= 400 ? 'application/problem+json' : 'application/json', 'Cache-Control': 'no-store', ...headers });
      res.end(body === undefined ? '' : JSON.stringify(body));
    };
    const problem = (status, title, detail = '', errors) => json(status, { type: 'about:blank', title, status, detail, ...(errors ? { errors } : {}) });
    if (options.delayMs) await new Promise((r) => setTimeout(r, options.delayMs));
    try {
      if (!path.startsWith('/api/') && !path.startsWith('/health') && path !== '/metrics') return file(path, res, problem, req.headers['accept-encoding'] ?? '');
      if (path === '/health/live') return json(200, { status: 'ok', checks: [] });
      const user = who(req);
      if (path === '/api/v1/session' && req.method === 'POST') {
        const { name, password } = JSON.parse(await body(req));
        const account = site.accounts?.[name];
        if (!account || account.password !== password) return problem(401, 'Not logged in', 'Name or password is wrong.');
        const id = Math.random().toString(36).slice(2);
        sessions.set(id, { name, role: account.role });
        return json(200, session({ name, role: account.role }), { 'Set-Cookie': `session=${id}; HttpOnly; SameSite=Strict; Path=/` });
      }
      if (!user) return problem(401, 'Not logged in', 'Log in first.');
      if (path === '/api/v1/session' && req.method === 'DELETE') {
        sessions.delete(/session=([^;]+)/.exec(req.headers.cookie ?? '')?.[1]);
        for (const s of sockets) s.close();
        return json(204);
      }
      if (path === '/api/v1/session') return json(200, session(user));
      if (req.method !== 'GET' && user.role !== 'operator') return problem(403, 'Forbidden', 'This needs the role operator.');
      return await api(req, res, url, user, json, problem);
    } catch (error) {
      return problem(400, 'Bad request', String(error?.message ?? error));
    }
  });

  async function api(req, res, url, user, json, problem) {
    const path = url.pathname;
    const q = url.searchParams;
    const series = /^\/api\/v1\/schedules\/([a-z0-9_-]+_[pq])$/.exec(path)?.[1];
    if (series && site.series[series]) {
      if (req.method === 'PUT') {
        const steps = JSON.parse(await body(req));
        for (const [i, r] of steps.rows.entries()) {
          if (!Number.isFinite(r.value)) return problem(422, 'Unprocessable', 'A value is no number.', [{ pointer: `/rows/${i}/value`, detail: 'must be a number' }]);
          if (i && Date.parse(r.time) <= Date.parse(steps.rows[i - 1].time)) return problem(422, 'Unprocessable', 'Times must increase.', [{ pointer: `/rows/${i}/time`, detail: 'must be later than the row before' }]);
        }
        site.stage(series, steps);
      }
      if (req.method === 'DELETE') site.stage(series, null);
      push();
      return json(200, site.document(series));
    }
    const command = /^\/api\/v1\/commands\/([\w-]+)$/.exec(path)?.[1];
    if (command && req.method === 'GET') {
      const record = site.commands.find((c) => c.id === command);
      return record ? json(200, record) : problem(404, 'Not found', 'No command of that id is kept.');
    }
    switch (`${req.method} ${path}`) {
      case 'GET /api/v1/status': return json(200, site.state());
      case 'GET /api/v1/config': return json(200, { time: { timezone: 'Europe/Madrid' }, timing: { scheduler_period_s: 2, measurement_period_s: 2 }, istentore_api: { base_url: 'https://127.0.0.1:8443', password: '***' } });
      case 'POST /api/v1/commands': {
        const { kind, plant, ...payload } = JSON.parse(await body(req));
        return json(202, site.submit(kind, plant, payload, 'operator', push));
      }
      case 'GET /api/v1/commands': return json(200, { commands: site.commands.slice(0, 50) });
      case 'POST /api/v1/estop': site.emergencyStop(user.name ?? 'operator'); push(); return json(202, site.submit('estop', null, {}, 'operator'));
      case 'DELETE /api/v1/estop': return json(202, site.submit('estop.reset', null, {}, 'operator', push));
      case 'GET /api/v1/schedules/effective': return json(200, site.effective(q.get('plant'), Date.parse(q.get('from')), Date.parse(q.get('to'))));
      case 'POST /api/v1/schedules/preview': {
        const { from, to, series: drafts } = JSON.parse(await body(req));
        const ids = [...new Set(Object.keys(drafts).map((k) => site.series[k].plant))];
        return json(200, { plants: Object.fromEntries(ids.map((id) => [id, site.effective(id, Date.parse(from), Date.parse(to), drafts)])) });
      }
      case 'POST /api/v1/schedules/import': {
        const bytes = await bodyBytes(req);
        const book = bytes.subarray(0, 4).toString('latin1') === 'PK\x03\x04';
        const [head, ...rows] = book ? workbookRows(bytes) : bytes.toString('utf8').trim().split('\n').map((l) => l.split(','));
        const unknown = head.slice(1).find((c) => !/^(lib|vrfb)_(p_kw|q_kvar)$/.test(c));
        if (unknown || head[0] !== 'timestamp') return problem(422, 'The plan was refused', `unknown column ${unknown ?? head[0]}`, [{ pointer: '/0', detail: `unknown column "${unknown ?? head[0]}"` }]);
        const staged = [];
        const drafts = {};
        head.slice(1).forEach((c, i) => {
          const key = c.replace('_kw', '').replace('_kvar', '');
          const ended = rows.at(-1)[i + 1] === '';
          const steps = { rows: (ended ? rows.slice(0, -1) : rows).map((r) => ({ time: new Date(r[0]).toISOString(), value: Number(r[i + 1]) })) };
          const times = steps.rows.map((r) => Date.parse(r.time));
          steps.end = ended ? new Date(rows.at(-1)[0]).toISOString() : new Date(times.at(-1) + (times.at(-1) - (times.at(-2) ?? times.at(-1) - 900_000))).toISOString();
          site.stage(key, steps, q.get('file') ?? 'upload');
          drafts[key] = steps;
          staged.push(key);
        });
        push();
        const now = site.now();
        return json(200, { staged, violations: Object.keys(models).flatMap((id) => site.effective(id, now, now + 36 * 3_600_000, drafts).violations) });
      }
      case 'GET /api/v1/schedules/templates': {
        if (!site.templates.length) return problem(404, 'Not found', 'There are no templates.');
        const level = { name: 'level_kw', unit: 'kW', default: null, text: 'the level' };
        return json(200, { templates: site.templates.map((name) => ({ name, text: name.replace(/_/g, ' '), needs_values: /shaving|arbitrage/.test(name), parameters: [level] })) });
      }
      case 'POST /api/v1/schedules/template': {
        const asked = JSON.parse(await body(req));
        return json(200, { rows: [{ time: asked.from, value: asked.parameters.level_kw ?? 0 }], end: asked.to, facts: {} });
      }
      case 'GET /api/v1/prices': return json(200, { unit: null, made_from: null, rows: [] });
      case 'GET /api/v1/why': {
        const id = q.get('plant');
        const t = Date.parse(q.get('at'));
        const target = site.target(id, t);
        const one = (s, unit) => ({ value: target[s].value, stages: [{ stage: 'layer', from: null, to: target[s].value, why: `${target[s].source === 'api' ? "the market's plan" : 'the manual plan'}, version 3` }, { stage: 'device', from: target[s].value, to: target[s].value, why: 'read back' }], since: new Date(t - 600_000).toISOString(), until: target[s].until, written_at: new Date(t - 2000).toISOString(), confirmed_at: new Date(t - 1900).toISOString(), sentence: `${target[s].value} ${unit} as the ${target[s].source === 'api' ? 'market plan (version 3)' : 'manual plan'} asks. No limit changed it.` });
        return json(200, { plant: id, at: q.get('at'), p: one('p', 'kW'), q: one('q', 'kvar') });
      }
      case 'GET /api/v1/measurements': return measurements(q, json, res);
      case 'GET /api/v1/measurements/summary': {
        const lib = q.get('plant') === 'lib';
        return json(200, { plant: q.get('plant'), discharged_kwh: lib ? 3620 : 1610, charged_kwh: lib ? 3940 : 2140, delivery: { asked_kwh: lib ? 7570 : 3770, delivered_kwh: lib ? 7560 : 3750, missing_kwh: lib ? 10 : 20 }, round_trip: lib ? 0.919 : null, round_trip_why_not: lib ? null : 'less than 5 % of the capacity was charged', full_cycles: lib ? 0.9 : 0.02, tracking_rms_kw: lib ? 1.9 : 0.4, coverage: lib ? 0.967 : 1, gaps: lib ? { count: 2, longest_s: 1810 } : { count: 0, longest_s: 0 } });
      }
      case 'GET /api/v1/report': {
        res.writeHead(200, { 'Content-Type': 'text/html', 'Content-Security-Policy': "sandbox; default-src 'none'" });
        return res.end('<!DOCTYPE html><html lang="en"><title>Report</title><p>The report of a simulated site.</p></html>');
      }
      case 'GET /api/v1/measurements/availability': {
        const id = q.get('plant');
        const stretches = [];
        const from = site.began - 13 * 24 * 3_600_000;
        for (let t = from; t < site.now(); t += 300_000) {
          if (site.hole(id, t)) continue;
          const last = stretches.at(-1);
          if (last && t - last.to <= 300_000) last.to = t;
          else stretches.push({ from: t, to: t });
        }
        return json(200, { plant: id, stretches: stretches.map((s) => ({ from: new Date(s.from).toISOString(), to: new Date(s.to).toISOString() })) });
      }
      case 'GET /api/v1/recordings': {
        const recordings = [];
        for (let k = 13; k >= 0; --k) for (const id of Object.keys(models)) {
          const first = site.began - k * 24 * 3_600_000;
          const day = new Date(first).toISOString().slice(0, 10);
          recordings.push({ name: `${day.replace(/-/g, '')}_${id}.csv`, plant: id, transport: 'local', day, first: new Date(first).toISOString(), last: new Date(first + 23 * 3_600_000).toISOString(), rows: 11_115, bytes: 640_000 });
        }
        return json(200, { recordings });
      }
      case 'GET /api/v1/events': {
        const all = [...site.events].reverse().filter((e) => (!q.get('severity') || e.severity === q.get('severity')) && (!q.get('plant') || e.plant === q.get('plant')) && (!q.get('correlation') || e.correlation === q.get('correlation')));
        return json(200, { events: all.slice(0, Number(q.get('limit') ?? 100)), next: null });
      }
      case 'GET /api/v1/alerts': return json(200, { active: Object.values(site.plants).flatMap((p) => p.alerts), history: site.alertHistory, next: null });
      case 'GET /api/v1/logs': {
        const text = q.get('text')?.toLowerCase();
        const all = [...site.logs].reverse().filter((l) => (!q.get('channel') || l.channel === q.get('channel')) && (!q.get('plant') || l.plant === q.get('plant')) && (!q.get('level') || order(l.level) >= order(q.get('level'))) && (!text || l.message.toLowerCase().includes(text)) && (!q.get('correlation') || l.correlation === q.get('correlation')));
        return json(200, { lines: all.slice(0, 200), next: null, files: ['control.log', 'control.2025-09-30.log.gz'] });
      }
      case 'GET /api/v1/openapi.json': return json(200, { openapi: '3.1.0', paths: { '/api/v1/report': {} } });
      case 'GET /health/ready': return json(200, { status: 'ok', checks: [{ name: 'dispatch', ok: true, detail: 'last cycle 0.4 s ago' }, { name: 'history', ok: true, detail: '0 rows wait' }, { name: 'market', ok: true, detail: 'connected' }] });
      case 'GET /metrics': res.writeHead(200, { 'Content-Type': 'text/plain' }); return res.end(metrics());
      default: return problem(404, 'Not found', `${path} does not exist.`);
    }
  }

  function measurements(q, json, res) {
    const id = q.get('plant');
    const from = Date.parse(q.get('from'));
    const to = Math.min(Date.parse(q.get('to')), site.now());
    const points = Math.min(Number(q.get('points') ?? 2000), 10_000);
    const width = Math.max(2000, Math.ceil((to - from) / points / 2000) * 2000);
    const rows = [];
    let gap = false;
    const live = site.plants[id].log;
    for (let t = Math.ceil(from / width) * width; t < to; t += width) {
      const row = t >= site.began ? live.find((r) => Math.abs(Date.parse(r.timestamp) - t) <= width) ?? null : site.rowAt(id, t);
      if (!row && gap) continue;
      gap = !row;
      const time = new Date(t).toISOString();
      rows.push([time, ...fields.map((f) => row?.[f] ?? null)]);
    }
    if (q.get('format') === 'csv' || q.get('format') === 'xlsx') {
      res.writeHead(200, { 'Content-Type': 'text/csv', 'Content-Disposition': `attachment; filename="measurements_${id}.${q.get('format')}"` });
      return res.end(['timestamp,' + fields.join(','), ...rows.map((r) => r.map((v) => v ?? '').join(','))].join('\n') + '\n');
    }
    return json(200, { plant: id, transport: site.transport, grain: 'rows', rows_in_range: Math.round((to - from) / 2000), downsampled: width > 2000, columns: fields, rows });
  }

  function metrics() {
    let out = '# HELP hil_event_loop_lag_seconds Lag\n# TYPE hil_event_loop_lag_seconds histogram\n';
    for (const [le, n] of [['0.001', 9800], ['0.01', 9990], ['0.1', 10000], ['+Inf', 10000]]) out += `hil_event_loop_lag_seconds_bucket{le="${le}"} ${n}\n`;
    out += 'hil_event_loop_lag_seconds_sum 3.1\nhil_event_loop_lag_seconds_count 10000\n';
    for (const id of Object.keys(models)) {
      out += `hil_modbus_requests_total{plant="${id}",function="3",outcome="ok"} 41230\nhil_modbus_requests_total{plant="${id}",function="6",outcome="ok"} 120\nhil_modbus_requests_total{plant="${id}",function="3",outcome="timeout"} 2\n`;
      for (const [le, n] of [['0.005', 4000], ['0.05', 40000], ['0.5', 41352], ['+Inf', 41352]]) out += `hil_modbus_request_duration_seconds_bucket{plant="${id}",le="${le}"} ${n}\n`;
      out += `hil_modbus_request_duration_seconds_sum{plant="${id}"} 900\nhil_modbus_request_duration_seconds_count{plant="${id}"} 41352\n`;
    }
    return out + `hil_websocket_clients ${sockets.size}\n`;
  }

  // ---- WebSocket
  const wss = new WebSocketServer({ noServer: true });
  server.on('upgrade', (req, socket, head) => {
    const user = who(req);
    const origin = req.headers.origin;
    if (req.url !== '/ws' || !user || (origin && new URL(origin).host !== req.headers.host)) {
      socket.end('HTTP/1.1 401 Unauthorized\r\nConnection: close\r\n\r\n');
      return;
    }
    wss.handleUpgrade(req, socket, head, (ws) => client(ws, user));
  });
  let seq = 0;
  let last = site.state();
  const send = (ws, m) => ws.readyState === 1 && ws.send(JSON.stringify(m));
  function push() {
    const next = site.state();
    const patch = difference(last, next);
    last = next;
    if (patch === undefined) return;
    ++seq;
    for (const ws of sockets) send(ws, { type: 'patch', seq, merge: patch });
  }
  function client(ws, user) {
    sockets.add(ws);
    send(ws, { type: 'snapshot', seq, state: last });
    const topics = new Set();
    const listener = (m) => (m.type === 'changed' ? undefined : (m.type !== 'log' || topics.has('logs')) && send(ws, m));
    site.listeners.add(listener);
    ws.on('message', (data) => {
      const m = JSON.parse(data);
      if (m.type === 'subscribe') m.topics.forEach((t) => topics.add(t));
      if (m.type === 'unsubscribe') m.topics.forEach((t) => topics.delete(t));
      if (m.type === 'command') {
        ++counters.commands;
        const { type, ref, kind, plant, ...payload } = m;
        if (user.role !== 'operator') return send(ws, { type: 'command', ref, kind, plant: plant ?? null, state: 'rejected', message: 'forbidden', id: '' });
        site.submit(kind, plant, payload, user.name ?? 'operator', (record) => {
          send(ws, { type: 'command', ref, ...record });
          push();
        });
      }
    });
    ws.on('close', () => {
      sockets.delete(ws);
      site.listeners.delete(listener);
    });
  }
  const changed = (m) => m.type === 'changed' && push();
  site.listeners.add(changed);
  const samples = setInterval(() => {
    if (site.anchor.paused) return;
    for (const id of Object.keys(site.plants)) {
      const row = site.sample(id);
      if (row) for (const ws of sockets) send(ws, { type: 'sample', plant: id, row });
    }
  }, Math.max(100, 2000 / site.anchor.speed));
  const patches = setInterval(push, options.patchMs ?? 500);

  function file(path, res, problem, encodings = '') {
    const name = normalize(path === '/' ? '/index.html' : path);
    const full = join(dist, name);
    if (name.includes('..') || !existsSync(full)) return problem(404, 'Not found');
    headers(res, { 'Content-Type': types[extname(full)] ?? 'application/octet-stream', 'Content-Security-Policy': policy, 'X-Content-Type-Options': 'nosniff', 'Cache-Control': name.includes('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache' });
    const brotli = encodings.includes('br') && existsSync(`${full}.br`);
    if (brotli) res.setHeader('Content-Encoding', 'br');
    res.writeHead(200);
    res.end(readFileSync(brotli ? `${full}.br` : full));
  }

  const port = await new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', () => resolve(server.address().port));
  });
  return {
    url: `http://127.0.0.1:${port}/`,
    port,
    site,
    counters,
    push,
    /** What it is by now, for a restart on the same port. */
    async stop() {
      clearInterval(samples);
      clearInterval(patches);
      site.listeners.delete(changed);
      for (const ws of sockets) ws.terminate();
      server.closeAllConnections?.();
      await new Promise((r) => server.close(r));
    },
  };
}

function difference(a, b) {
  if (a === b) return undefined;
  const object = (v) => typeof v === 'object' && v !== null && !Array.isArray(v);
  if (!object(a) || !object(b)) return JSON.stringify(a) === JSON.stringify(b) ? undefined : b;
  const out = {};
  for (const k of Object.keys(b)) {
    const d = difference(a[k], b[k]);
    if (d !== undefined) out[k] = d;
  }
  return Object.keys(out).length ? out : undefined;
}

const headers = (res, all) => Object.entries(all).forEach(([k, v]) => res.setHeader(k, v));
const order = (level) => ['trace', 'debug', 'info', 'warning', 'error', 'fatal'].indexOf(level);
const bodyBytes = (req) =>
  new Promise((resolve, reject) => {
    const pieces = [];
    req.on('data', (d) => pieces.push(d));
    req.on('end', () => resolve(Buffer.concat(pieces)));
    req.on('error', reject);
  });
const body = async (req) => (await bodyBytes(req)).toString('utf8');

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const flag = (name) => process.argv.includes(`--${name}`);
  const value = (name, otherwise) => (flag(name) ? Number(process.argv[process.argv.indexOf(`--${name}`) + 1]) : otherwise);
  const mock = await startMock({
    port: value('port', 8050), speed: value('speed', 1), running: flag('running'), override: flag('override'), slow: flag('slow'), source: flag('manual') ? 'manual' : 'api', readOnly: flag('readonly'), transport: 'remote',
    accounts: flag('login') ? { anna: { password: 'secret', role: 'operator' }, bob: { password: 'secret', role: 'viewer' } } : null,
  });
  console.log(mock.url);
}

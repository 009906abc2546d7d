// A simulated site that answers as the service does: two plants, commands, alerts, drafts. For tests of the
// page and for work on it; not the service.
import { at, basePieces, models, noise, project, readPlan } from './plan.mjs';

const hour = 3_600_000;
const iso = (t) => (t === null || t === undefined ? null : new Date(t).toISOString().replace('.000Z', 'Z'));
const round = (v, d) => Math.round(v * 10 ** d) / 10 ** d;

export class Site {
  constructor({ planFile, from, speed = 1, running = false, override = false, slow = false, source = 'manual', role = 'operator', templates = [], readOnly = false, accounts = null, transport = 'local' }) {
    this.plan = readPlan(planFile);
    this.anchor = { time: from, at: performance.now(), speed, paused: false };
    this.began = from;
    this.role = role;
    this.templates = templates;
    this.readOnly = readOnly;
    this.accounts = accounts;
    this.transport = transport;
    this.source = source;
    this.switching = { transport: false, source: false };
    this.estop = { latched: false, reason: null, since: null };
    this.market = { state: 'connected', connected: true };
    this.posting = { enabled: true };
    this.slow = slow;
    this.commandNumber = 0;
    this.draftNumber = 0;
    this.commands = [];
    this.events = [];
    this.logs = [];
    this.listeners = new Set();
    this.alertNumber = 0;
    this.alertHistory = [];
    this.series = {};
    this.plants = {};
    for (const id of ['lib', 'vrfb']) {
      this.plants[id] = { name: id.toUpperCase(), transition: running ? 'running' : 'stopped', desired: running ? 'running' : 'none', gate: running, recording: running, operation: null, alerts: [], trips: [], revision: 1, held: { p: 0, q: 0 }, failures: 0, lost: false, soc: 0.5, socAt: from, log: [] };
      for (const signal of ['p', 'q']) this.series[`${id}_${signal}`] = { plant: id, signal, enabled: false, state: 'inactive', version: 0, stagedVersion: 0, applied: null, staged: null };
    }
    if (override) {
      const start = from - 17 * 60_000 - 32_000;
      this.apply('vrfb_p', { rows: [{ time: iso(start), value: -60 }], end: iso(start + 40 * 60_000) }, 'operator anna');
    }
    for (const id of Object.keys(this.plants)) this.plants[id].soc = this.recordedSoc(id, from);
    if (running) for (const id of Object.keys(this.plants)) this.follow(id, from);
    if (slow) this.raise('vrfb', 'warning', 'vrfb/link', 'Link slow for 6 min', from - 362_000);
    this.event('info', 'service.started', null, 'The service started', null, from - 5 * hour);
    if (slow) this.event('warning', 'alert.raised', 'vrfb', 'VRFB round trip above 250 ms', null, from - 362_000);
  }

  // ---- time
  now() {
    const { time, at: began, speed, paused } = this.anchor;
    return paused ? time : time + (performance.now() - began) * speed;
  }

  // ---- what is planned
  pieces(id, from, to, drafts = {}) {
    let pieces = this.source === 'api' || Object.keys(drafts).length === -1 ? basePieces(this.plan, id, from, to).map((p) => ({ ...p, ps: 'api', qs: 'api', pr: 'plan', qr: 'plan' })) : [{ from, to, p: 0, q: 0, ps: 'none', qs: 'none', pr: 'no_plan', qr: 'no_plan' }];
    for (const signal of ['p', 'q']) {
      const key = `${id}_${signal}`;
      const draft = drafts[key];
      const s = draft ?? (this.series[key].enabled ? this.series[key].applied : null);
      if (!s || !s.rows.length) continue;
      const rows = s.rows.map((r) => ({ time: Date.parse(r.time), value: r.value }));
      const end = Date.parse(s.end);
      const cuts = [...rows.map((r) => r.time), end].filter((t) => t > from && t < to);
      pieces = cutAt(pieces, cuts).map((piece) => {
        if (piece.from < rows[0].time || piece.from >= end) {
          return this.source === 'manual' && piece[`${signal}s`] === 'none' ? { ...piece, [`${signal}s`]: 'manual', [`${signal}r`]: piece.from >= end ? 'plan_ended' : 'before_plan' } : piece;
        }
        const row = rows.filter((r) => r.time <= piece.from).at(-1);
        return { ...piece, [signal]: row.value, [`${signal}s`]: 'manual', [`${signal}r`]: 'plan' };
      });
    }
    return pieces;
  }
  target(id, t) {
    const [piece, ...later] = this.pieces(id, t, t + 36 * hour);
    const base = this.source === 'api' ? basePieces(this.plan, id, t, t + 60_000)[0] : null;
    const one = (s) => {
      const next = later.find((l) => l[s] !== piece[s] || l[`${s}s`] !== piece[`${s}s`] || l[`${s}r`] !== piece[`${s}r`]);
      return {
        value: piece[s], source: piece[`${s}s`], reason: piece[`${s}r`], until: next ? iso(next.from) : null,
        next: next ? { value: next[s], source: next[`${s}s`], reason: next[`${s}r`] } : null,
        base: piece[`${s}s`] === 'manual' && base ? base[s] : null, limit: null,
      };
    };
    return { p: one('p'), q: one('q') };
  }

  // ---- the past, as recorded: the base plan followed, with holes
  recordedPath(id) {
    const from = this.began - 13 * 24 * hour;
    this.paths ??= {};
    this.paths[id] ??= project(basePieces(this.plan, id, from, this.began), models[id], 0.5).points;
    return this.paths[id];
  }
  recordedSoc(id, t) {
    return at(this.recordedPath(id), Math.min(t, this.began));
  }
  hole(id, t) {
    const day = Math.floor((this.began - t) / (24 * hour));
    const inDay = ((this.began - t) / 60_000) % 1440;
    if (id === 'lib') return (day === 0 && inDay > 738 && inDay < 762) || (day === 2 && inDay > 300 && inDay < 380);
    return (day === 0 && inDay > 85 && inDay < 97) || (day === 4 && inDay > 100 && inDay < 130);
  }
  rowAt(id, t) {
    if (t < this.began - 13 * 24 * hour || this.hole(id, t)) return null;
    const override = this.series[`${id}_p`].applied;
    let piece = basePieces(this.plan, id, t, t + 1000)[0];
    if (override && this.series[`${id}_p`].enabled && t >= Date.parse(override.rows[0].time)) piece = { ...piece, p: override.rows.filter((r) => Date.parse(r.time) <= t).at(-1).value };
    const soc = this.recordedSoc(id, t);
    return this.row(id, t, piece.p, piece.q, soc);
  }
  row(id, t, p, q, soc) {
    const m = models[id];
    const blocked = (p > 0 && soc <= m.soc_min_pu + 1e-6) || (p < 0 && soc >= m.soc_max_pu - 1e-6);
    const real = blocked ? 0 : p;
    const n = noise(t, id === 'lib' ? 1 : 2);
    const v = m.nominal_kv * (1 + 0.006 * Math.sin(t / 7e6) + 0.002 * n + 0.004 * (real / m.p_max_kw));
    return {
      timestamp: iso(Math.floor(t / 1000) * 1000), p_setpoint_kw: p, battery_active_power_kw: real === 0 ? 0 : round(real * 1.006 + n * 0.4, 1), q_setpoint_kvar: q,
      battery_reactive_power_kvar: q === 0 ? 0 : round(q * 0.99, 1), soc_pu: round(soc, 4), p_poi_kw: real === 0 ? 0 : round(real + n * m.p_max_kw * 0.0008, 1), q_poi_kvar: q === 0 ? 0 : round(q * 0.985, 1), v_poi_kV: round(v, m.nominal_kv < 1 ? 4 : 2),
    };
  }

  // ---- the present
  follow(id, t) {
    const plant = this.plants[id];
    const m = models[id];
    const hours = Math.max(0, (t - plant.socAt) / hour);
    const held = plant.held.p;
    plant.soc = Math.min(Math.max(plant.soc - (held * hours) / m.capacity_kwh, Math.min(plant.soc, m.soc_min_pu)), Math.max(plant.soc, m.soc_max_pu));
    plant.socAt = t;
    if (plant.transition === 'running' && plant.gate) {
      const target = this.target(id, t);
      plant.held = { p: target.p.value, q: target.q.value };
    } else if (plant.transition === 'stopped') plant.held = { p: 0, q: 0 };
  }
  sample(id) {
    const plant = this.plants[id];
    const t = this.now();
    this.follow(id, t);
    if (plant.lost) return null;
    const row = this.row(id, t, plant.held.p, plant.held.q, plant.soc);
    plant.latest = row;
    if (plant.recording) {
      plant.log.push(row);
      if (plant.log.length > 50_000) plant.log.splice(0, 10_000);
    }
    return row;
  }

  state() {
    const t = this.now();
    const plants = {};
    for (const [id, p] of Object.entries(this.plants)) {
      if (!p.latest) this.sample(id);
      const target = this.target(id, t);
      const slow = this.slow && id === 'vrfb';
      plants[id] = {
        name: p.name, transition: p.transition, desired: p.desired, operating_state: p.lost ? 'unknown' : p.transition === 'running' ? 'running' : p.transition === 'stopped' ? 'stopped' : p.transition === 'unknown' ? 'unknown' : 'running', enabled: p.lost ? null : p.transition === 'running',
        operation: p.operation, recording: { on: p.recording, file: p.recording ? `${fileDay(t)}_${id}.csv` : null },
        dispatch: { sending_enabled: p.gate, p_kw: p.gate && p.transition === 'running' ? p.held.p : null, q_kvar: p.gate && p.transition === 'running' ? p.held.q : null, source: 'scheduler', status: p.gate ? 'ok' : 'none', last_success_at: iso(t - 3000), last_error: null, target },
        link: { status: p.lost ? 'lost' : 'ok', age_s: round((t % 2000) / 1000, 1), consecutive_failures: p.lost ? 5 : 0, last_error: p.lost ? 'connection refused' : null, rtt_ms: p.lost ? null : slow ? round(412 + 60 * noise(t, 9), 0) : round((id === 'lib' ? 41 : 62) + 12 * noise(t, 9), 0), slow_ms: 250, lost: slow ? 2 : 0 },
        latest: p.latest, posting: { pending_queue_count: 0, oldest_pending_age_s: null, last_success: iso(t - 20_000), last_attempt: iso(t - 20_000), last_error: null, last_enqueue: iso(t - 40_000) },
        alerts: p.alerts, trips: p.trips, model: models[id], plan_revision: p.revision,
      };
    }
    const day = (k) => ({ date: new Date(t + 2 * hour + k * 24 * hour).toISOString().slice(0, 10), fetched: true, points: { lib: 96, vrfb: 96 }, expected: 96, at: iso(t - 3 * hour) });
    const last = this.events.at(-1);
    return {
      time: iso(Math.floor(t)), version: '0.1.0', transport_mode: this.transport, active_schedule_source: this.source, transport_switching: this.switching.transport, schedule_switching: this.switching.source,
      estop: { ...this.estop }, clock: { speed: this.anchor.speed, paused: this.anchor.paused, settable: this.transport === 'local' },
      market: { ...this.market, last_error: null, reason: this.market.connected ? null : 'operator', last_success: iso(t - 61_000), last_attempt: iso(t - 61_000), fetch: this.market.connected ? 'ok' : 'disabled', password_stored: true, today: day(0), tomorrow: day(1), next_activation: null },
      posting: { enabled: this.posting.enabled, effective: this.posting.enabled && this.market.connected, state: this.posting.enabled ? 'ok' : 'disabled', why_not: this.market.connected ? null : 'The market is disconnected.' },
      plants, alerts: [], site: { name: null, zone: 'Europe/Madrid', dispatch_period_s: 2, measurement_period_s: 2, templates: this.templates ?? [], plan_validity_s: 900 },
      last_event: last ? { time: last.time, severity: last.severity, plant: last.plant, message: last.message } : null,
      schedules: Object.fromEntries(Object.entries(this.series).map(([k, s]) => [k, { plant: s.plant, signal: s.signal, enabled: s.enabled, state: s.state, version: s.version, staged_version: s.stagedVersion, end: s.applied?.end ?? null, error: null }])),
    };
  }

  // ---- news
  emit(message) {
    for (const l of this.listeners) l(message);
  }
  event(severity, kind, plant, message, correlation = null, t = this.now()) {
    const e = { id: this.events.length + 1, time: iso(Math.floor(t)), kind, severity, plant, message, correlation };
    this.events.push(e);
    this.emit({ type: 'event', ...e });
    this.log(severity === 'info' ? 'info' : 'warning', 'control', message, plant, correlation, t);
  }
  log(level, channel, message, plant = null, correlation = null, t = this.now()) {
    const line = { time: iso(Math.floor(t)), level, channel, message, plant, correlation };
    this.logs.push(line);
    this.emit({ type: 'log', ...line });
  }
  raise(plant, severity, key, message, since = this.now()) {
    const alerts = this.plants[plant].alerts;
    if (alerts.some((a) => a.key === key)) return;
    this.plants[plant].alerts = [...alerts, { id: ++this.alertNumber, key, severity, plant, message, since: iso(since), acknowledged_at: null, acknowledged_by: null }];
  }

  // ---- schedules
  apply(key, steps, origin) {
    const s = this.series[key];
    s.applied = { ...steps, origin };
    s.enabled = true;
    s.state = 'active';
    ++s.version;
    ++this.plants[s.plant].revision;
  }
  document(key) {
    const s = this.series[key];
    return { series: key, plant: s.plant, signal: s.signal, unit: s.signal === 'p' ? 'kW' : 'kvar', enabled: s.enabled, version: s.version, staged_version: s.stagedVersion, applied: s.applied, staged: s.staged };
  }
  stage(key, steps, origin = null) {
    const s = this.series[key];
    s.staged = steps ? { rows: steps.rows, end: steps.end, origin, saved_at: iso(this.now()) } : null;
    s.stagedVersion = steps ? ++this.draftNumber : 0;
  }
  effective(id, from, to, drafts = {}) {
    const pieces = this.pieces(id, from, to, drafts);
    const t = Math.max(from, this.now());
    const ahead = this.pieces(id, Math.min(t, to), to, drafts);
    const m = models[id];
    const free = { ...m, soc_min_pu: 0, soc_max_pu: 1 };
    const p = project(ahead, Object.keys(drafts).length ? free : m, this.plants[id].soc);
    const choice = (piece, s) => ({ value: piece[s], source: piece[`${s}s`], reason: piece[`${s}r`], origin: null, version: 1 });
    const violations = [];
    for (const piece of ahead) {
      if (piece.p > m.p_max_kw || piece.p < m.p_min_kw) {
        const limit = piece.p > 0 ? m.p_max_kw : m.p_min_kw;
        violations.push({ kind: 'power_limit', plant: id, signal: 'p', from: iso(piece.from), to: iso(piece.to), value: piece.p, limit, text: `${id} p asks ${piece.p} kW, the limit is ${limit} kW` });
      }
    }
    for (let i = 1; i < p.points.length; ++i) {
      const low = p.points[i].soc < m.soc_min_pu - 1e-9;
      const high = p.points[i].soc > m.soc_max_pu + 1e-9;
      if (!low && !high) continue;
      const bound = low ? m.soc_min_pu : m.soc_max_pu;
      const last = violations.at(-1);
      if (last?.kind === 'state_of_charge' && last.limit === bound && Date.parse(last.to) >= p.points[i - 1].time) {
        last.to = iso(Math.floor(p.points[i].time));
        last.value = low ? Math.min(last.value, p.points[i].soc) : Math.max(last.value, p.points[i].soc);
        continue;
      }
      const a = p.points[i - 1];
      const b = p.points[i];
      const cross = a.soc === b.soc ? a.time : a.time + ((bound - a.soc) / (b.soc - a.soc)) * (b.time - a.time);
      violations.push({ kind: 'state_of_charge', plant: id, signal: 'p', from: iso(Math.round(Math.max(a.time, cross))), to: iso(Math.floor(b.time)), value: b.soc, limit: bound, text: `${id} leaves its window` });
    }
    for (const v of violations) v.missing_kwh = v.kind === 'state_of_charge' ? Math.abs(v.value - v.limit) * m.capacity_kwh : 0;
    return {
      plant: id, from: iso(from), to: iso(to), segments: pieces.map((x) => ({ from: iso(x.from), to: iso(x.to), p: choice(x, 'p'), q: choice(x, 'q') })),
      projection: { soc_start_pu: this.plants[id].soc, points: p.points.map((x) => ({ time: iso(Math.round(x.time)), soc_pu: x.soc })), energy_out_kwh: p.outKwh, energy_in_kwh: p.inKwh }, violations,
    };
  }

  // ---- commands
  submit(kind, plant, payload, actor, changed) {
    const record = { id: `cmd-${String(++this.commandNumber).padStart(6, '0')}`, kind, plant: plant ?? null, payload, actor, state: 'queued', message: '', result: null, created_at: iso(this.now()), started_at: null, finished_at: null };
    this.commands.unshift(record);
    const tell = () => changed?.({ ...record });
    const end = (state, message = '', result = null) => {
      Object.assign(record, { state, message, result, finished_at: iso(this.now()) });
      this.event(state === 'succeeded' ? 'info' : 'warning', 'command.finished', plant ?? null, `${kind}${plant ? ` ${plant}` : ''} ${state}${message ? `: ${message}` : ''}`, record.id);
      tell();
      this.emit({ type: 'changed' });
    };
    tell();
    if (plant && plant !== 'all' && !this.plants[plant]) return end('rejected', 'invalid_plant'), record;
    const gated = /^(plant\.(start|dispatch_enable|adopt)|fleet\.start_all|transport|source)/.test(kind);
    if (this.estop.latched && gated) return end('rejected', 'estop_latched'), record;
    record.state = 'running';
    record.started_at = iso(this.now());
    tell();
    void this.run(kind, plant, payload, (step) => {
      record.message = step;
      tell();
    }).then((outcome) => end(outcome?.state ?? 'succeeded', outcome?.message ?? '', outcome?.result ?? null));
    return record;
  }
  async run(kind, plant, payload, say) {
    const p = plant ? this.plants[plant] : null;
    const wait = (ms) => new Promise((r) => setTimeout(r, this.stepMs ?? ms));
    switch (kind) {
      case 'plant.start': {
        if (p.transition === 'running') return { state: 'rejected', message: 'already_running' };
        return this.startPlant(plant, say, wait);
      }
      case 'plant.stop':
        if (p.transition === 'stopped') return { state: 'rejected', message: 'already_stopped' };
        return this.stopPlant(plant, say, wait);
      case 'plant.dispatch_enable': p.gate = true; this.follow(plant, this.now()); return null;
      case 'plant.dispatch_disable': p.gate = false; return null;
      case 'plant.record_start': p.recording = true; return null;
      case 'plant.record_stop': p.recording = false; return null;
      case 'fleet.start_all':
        for (const x of Object.values(this.plants)) Object.assign(x, { gate: true, recording: true });
        await Promise.all(Object.keys(this.plants).map((id) => this.startPlant(id, say, wait)));
        return null;
      case 'fleet.stop_all':
        await Promise.all(Object.keys(this.plants).map((id) => this.stopPlant(id, say, wait)));
        for (const x of Object.values(this.plants)) x.recording = false;
        return null;
      case 'transport.switch': case 'source.switch': {
        const which = kind.split('.')[0];
        this.switching[which] = true;
        this.emit({ type: 'changed' });
        await Promise.all(Object.keys(this.plants).filter((id) => this.plants[id].transition !== 'stopped').map((id) => this.stopPlant(id, say, wait)));
        if (which === 'transport') this.transport = payload.mode;
        else this.source = payload.source;
        this.switching[which] = false;
        for (const x of Object.values(this.plants)) { x.recording = which === 'transport' ? false : x.recording; ++x.revision; }
        return null;
      }
      case 'schedule.activate': case 'schedule.update': {
        const s = this.series[payload.series];
        if (!s) return { state: 'rejected', message: 'invalid_series_key' };
        if (!s.staged && !(kind === 'schedule.activate' && s.applied)) return { state: 'rejected', message: 'invalid_payload' };
        if (s.staged) this.apply(payload.series, { rows: s.staged.rows, end: s.staged.end }, 'operator');
        else { s.enabled = true; s.state = 'active'; ++this.plants[s.plant].revision; }
        this.stage(payload.series, null);
        return null;
      }
      case 'schedule.inactivate': { const s = this.series[payload.series]; s.enabled = false; s.state = 'inactive'; ++this.plants[s.plant].revision; return null; }
      case 'market.connect': await wait(300); this.market = { state: 'connected', connected: true }; return null;
      case 'market.disconnect': this.market = { state: 'disconnected', connected: false }; return null;
      case 'posting.enable': this.posting.enabled = true; return null;
      case 'posting.disable': this.posting.enabled = false; return null;
      case 'alert.acknowledge':
        for (const x of Object.values(this.plants)) x.alerts = x.alerts.map((a) => (a.id === payload.id ? { ...a, acknowledged_at: iso(this.now()), acknowledged_by: 'operator' } : a));
        return null;
      case 'trip.reset': p.trips = []; return null;
      case 'estop': this.emergencyStop('operator'); return null;
      case 'estop.reset': this.estop = { latched: false, reason: null, since: null }; return null;
      case 'clock.set': {
        if (payload.step_s && !(payload.paused ?? this.anchor.paused)) return { state: 'rejected', message: 'not_paused' };
        const t = this.now() + (payload.step_s ?? 0) * 1000;
        this.anchor = { time: t, at: performance.now(), speed: payload.speed ?? this.anchor.speed, paused: payload.paused ?? this.anchor.paused };
        return null;
      }
      default: return { state: 'rejected', message: 'unsupported_command' };
    }
  }
  step(id, kind, text) {
    this.plants[id].operation = { id: this.commands[0]?.id ?? '', kind, step: text, since: iso(this.now()) };
    this.emit({ type: 'changed' });
  }
  async startPlant(id, say, wait) {
    const p = this.plants[id];
    if (p.transition === 'running') return null;
    Object.assign(p, { transition: 'starting', desired: 'running' });
    this.step(id, 'plant.start', 'writing the setpoint');
    await wait(250);
    this.step(id, 'plant.start', 'enabling');
    await wait(350);
    if (p.transition !== 'starting') return { state: 'failed', message: 'superseded' };
    Object.assign(p, { transition: 'running', operation: null, socAt: this.now() });
    return null;
  }
  async stopPlant(id, say, wait) {
    const p = this.plants[id];
    Object.assign(p, { transition: 'stopping', desired: 'stopped', gate: false });
    p.held = { p: 0, q: 0 };
    this.step(id, 'plant.stop', 'zeroing');
    await wait(300);
    for (const left of ['1.2 s', '0.4 s']) {
      this.step(id, 'plant.stop', `waiting for decay ${left}`);
      await wait(400);
    }
    this.step(id, 'plant.stop', 'disabling');
    await wait(200);
    Object.assign(p, { transition: 'stopped', operation: null });
    return { result: { threshold_reached: true, disable_ok: true } };
  }
  emergencyStop(who) {
    this.estop = { latched: true, reason: who, since: iso(this.now()) };
    for (const p of Object.values(this.plants)) Object.assign(p, { transition: 'stopped', desired: 'stopped', gate: false, operation: null, held: { p: 0, q: 0 } });
    this.event('alarm', 'estop.latched', null, 'Emergency stop');
  }
}

const fileDay = (t) => new Date(t + 2 * hour).toISOString().slice(0, 10).replace(/-/g, '');

function cutAt(pieces, cuts) {
  let out = pieces;
  for (const cut of cuts) out = out.flatMap((p) => (cut > p.from && cut < p.to ? [{ ...p, to: cut }, { ...p, from: cut }] : [p]));
  return out;
}

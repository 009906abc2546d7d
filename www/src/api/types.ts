// What the service tells and takes, as the dashboard reads it. Interfaces 6 fixes the routes and the core of
// the state document; what is added here is described in API_NEEDS.md. `null` is "not known" everywhere.

export type Transport = 'local' | 'remote';
export type Source = 'manual' | 'api';
export type Transition = 'stopped' | 'starting' | 'running' | 'stopping' | 'unknown';
export type Operating = 'running' | 'stopped' | 'unknown';
export type Severity = 'info' | 'warning' | 'alarm';
export type Role = 'viewer' | 'operator';
/** UTC, ISO 8601 with `Z`. */
export type Time = string;

export interface Session {
  name: string | null;
  role: Role;
  /** The server has no command path at all: Status and History only. */
  read_only: boolean;
  /** Somebody can log in and out; false on loopback without credentials. */
  login: boolean;
}

export interface State {
  time: Time;
  version: string;
  transport_mode: Transport;
  active_schedule_source: Source;
  transport_switching: boolean;
  schedule_switching: boolean;
  estop: { latched: boolean; reason: string | null; since: Time | null };
  /** `settable`: with local transport, in a run that does not keep real time. */
  clock: { speed: number; paused: boolean; settable?: boolean };
  market: MarketState;
  posting: { enabled: boolean; effective: boolean; state: string; why_not: string | null };
  plants: Record<string, PlantState>;
  /** Those that are only watched; missing where none is configured. */
  devices?: Record<string, DeviceState>;
  /** Of the site, without a plant. */
  alerts: Alert[];
  site: SiteState;
  /** The newest event that is worth a line; null before there was one. */
  last_event: { time: Time; severity: Severity; plant: string | null; message: string } | null;
  /** One entry per series, `lib_p`, `lib_q` …; the set of keys never changes. */
  schedules: Record<string, SeriesState>;
}

export interface SiteState {
  name: string | null;
  /** IANA name of the configured zone. */
  zone: string;
  dispatch_period_s: number;
  measurement_period_s: number;
  /** Names the server can make; empty: the editor hides templates. */
  templates: string[];
  /** A base plan older than this is not dispatched. */
  plan_validity_s: number;
}

export interface MarketState {
  state: 'disconnected' | 'connecting' | 'connected' | 'error' | 'disconnecting';
  connected: boolean;
  last_error: string | null;
  /** "startup", "operator", "no_platform" … */
  reason: string | null;
  last_success: Time | null;
  last_attempt: Time | null;
  fetch: string;
  password_stored: boolean;
  today: MarketDay;
  tomorrow: MarketDay;
  next_activation: { at: Time; power_kw: number } | null;
}

export interface MarketDay {
  date: string;
  fetched: boolean;
  /** Periods there, by plant id. */
  points: Record<string, number>;
  expected: number;
  at: Time | null;
}

export interface SeriesState {
  plant: string;
  signal: 'p' | 'q';
  enabled: boolean;
  state: 'inactive' | 'activating' | 'active' | 'updating' | 'inactivating' | 'error';
  /** 0: nothing was ever applied. */
  version: number;
  /** Grows with every change of the draft; 0: nothing staged. */
  staged_version: number;
  /** The exclusive end of what is applied. */
  end: Time | null;
  error: string | null;
}

export interface DeviceState {
  name: string;
  kind: 'battery' | 'pv' | 'load' | 'meter';
  link: { status: 'ok' | 'connecting' | 'lost' | 'unknown'; age_s: number | null; consecutive_failures: number; last_error: string | null; rtt_ms: number | null };
  recording: { on: boolean; file: string | null };
  /** What it has points for, in the order of its recordings. */
  columns: { name: string; quantity: string; unit: string }[];
  /** Its time, and a value by column. */
  latest: Record<string, number | Time | null>;
  alerts: Alert[];
}

export interface PlantState {
  name: string;
  transition: Transition;
  desired: 'none' | 'running' | 'stopped';
  operating_state: Operating;
  enabled: boolean | null;
  /** The start, stop or switch under way for this plant. */
  operation: { id: string; kind: string; step: string; since: Time } | null;
  recording: { on: boolean; file: string | null };
  dispatch: {
    sending_enabled: boolean;
    p_kw: number | null;
    q_kvar: number | null;
    source: string | null;
    status: string;
    last_success_at: Time | null;
    last_error: string | null;
    /** What the plan says now and next, whether or not it is sent. */
    target: { p: Target; q: Target | null };
  };
  link: {
    status: 'ok' | 'connecting' | 'lost' | 'unknown';
    age_s: number | null;
    consecutive_failures: number;
    last_error: string | null;
    rtt_ms: number | null;
    /** Above this a round trip is called slow. */
    slow_ms: number;
    /** When a plant that gives no answer any more gave its last; null while it answers, and where it never did. */
    silent_since?: Time | null;
    /** Requests without an answer in the last ten minutes. */
    lost: number;
  };
  latest: Row;
  posting: {
    pending_queue_count: number;
    oldest_pending_age_s: number | null;
    last_success: Time | null;
    last_attempt: Time | null;
    last_error: string | null;
    last_enqueue: Time | null;
  };
  alerts: Alert[];
  trips: Trip[];
  model: Model;
  /** Grows with every change of what will be dispatched; a reason to ask for the effective schedule again. */
  plan_revision: number;
  /** What setpoints it takes. */
  signals?: ('p' | 'q')[];
}

/** What is dispatched for one signal, after limits. */
export interface Target {
  value: number | null;
  source: 'manual' | 'api' | 'none';
  /** `plan`, or why it is 0: `no_plan`, `plan_ended`, `api_stale` … */
  reason: string;
  until: Time | null;
  next: { value: number; source: 'manual' | 'api' | 'none'; reason: string } | null;
  /** What the market plan asks for while a manual series replaces it. */
  base: number | null;
  /** What the plan says, before limits. */
  asked?: number | null;
  /** The limit, ramp or veto that changed the value: `p_max_kw`, `soc_low`, `estop` …; null when none did. */
  limit: string | null;
  /** The battery is at the end of its charge, and that is why it does less than the plan asks for. */
  end?: 'empty' | 'full' | null;
}

export interface Model {
  capacity_kwh: number;
  p_min_kw: number;
  p_max_kw: number;
  q_min_kvar: number;
  q_max_kvar: number;
  nominal_kv: number;
  /** Permitted windows; null where none is configured. */
  v_min_kv: number | null;
  v_max_kv: number | null;
  soc_min_pu: number | null;
  soc_max_pu: number | null;
}

export interface Row {
  timestamp: Time | null;
  p_setpoint_kw: number | null;
  battery_active_power_kw: number | null;
  q_setpoint_kvar: number | null;
  battery_reactive_power_kvar: number | null;
  soc_pu: number | null;
  p_poi_kw: number | null;
  q_poi_kvar: number | null;
  v_poi_kV: number | null;
}

export const columns = [
  'p_setpoint_kw',
  'battery_active_power_kw',
  'q_setpoint_kvar',
  'battery_reactive_power_kvar',
  'soc_pu',
  'p_poi_kw',
  'q_poi_kvar',
  'v_poi_kV',
] as const;
export type Column = (typeof columns)[number];

export interface Alert {
  id: number;
  key: string;
  severity: Severity;
  plant: string | null;
  message: string;
  since: Time;
  acknowledged_at: Time | null;
  acknowledged_by: string | null;
  /** Key of the alert that stands behind it; null for one that stands for itself. */
  because_of?: string | null;
}

export interface Trip {
  /** `soc_window`, `voltage_window`, `stale_data`, `setpoint_not_followed`, `link_lost` … */
  kind: string;
  message: string;
  since: Time;
}

export interface CommandRecord {
  id: string;
  kind: string;
  plant: string | null;
  payload: Record<string, unknown>;
  actor: string;
  state: 'queued' | 'running' | 'succeeded' | 'failed' | 'rejected';
  message: string;
  result: unknown;
  created_at: Time;
  started_at: Time | null;
  finished_at: Time | null;
}

export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  errors?: { pointer: string; detail: string }[];
}

export interface Step {
  time: Time;
  /** Null: nothing is planned until the next step. */
  value: number | null;
}

/** A series with its explicit, exclusive end. */
export interface Steps {
  rows: Step[];
  end: Time;
  /** What it was made from, prices down to their auction; kept with the series. */
  made_from?: string;
}

/** `POST /api/v1/schedules/template`. */
export interface TemplateSteps extends Steps {
  notes?: string[];
  facts?: Record<string, number | null>;
}

/** `GET`, `PUT /api/v1/schedules/SERIES`. */
export interface SeriesDocument {
  series: string;
  plant: string;
  signal: 'p' | 'q';
  unit: 'kW' | 'kvar';
  enabled: boolean;
  version: number;
  /** As in the state document; 0: nothing staged. */
  staged_version: number;
  applied: (Steps & { origin: string | null }) | null;
  staged: (Steps & { origin: string | null; saved_at: Time | null }) | null;
}

export interface Choice {
  value: number;
  source: 'manual' | 'api' | 'none';
  reason: string;
  origin: string | null;
  version: number;
}

export interface Segment {
  from: Time;
  to: Time;
  p: Choice;
  q: Choice;
}

export interface Violation {
  kind: 'power_limit' | 'state_of_charge' | 'ramp';
  plant: string;
  signal: 'p' | 'q';
  from: Time;
  to: Time;
  value: number;
  limit: number;
  /** Of `state_of_charge`: what of the plan will not come. */
  missing_kwh?: number;
  text: string;
}

/** `GET /api/v1/schedules/effective`, and one plant of a preview. */
export interface Effective {
  plant: string;
  from: Time;
  to: Time;
  segments: Segment[];
  projection: {
    soc_start_pu: number | null;
    /** From now (or `from`, when that is later) on: the corners of the line. */
    points: { time: Time; soc_pu: number }[];
    energy_out_kwh: number;
    energy_in_kwh: number;
  } | null;
  violations: Violation[];
}

/** `POST /api/v1/schedules/preview`. */
export interface PreviewRequest {
  from: Time;
  to: Time;
  /** Stands in for these series, as if they were active; others stay as they are. */
  series: Record<string, Steps>;
}
export interface Preview {
  plants: Record<string, Effective>;
}

/** `GET /api/v1/prices`. */
export interface Prices {
  unit: string | null;
  made_from: string | null;
  rows: { from: Time; to: Time; price: number }[];
}

/** `POST /api/v1/schedules/import`. */
export interface ImportResult {
  staged: string[];
  /** How the file was read where it could be read otherwise. */
  notes?: string[];
  violations: Violation[];
}

export interface WhyStage {
  /** layer, limits, device_limit, allocation, ramp, safety, device; or what decided without a plan, as safe_stop. */
  stage: string;
  from: number | null;
  to: number | null;
  why: string;
}
export interface WhySignal {
  value: number | null;
  /** The whole as a sentence for people, first the value. */
  sentence: string;
  /** From the layer that asked to what the plant was found to hold. */
  stages: WhyStage[];
  since: Time | null;
  until: Time | null;
  written_at: Time | null;
  confirmed_at: Time | null;
}
/** `GET /api/v1/why`. */
export interface Why {
  plant: string;
  at: Time;
  p: WhySignal | null;
  q: WhySignal | null;
}

/** `GET /api/v1/measurements`; null rows are gaps. */
export interface Measurements {
  plant: string;
  transport: Transport;
  grain: 'rows' | 'minute' | 'quarter';
  rows_in_range: number;
  downsampled: boolean;
  columns: Column[];
  /** Time, then the columns in their order. */
  rows: [Time, ...(number | null)[]][];
}

/** `GET /api/v1/measurements/summary?plant=&from=&to=`. */
export interface Summary {
  plant: string;
  discharged_kwh: number | null;
  charged_kwh: number | null;
  round_trip: number | null;
  /** Why there is no round trip; null where there is one. */
  round_trip_why_not: string | null;
  /** What the setpoint register asked and what of it came; null where nothing is known. */
  delivery: { asked_kwh: number | null; delivered_kwh: number | null; missing_kwh: number | null };
  full_cycles: number | null;
  tracking_rms_kw: number | null;
  coverage: number | null;
  gaps: { count: number; longest_s: number };
}

/** A row of `GET /api/v1/measurements/energy?plant=&from=&to=&by=hour|day|month`; null where nothing is known. */
export interface EnergyRow {
  from: Time;
  to: Time;
  discharged_kwh: number | null;
  charged_kwh: number | null;
  asked_kwh: number | null;
  delivered_kwh: number | null;
  missing_kwh: number | null;
  coverage: number;
}

/** `GET /api/v1/measurements/availability?plant=`. */
export interface Availability {
  plant: string;
  stretches: { from: Time; to: Time }[];
}

export interface Recording {
  name: string;
  plant: string;
  transport: Transport;
  day: string;
  first: Time | null;
  last: Time | null;
  /** Null where nobody counted. */
  rows?: number | null;
  bytes: number | null;
}
export interface Recordings {
  recordings: Recording[];
  next?: string | null;
}

/** `GET /api/v1/schedules/templates`. */
export interface Template {
  name: string;
  text: string;
  /** It wants a load or price file. */
  needs_values: boolean;
  parameters: { name: string; unit: string; default: number | null; text: string }[];
}

export interface EventRecord {
  id: number;
  time: Time;
  kind: string;
  severity: Severity;
  plant: string | null;
  message: string;
  correlation: string | null;
}
export interface EventsPage {
  events: EventRecord[];
  next: string | null;
}

export interface LogLine {
  time: Time;
  level: 'trace' | 'debug' | 'info' | 'warning' | 'error' | 'fatal';
  channel: string;
  message: string;
  plant: string | null;
  correlation: string | null;
}
export interface LogsPage {
  lines: LogLine[];
  next: string | null;
  /** Names that may be given as `file`, newest first. */
  files: string[];
}

export interface AlertsPage {
  active: Alert[];
  history: (Alert & { cleared_at: Time })[];
  next: string | null;
}

export interface Health {
  status: string;
  checks: { name: string; ok: boolean; detail: string }[];
}

export type ServerMessage =
  | { type: 'snapshot'; seq: number; state: State }
  | { type: 'patch'; seq: number; merge: Record<string, unknown> }
  | { type: 'sample'; plant: string; row: Row }
  | ({ type: 'event' } & EventRecord)
  | ({ type: 'log' } & LogLine)
  | ({ type: 'command'; ref?: string } & CommandRecord)
  /** A message of ours was not understood or not allowed; no record was made. */
  | { type: 'error'; ref: string | null; detail: string };

export interface CommandRequest {
  kind: string;
  plant?: string;
  [field: string]: unknown;
}

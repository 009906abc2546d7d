// Measurements as Parquet, read by two readers that have nothing in common with each other or with the service:
// hyparquet (JavaScript) and DuckDB (C++). Both must see what the CSV of the same range says.
import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { importRecordings, real, startSite } from './support/site.mjs';

const www = join(dirname(fileURLToPath(import.meta.url)), '../../www');
const require = createRequire(join(www, 'package.json'));
// A package of modules only: require does not find it.
const { parquetMetadata, parquetReadObjects } = await import(pathToFileURL(join(www, 'node_modules/hyparquet/src/index.js')).href);
const { DuckDBInstance } = require('@duckdb/node-api');

const columns = ['p_setpoint_kw', 'battery_active_power_kw', 'q_setpoint_kvar', 'battery_reactive_power_kvar', 'soc_pu', 'p_poi_kw', 'q_poi_kvar', 'v_poi_kV'];
const pad = (n) => String(n).padStart(2, '0');

/** Hours of the days around the begin and the end of summer time in Madrid, each from its first instant on. */
const days = [24, 23, 24, 24, 25, 24];
const rowsOfDays = days.reduce((sum, hours) => sum + hours * 60, 0);
const begins = ['2025-03-28T23:00:00Z', '2025-10-24T22:00:00Z'].map(Date.parse);
const summer = ['2025-03-30T01:00:00Z', '2025-10-26T01:00:00Z'].map(Date.parse);

/** Rows a minute of those days, some without a value, some of nothing at all. */
function recordings() {
  const out = {};
  const spring = (days[0] + days[1] + days[2]) * 60;
  for (let minute = 0; minute < rowsOfDays; ++minute) {
    const at = (minute < spring ? begins[0] + minute * 60_000 : begins[1] + (minute - spring) * 60_000) + (minute % 3) * 250;
    const hours = at >= summer[0] && at < summer[1] ? 2 : 1;
    const local = new Date(at + hours * 3_600_000).toISOString();
    const day = local.slice(0, 10).replaceAll('-', '');
    const known = minute % 97 !== 96;
    const v = (n, skip) => (!known || minute % skip === 5 ? '' : String(n));
    const p = Math.round(4000 * Math.sin(minute / 50)) / 10;
    const row = [v(p, 1e9), v(p, 11), v(-0, 1e9), v(0, 13), v(Math.round(5000 + 4000 * Math.cos(minute / 300)) / 10_000, 1e9), v(p, 7), v(0, 1e9), v(20.1, 17)];
    const name = `${day}_lib.csv`;
    out[name] ??= `timestamp,${columns.join(',')}\n`;
    out[name] += `${local.slice(0, 19)}${minute % 3 ? `.${pad((minute % 3) * 25)}` : ''}+0${hours}:00,${row.join(',')}\n`;
  }
  return out;
}

/** Rows of a CSV: microseconds, then numbers or null. */
const fromCsv = (text) =>
  text
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => {
      const [time, ...values] = line.split(',');
      return [BigInt(Date.parse(time)) * 1000n, ...values.map((v) => (v === '' ? null : Number(v)))];
    });

async function byHyparquet(bytes) {
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  const objects = await parquetReadObjects({ file });
  return objects.map((o) => [BigInt(o.timestamp.getTime()) * 1000n, ...columns.map((c) => o[c] ?? null)]);
}

async function byDuckDb(file, what = '*') {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const reader = await connection.runAndReadAll(`select ${what} from read_parquet('${file}')`);
  connection.closeSync();
  instance.closeSync();
  return reader;
}

/** The stored zero has no sign in a text. */
const plain = (rows) => rows.map((r) => r.map((v) => (Object.is(v, -0) ? 0 : v)));

let history;
before(async () => {
  if (real) history = await importRecordings(recordings());
});
after(() => {
  if (history) rmSync(history.folder, { recursive: true, force: true });
});

const skip = real ? false : 'needs the service';

test('two readers find in the file what the CSV says', { skip }, async () => {
  const file = join(history.folder, 'lib.parquet');
  await history.run('export', '--plant', 'lib', '--transport', 'local', '--output', file);
  const expected = fromCsv((await history.run('export', '--plant', 'lib', '--transport', 'local')).toString());
  assert.equal(expected.length, rowsOfDays);
  assert.ok(expected.some((r) => r.slice(1).every((v) => v === null)), 'rows of nothing are there');

  assert.deepEqual(plain(await byHyparquet(readFileSync(file))), plain(expected));

  const duck = await byDuckDb(file, `epoch_us("timestamp") as t, ${columns.map((c) => `"${c}"`).join(', ')}`);
  assert.deepEqual(plain(duck.getRows()), plain(expected));
});

test('the types are instants of UTC and doubles, a row group is a day of the zone', { skip }, async () => {
  const file = join(history.folder, 'types.parquet');
  await history.run('export', '--plant', 'lib', '--transport', 'local', '--format', 'parquet', '--output', file);
  const described = await byDuckDb(file);
  assert.equal(described.columnTypes()[0].toString(), 'TIMESTAMP WITH TIME ZONE');
  for (const type of described.columnTypes().slice(1)) assert.equal(type.toString(), 'DOUBLE');
  assert.deepEqual(described.columnNames(), ['timestamp', ...columns]);

  const bytes = readFileSync(file);
  const metadata = parquetMetadata(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  assert.deepEqual(metadata.row_groups.map((g) => Number(g.num_rows)), days.map((hours) => hours * 60));
  assert.deepEqual(metadata.key_value_metadata.map((m) => [m.key, m.value]), [['plant', 'lib'], ['transport', 'local']]);
  // The extremes are what a reader leaves groups out by.
  const [t, p] = metadata.row_groups[4].columns.map((c) => c.meta_data.statistics);
  assert.equal(t.min_value.toISOString(), '2025-10-25T22:00:00.000Z');
  assert.equal(t.null_count, 0n);
  assert.ok(p.min_value < -399 && p.max_value > 399 && p.null_count > 0n);
  const late = await byDuckDb(file, `count(*) from (select * from read_parquet('${file}') where "timestamp" >= timestamptz '2025-10-26 23:00:00+00') --`);
  assert.equal(Number(late.getRows()[0][0]), 24 * 60);
});

test('a range with nothing in it is a file without rows, to both', { skip }, async () => {
  const file = join(history.folder, 'none.parquet');
  await history.run('export', '--plant', 'lib', '--transport', 'local', '--from', '2025-10-30T00:00:00', '--to', '2025-10-31T00:00:00', '--output', file);
  assert.deepEqual(await byHyparquet(readFileSync(file)), []);
  const duck = await byDuckDb(file);
  assert.deepEqual(duck.getRows(), []);
  assert.deepEqual(duck.columnNames(), ['timestamp', ...columns]);
});

test('the web offers the same file', { skip }, async () => {
  const site = await startSite({ folder: history.folder, from: '2025-10-28T08:00:00+01:00', transport: 'local' });
  try {
    const ask = (format) => fetch(`${site.url}api/v1/measurements?plant=lib&from=2020-01-01T00:00:00Z&to=2025-10-27T23:00:00Z&transport=local&format=${format}`);
    const answer = await ask('parquet');
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get('content-type'), 'application/vnd.apache.parquet');
    assert.match(answer.headers.get('content-disposition'), /filename="measurements_lib_.*\.parquet"/);
    const bytes = Buffer.from(await answer.arrayBuffer());
    const expected = fromCsv(await (await ask('csv')).text());
    assert.equal(expected.length, rowsOfDays);
    assert.deepEqual(plain(await byHyparquet(bytes)), plain(expected));
    const file = join(history.folder, 'web.parquet');
    writeFileSync(file, bytes);
    assert.equal(Number((await byDuckDb(file, 'count(*)')).getRows()[0][0]), expected.length);
  } finally {
    await site.stop({ keep: true });
  }
});

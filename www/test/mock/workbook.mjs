// The rows of the first sheet of a workbook as texts, for the mock: dates in the first column become local times.
import { inflateRawSync } from 'node:zlib';

function parts(bytes) {
  const end = bytes.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
  const found = new Map();
  let at = bytes.readUInt32LE(end + 16);
  for (let left = bytes.readUInt16LE(end + 10); left > 0; left--) {
    const method = bytes.readUInt16LE(at + 10);
    const size = bytes.readUInt32LE(at + 20);
    const name = bytes.toString('utf8', at + 46, at + 46 + bytes.readUInt16LE(at + 28));
    const local = bytes.readUInt32LE(at + 42);
    const begin = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
    const data = bytes.subarray(begin, begin + size);
    found.set(name, () => (method === 8 ? inflateRawSync(data) : data).toString('utf8'));
    at += 46 + bytes.readUInt16LE(at + 28) + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
  }
  return found;
}

const textsIn = (xml) => [...xml.matchAll(/<t(?: [^>]*)?>([^<]*)<\/t>/g)].map((m) => m[1]).join('');
const time = (serial) => new Date(Math.round((serial - 25569) * 86_400) * 1000).toISOString().slice(0, 19);

export function workbookRows(bytes) {
  const all = parts(bytes);
  const shared = [...(all.get('xl/sharedStrings.xml')?.() ?? '').matchAll(/<si>(.*?)<\/si>/gs)].map((m) => textsIn(m[1]));
  const sheet = all.get('xl/worksheets/sheet1.xml')();
  return [...sheet.matchAll(/<row[^>]*>(.*?)<\/row>/gs)].map((row) =>
    [...row[1].matchAll(/<c([^>]*)>(.*?)<\/c>/gs)].map(([, attributes, inside], column) => {
      const value = /<v>([^<]*)<\/v>/.exec(inside)?.[1] ?? '';
      if (/t="s"/.test(attributes)) return shared[Number(value)];
      if (/t="inlineStr"/.test(attributes)) return textsIn(inside);
      return column === 0 && /^[0-9.]+$/.test(value) ? time(Number(value)) : value;
    }),
  );
}

// Puts .br and .gz beside what compresses, prints the sizes, and fails when the first page is too heavy.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, extname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const budget = 150_000;
const dist = join(dirname(fileURLToPath(import.meta.url)), '../dist');
const compressible = new Set(['.js', '.css', '.html', '.svg', '.json', '.txt']);

function* files(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* files(path);
    else yield path;
  }
}

const sizes = new Map();
for (const path of files(dist)) {
  if (!compressible.has(extname(path))) continue;
  const plain = readFileSync(path);
  const br = brotliCompressSync(plain, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: plain.length } });
  const gz = gzipSync(plain, { level: 9 });
  writeFileSync(`${path}.br`, br);
  writeFileSync(`${path}.gz`, gz);
  sizes.set(relative(dist, path), { plain: plain.length, br: br.length, gz: gz.length });
}
const kb = (n) => `${(n / 1000).toFixed(1).padStart(7)} kB`;
for (const [name, s] of sizes) console.log(`${name.padEnd(36)}${kb(s.plain)}${kb(s.gz)} gzip${kb(s.br)} brotli`);

// What the first page asks for: the document and what it names.
const document = readFileSync(join(dist, 'index.html'), 'utf8');
const first = ['index.html', ...[...document.matchAll(/(?:src|href)="\.\/([^"]+\.(?:js|css))"/g)].map((m) => m[1])];
const total = first.reduce((n, name) => n + sizes.get(name).gz, 0);
console.log(`Status: ${first.length} files, ${kb(total).trim()} gzip of ${kb(budget).trim()}`);
if (total > budget) {
  console.error('The first page is over its budget.');
  process.exit(1);
}

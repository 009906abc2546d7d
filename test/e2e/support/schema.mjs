// As much of JSON Schema as our own descriptions use; a word it does not know is an error of the description.
const known = new Set(['type', 'const', 'enum', 'required', 'properties', 'additionalProperties', 'items', 'description', 'format', 'summary']);
const typeOf = (v) => (v === null ? 'null' : Array.isArray(v) ? 'array' : Number.isInteger(v) ? 'integer' : typeof v);
const isA = (v, type) => typeOf(v) === type || (type === 'number' && typeOf(v) === 'integer');

/** What is wrong with a value, each as "/where: what". */
export function wrong(value, schema, at = '') {
  const out = Object.keys(schema).filter((k) => !known.has(k)).map((k) => `${at}: the description uses ${k}`);
  if ('const' in schema && value !== schema.const) out.push(`${at}: not ${schema.const}`);
  if (schema.enum && !schema.enum.includes(value)) out.push(`${at}: ${JSON.stringify(value)} is none of ${schema.enum}`);
  if (schema.type && ![schema.type].flat().some((t) => isA(value, t))) return [...out, `${at}: ${typeOf(value)} instead of ${schema.type}`];
  if (typeOf(value) === 'array') value.forEach((v, i) => out.push(...(schema.items ? wrong(v, schema.items, `${at}/${i}`) : [])));
  if (typeOf(value) !== 'object') return out;
  for (const name of schema.required ?? []) if (!(name in value)) out.push(`${at}/${name}: missing`);
  for (const [name, v] of Object.entries(value)) {
    const own = schema.properties?.[name];
    if (own) out.push(...wrong(v, own, `${at}/${name}`));
    else if (schema.additionalProperties === false) out.push(`${at}/${name}: not described`);
    else if (typeof schema.additionalProperties === 'object') out.push(...wrong(v, schema.additionalProperties, `${at}/${name}`));
  }
  return out;
}

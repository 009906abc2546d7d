// Patches of the state document: objects merge key by key, anything else replaces. Null is a value ("not
// known") and removes nothing. What did not change is shared with the old document, so that comparing
// references says what has changed.

type Json = unknown;
const isObject = (v: Json): v is Record<string, Json> => typeof v === 'object' && v !== null && !Array.isArray(v);

export function merge<T>(base: T, patch: Json): T {
  if (!isObject(patch)) return patch as T;
  if (!isObject(base)) return patch as T;
  let out: Record<string, Json> | null = null;
  for (const key of Object.keys(patch)) {
    const before = Object.prototype.hasOwnProperty.call(base, key) ? base[key] : undefined;
    const after = merge(before, patch[key]);
    if (after !== before || !(key in base)) {
      out ??= { ...base };
      Object.defineProperty(out, key, { value: after, enumerable: true, writable: true, configurable: true });
    }
  }
  return (out ?? base) as T;
}

/**
 * A name as Avro allows it: what is no letter, digit or underscore becomes `_x` and its code in hexadecimal, and a digit
 * in front gets an underscore. For ASCII this is what Iceberg Java writes; letters beyond it, which Java lets through,
 * are spelled out too, because Avro's own grammar has none. Nothing hangs on it: fields are found by id.
 */
export function avroName(name: string): string {
  const spelled = name.replace(/[^A-Za-z0-9_]/g, spellOut)
  return /^\d/.test(spelled) ? `_${spelled}` : spelled
}

function spellOut(unit: string): string {
  return `_x${unit.charCodeAt(0).toString(16).toUpperCase()}`
}

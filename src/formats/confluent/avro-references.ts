/**
 * A schema with the types that it only names put where they are named first, as schemas of Avro have it that stand by themselves.
 *
 * @param named schemas by the full names that they are known under
 */
export function inlineTypes(json: unknown, named: ReadonlyMap<string, unknown>): unknown {
  if (named.size === 0) return json
  const placed = new Set<string>()
  const inline = (schema: unknown, namespace: string): unknown => {
    if (Array.isArray(schema)) return schema.map((branch) => inline(branch, namespace))
    if (typeof schema === 'string') {
      const name = [schema, `${namespace}.${schema}`].find((candidate) => named.has(candidate))
      if (name === undefined || placed.has(name)) return name ?? schema
      placed.add(name)
      return inline(named.get(name), '')
    }
    if (!isObject(schema)) return schema
    const within = namespaceOf(schema) ?? namespace
    return Object.fromEntries(
      Object.entries(schema).map(([key, value]) => [
        key,
        key === 'fields' && Array.isArray(value)
          ? value.map((field) => inlineField(field, within))
          : TYPE_KEYS.has(key)
            ? inline(value, within)
            : value,
      ]),
    )
  }
  const inlineField = (field: unknown, namespace: string): unknown =>
    isObject(field) ? { ...field, type: inline(field['type'], namespace) } : field
  return inline(json, '')
}

const TYPE_KEYS: ReadonlySet<string> = new Set(['type', 'items', 'values'])

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** That a named type puts its parts into; null where it has none of its own. */
function namespaceOf(schema: Readonly<Record<string, unknown>>): string | null {
  const { name, namespace } = schema
  if (typeof namespace === 'string') return namespace
  return typeof name === 'string' && name.includes('.')
    ? name.slice(0, name.lastIndexOf('.'))
    : null
}

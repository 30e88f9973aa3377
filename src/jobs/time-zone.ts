import type { Fields } from './yaml/fields.ts'

/** The zone under a key; UTC when absent. What is no zone is noted. */
export function readTimeZone(fields: Fields, key: string): string {
  const name = fields.optionalText(key) ?? 'UTC'
  if (name !== '' && !isTimeZone(name)) {
    fields.invalid(key, 'must be a time zone such as UTC or Europe/Oslo')
  }
  return name
}

/** Names only: what SQL sessions take for an offset differs in its sign. */
function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}

/** Whether moments and what clocks show are the same there. */
export function isUtcZone(timeZone: string): boolean {
  return /^(?:etc\/)?utc$/i.test(timeZone)
}

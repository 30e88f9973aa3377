import { dateText, timestampText } from './date-rules.ts'
import { decodeText, digestText, encodeText } from './encodings.ts'
import { jsonText } from './json-text.ts'
import { maskText, titleCase } from './letters.ts'
import { parseSed } from './sed.ts'
import { urlPart } from './url-parts.ts'

/** What DuckDB cannot compute, or not as it must be: functions of texts that its sessions get under these names. */
export interface TextFunction {
  /** As SQL calls it. */
  readonly name: string
  /** How many texts it takes. */
  readonly arity: number
  /**
   * Called when no argument is null; the result is null if one is.
   *
   * @throws IcebergError what ends the query
   */
  readonly apply: (texts: readonly string[]) => string | null
}

export const TEXT_FUNCTIONS: readonly TextFunction[] = [
  ofText('frazil_lower', (text) => text.toLowerCase()),
  ofText('frazil_upper', (text) => text.toUpperCase()),
  ofText('frazil_title', titleCase),
  withSetting('frazil_mask', maskText),
  withSetting('frazil_sed', prepared(parseSed)),
  withSetting('frazil_encode', encodeText),
  withSetting('frazil_decode', decodeText),
  withSetting('frazil_digest', digestText),
  withSetting('frazil_date', prepared(dateText)),
  withSetting('frazil_timestamp', prepared(timestampText)),
  withSetting('frazil_json', prepared(jsonText)),
  withSetting('frazil_url', urlPart),
]

function ofText(name: string, apply: (text: string) => string | null): TextFunction {
  return { name, arity: 1, apply: ([text = '']) => apply(text) }
}

function withSetting(
  name: string,
  apply: (setting: string, text: string) => string | null,
): TextFunction {
  return { name, arity: 2, apply: ([setting = '', text = '']) => apply(setting, text) }
}

/** Reads a setting once for all rows that have the same one after each other. */
function prepared(
  prepare: (setting: string) => (text: string) => string | null,
): (setting: string, text: string) => string | null {
  let known: string | null = null
  let run: (text: string) => string | null = () => null
  return (setting, text) => {
    if (setting !== known) {
      run = prepare(setting)
      known = setting
    }
    return run(text)
  }
}

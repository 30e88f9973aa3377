import type { Fields } from '../yaml/fields.ts'
import type { CsvFormat } from './model.ts'

/** What files of texts are unless the job file says otherwise (RFC 4180). */
export const DEFAULT_CSV: CsvFormat = { header: true, delimiter: ',', quote: '"', nullText: '' }

/** In the words of Spark's options, which have two for the delimiter. */
export function readCsvFormat(options: Fields | null): CsvFormat {
  if (options === null) return DEFAULT_CSV
  if (options.has('delimiter') && options.has('sep')) {
    options.invalid('sep', 'delimiter and sep are two words for one thing')
  }
  // Who writes NULL means these four letters, and YAML means nothing at all.
  if (options.isNull('nullValue')) {
    options.faults.invalid(
      options.placeOfKey('nullValue'),
      'is no text in YAML: write it in quotes',
    )
  }
  const delimiterKey = options.has('sep') ? 'sep' : 'delimiter'
  const delimiter = readCharacter(options, delimiterKey) ?? DEFAULT_CSV.delimiter
  const quote = readCharacter(options, 'quote') ?? DEFAULT_CSV.quote
  if (delimiter === quote) {
    options.invalid(
      options.has('quote') ? 'quote' : delimiterKey,
      'quote and delimiter must differ',
    )
  }
  return {
    header: options.flagOrText('header') ?? DEFAULT_CSV.header,
    delimiter,
    quote,
    nullText: options.scalarText('nullValue') ?? DEFAULT_CSV.nullText,
  }
}

/** Spelled as itself, or as `\t`. */
function readCharacter(options: Fields, key: string): string | null {
  const text = options.scalarText(key)
  if (text === null) return null
  const character = text === String.raw`\t` ? '\t' : text
  if (character.length === 1 && !/[\r\n]/.test(character)) return character
  options.invalid(key, 'must be one character, and no end of a line')
  return null
}

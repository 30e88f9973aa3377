import type { Fields } from '../yaml/fields.ts'
import type { ColumnTags } from './model.ts'
import { COLUMN_TAGS } from './vocabulary.ts'

/** The words for which columns an entry is about, of which it has one. */
const SELECTORS = ['columnName', 'columnNames', 'columnRegex'] as const

/** The `columnTags` of an output; entries with faults are left out. */
export function readColumnTags(output: Fields): readonly ColumnTags[] {
  return output.maps('columnTags', COLUMN_TAGS).flatMap((entry) => {
    const columns = readColumns(entry)
    const tags = readTexts(entry, 'tags')
    return columns === null || tags.length === 0 ? [] : [{ columns, tags }]
  })
}

function readColumns(entry: Fields): ColumnTags['columns'] | null {
  const [selector, second] = SELECTORS.filter((key) => entry.has(key))
  if (selector === undefined) {
    entry.faults.invalid(entry.place, 'needs columnName, columnNames or columnRegex')
    return null
  }
  if (second !== undefined) {
    entry.invalid(second, `${selector} and ${second} cannot both be given`)
    return null
  }
  if (selector === 'columnNames') return { names: readTexts(entry, selector) }
  const text = entry.text(selector)
  return selector === 'columnName' ? { names: [text] } : readPattern(entry, text)
}

function readPattern(entry: Fields, pattern: string): ColumnTags['columns'] | null {
  try {
    void new RegExp(pattern, 'u')
    return { pattern }
  } catch {
    entry.invalid('columnRegex', 'must be a regular expression')
    return null
  }
}

/** At least one text. */
function readTexts(entry: Fields, key: string): readonly string[] {
  if (!entry.require(key)) return []
  const texts = entry.texts(key).map((item) => item.text)
  if (entry.isEmptyList(key)) entry.invalid(key, 'must not be empty')
  return texts
}

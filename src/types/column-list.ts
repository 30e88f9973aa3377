import { TokenCursor } from '../base/tokens.ts'

/**
 * Columns with commas between them, `a, b.c, "d.e"`, as paths of names from the root.
 *
 * @throws IcebergError `invalid` with the column in the text
 */
export function parseColumnList(text: string): readonly (readonly string[])[] {
  const cursor = new TokenCursor(text)
  const columns = [cursor.expectPath()]
  while (cursor.takeSign(',')) columns.push(cursor.expectPath())
  cursor.expectEnd()
  return columns
}

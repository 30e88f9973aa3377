import type { ParquetFooter } from './footer.ts'

/** Compressed bytes by field id, of what is inside of lists and maps too. */
export function columnSizes({ rowGroups }: ParquetFooter): Map<number, bigint> {
  const sizes = new Map<number, bigint>()
  for (const { column, sizeBytes } of rowGroups.flatMap(({ chunks }) => chunks)) {
    const { fieldId } = column
    if (fieldId !== null) sizes.set(fieldId, (sizes.get(fieldId) ?? 0n) + BigInt(sizeBytes))
  }
  return sizes
}

/** How many there are of something, in words: `1 file`, `2 files`. Of a noun with a plain plural. */
export function counted(count: number | bigint, noun: string): string {
  return count === 1 || count === 1n ? `1 ${noun}` : `${count} ${noun}s`
}

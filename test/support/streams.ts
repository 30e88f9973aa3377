/** UTF-8. */
export function text(value: string): Uint8Array {
  return new TextEncoder().encode(value)
}

export function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes)
}

export async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const result: Item[] = []
  for await (const item of items) result.push(item)
  return result
}

export async function* streamOf<Item>(items: Iterable<Item>): AsyncGenerator<Item> {
  yield* items
}

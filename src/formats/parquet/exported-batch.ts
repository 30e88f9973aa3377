// A record batch as it lies in the memory of WebAssembly, found by the two structs of the Arrow C data interface: one says
// what the columns are, the other where their buffers lie and how many rows they have. How long a buffer is follows from
// both. Pointers are 32 bits there, all other numbers of the structs 64.

/** What a message of an Arrow IPC stream says of a batch, columns before their children. */
export interface ExportedBatch {
  readonly rowCount: number
  /** Rows and nulls of each column. */
  readonly nodes: readonly (readonly [rowCount: number, nullCount: number])[]
  /** Views, in the order in which IPC has them; empty where there is none. */
  readonly buffers: readonly Uint8Array[]
}

/** Where the two structs of a batch lie. */
export interface ExportedAddresses {
  readonly array: number
  readonly schema: number
}

/** Byte offsets of the fields of `ArrowArray` and `ArrowSchema` that are read. */
const ARRAY = { length: 0, nullCount: 8, offset: 16, buffers: 40, children: 44 } as const
const SCHEMA = { format: 0, childCount: 24, children: 32, dictionary: 36 } as const

/**
 * @returns null for layouts that are not looked at here: dictionaries, slices, unions, views, 64-bit offsets
 */
export function exportedBatch(
  memory: ArrayBuffer,
  addresses: ExportedAddresses,
): ExportedBatch | null {
  const nodes: [number, number][] = []
  const buffers: Uint8Array[] = []
  const view = new DataView(memory)
  const rowCount = longAt(view, addresses.array + ARRAY.length)
  const isKnown = childrenOf(view, addresses).every((child) => {
    return addColumn(view, child, nodes, buffers)
  })
  return isKnown ? { rowCount, nodes, buffers } : null
}

/** Adds a column and what is in it. @returns whether its layout is known */
function addColumn(
  view: DataView,
  column: ExportedAddresses,
  nodes: [number, number][],
  buffers: Uint8Array[],
): boolean {
  const length = longAt(view, column.array + ARRAY.length)
  const nullCount = longAt(view, column.array + ARRAY.nullCount)
  const layout = layoutOf(formatAt(view, view.getUint32(column.schema + SCHEMA.format, true)))
  const isPlain =
    longAt(view, column.array + ARRAY.offset) === 0 &&
    view.getUint32(column.schema + SCHEMA.dictionary, true) === 0
  if (layout === null || !isPlain || nullCount < 0) return false
  nodes.push([length, nullCount])
  const own = bufferReader(view, column.array)
  buffers.push(own(0, nullCount === 0 ? 0 : (length + 7) >> 3))
  if (layout.kind === 'fixed') buffers.push(own(1, Math.ceil((length * layout.bits) / 8)))
  if (layout.kind === 'bytes' || layout.kind === 'list') buffers.push(own(1, 4 * (length + 1)))
  if (layout.kind === 'bytes') buffers.push(own(2, lastOffset(buffers.at(-1))))
  return childrenOf(view, column).every((child) => addColumn(view, child, nodes, buffers))
}

type Layout =
  | { readonly kind: 'fixed'; readonly bits: number }
  | { readonly kind: 'bytes' | 'list' | 'struct' }

/** Formats are spelled as the C data interface spells them; what follows a colon are parameters. */
function layoutOf(format: string): Layout | null {
  const known = LAYOUTS.get(format)
  if (known !== undefined) return known
  const [kind = '', parameter = ''] = format.split(':')
  if (kind === 'w') return { kind: 'fixed', bits: 8 * Number(parameter) }
  // The third parameter of a decimal is how many bits it has, where those are not 128.
  if (kind === 'd') return parameter.split(',').length === 2 ? { kind: 'fixed', bits: 128 } : null
  return TIMESTAMPS.has(kind) ? { kind: 'fixed', bits: 64 } : null
}

const TIMESTAMPS: ReadonlySet<string> = new Set(['tss', 'tsm', 'tsu', 'tsn'])

const LAYOUTS: ReadonlyMap<string, Layout> = new Map<string, Layout>([
  ['b', { kind: 'fixed', bits: 1 }],
  ...fixed(8, ['c', 'C']),
  ...fixed(16, ['s', 'S', 'e']),
  ...fixed(32, ['i', 'I', 'f', 'tdD', 'tts', 'ttm']),
  ...fixed(64, ['l', 'L', 'g', 'tdm', 'ttu', 'ttn']),
  ['u', { kind: 'bytes' }],
  ['z', { kind: 'bytes' }],
  ['+l', { kind: 'list' }],
  ['+m', { kind: 'list' }],
  ['+s', { kind: 'struct' }],
])

function fixed(bits: number, formats: readonly string[]): (readonly [string, Layout])[] {
  return formats.map((format) => [format, { kind: 'fixed', bits }] as const)
}

function childrenOf(view: DataView, { array, schema }: ExportedAddresses): ExportedAddresses[] {
  const arrays = view.getUint32(array + ARRAY.children, true)
  const schemas = view.getUint32(schema + SCHEMA.children, true)
  return Array.from({ length: longAt(view, schema + SCHEMA.childCount) }, (_, index) => ({
    array: view.getUint32(arrays + 4 * index, true),
    schema: view.getUint32(schemas + 4 * index, true),
  }))
}

/** Buffers that a column has none of begin at 0. */
function bufferReader(view: DataView, array: number): (index: number, size: number) => Uint8Array {
  const pointers = view.getUint32(array + ARRAY.buffers, true)
  return (index, size) => {
    const start = size === 0 ? 0 : view.getUint32(pointers + 4 * index, true)
    return new Uint8Array(view.buffer, start, start === 0 ? 0 : size)
  }
}

function lastOffset(offsets: Uint8Array | undefined): number {
  if (offsets === undefined || offsets.length === 0) return 0
  const view = new DataView(offsets.buffer, offsets.byteOffset, offsets.length)
  return view.getInt32(offsets.length - 4, true)
}

function longAt(view: DataView, address: number): number {
  return Number(view.getBigInt64(address, true))
}

/** Text that ends with a zero. */
function formatAt(view: DataView, address: number): string {
  let format = ''
  for (let at = address; view.getUint8(at) !== 0; at += 1) {
    format += String.fromCharCode(view.getUint8(at))
  }
  return format
}

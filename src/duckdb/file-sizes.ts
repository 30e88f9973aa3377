// How many rows make a file of the size that a table asks for. What rows take in a file shows only once some are written; until
// then they are taken to need as much as in memory, so that the first file is too small rather than too large.
import type { DataFile } from '../metadata/data-file.ts'
import {
  ROW_GROUP_SIZE_BYTES,
  TARGET_FILE_SIZE_BYTES,
  readProperty,
} from '../metadata/properties.ts'
import type { FileLength } from '../write/write-context.ts'
import type { Partition } from './working-table.ts'

/** Rows a row group at the most, as many as our own have. */
const MAX_ROW_GROUP_ROWS = 122_880

/** Learns from each file what the next ones need. */
export class FileSizes {
  readonly #targetBytes: number
  readonly #rowGroupBytes: number
  readonly #length: FileLength | undefined
  #writtenBytes = 0
  #writtenRows = 0

  /** @param length when a file has enough rows, where that is known ahead */
  constructor(properties: ReadonlyMap<string, string>, length?: FileLength) {
    this.#length = length
    this.#targetBytes = readProperty(properties, TARGET_FILE_SIZE_BYTES)
    this.#rowGroupBytes = readProperty(properties, ROW_GROUP_SIZE_BYTES)
  }

  learn({ fileSizeBytes, recordCount }: DataFile): void {
    this.#writtenBytes += Number(fileSizeBytes)
    this.#writtenRows += Number(recordCount)
  }

  /** Rows are spread evenly over the files that it takes. */
  rowsOfNextFile(partition: Partition, restRows: number): number {
    const rowBytes =
      this.#writtenRows === 0 ? memoryBytesOfRow(partition) : this.#writtenBytes / this.#writtenRows
    if (this.#length !== undefined) {
      const { rows, minBytes } = this.#length
      return Math.min(restRows, Math.max(rows, Math.ceil(minBytes / rowBytes)))
    }
    const fileCount = Math.max(1, Math.ceil((restRows * rowBytes) / this.#targetBytes))
    return Math.max(1, Math.ceil(restRows / fileCount))
  }

  rowsOfRowGroup(partition: Partition): number {
    const rows = Math.floor(this.#rowGroupBytes / memoryBytesOfRow(partition))
    return Math.min(MAX_ROW_GROUP_ROWS, Math.max(1, rows))
  }
}

function memoryBytesOfRow({ start, end, memoryBytes }: Partition): number {
  return Math.max(1, memoryBytes / (end - start))
}

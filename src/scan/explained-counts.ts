import type {
  ExplainedFile,
  ExplainedManifest,
  ExplainedRowGroup,
  ExplainedTotals,
} from './explanation.ts'

/** Adds up what was explained so far. */
export class ExplainedCounts {
  #manifests = 0
  #manifestsPruned = 0
  #files = 0
  #byPartition = 0
  #byMetrics = 0
  #records = 0n
  #bytes = 0n
  #rowGroups = 0
  #rowGroupsPruned = 0
  #rowsRead = 0n

  addManifest({ isRead }: ExplainedManifest): void {
    this.#manifests += 1
    if (!isRead) this.#manifestsPruned += 1
  }

  /** What metadata columns leave out counts with what metrics do, as in a plan. */
  addFile({ isRead, prunedBy, recordCount, sizeBytes }: ExplainedFile): void {
    this.#files += 1
    if (prunedBy === 'partition') this.#byPartition += 1
    else if (!isRead) this.#byMetrics += 1
    if (!isRead) return
    this.#records += recordCount
    this.#bytes += sizeBytes
  }

  addRowGroup({ isRead, rowCount }: ExplainedRowGroup): void {
    this.#rowGroups += 1
    if (isRead) this.#rowsRead += BigInt(rowCount)
    else this.#rowGroupsPruned += 1
  }

  totals(): Pick<ExplainedTotals, 'counts' | 'rowGroups' | 'rowGroupsPruned' | 'rowsRead'> {
    return {
      counts: {
        manifests: this.#manifests,
        manifestsPruned: this.#manifestsPruned,
        files: this.#files,
        filesPrunedByPartition: this.#byPartition,
        filesPrunedByMetrics: this.#byMetrics,
        recordsPlanned: this.#records,
        bytesPlanned: this.#bytes,
      },
      rowGroups: this.#rowGroups,
      rowGroupsPruned: this.#rowGroupsPruned,
      rowsRead: this.#rowsRead,
    }
  }
}

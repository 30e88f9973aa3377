// What was written to an output, in a few words.
import { unreachable } from '../../base/assert.ts'
import { counted } from '../../base/counted.ts'
import type { OutputReport, TableReport } from '../../jobs/report.ts'

export function secondsOf(durationMs: number): string {
  return (durationMs / 1000).toFixed(1)
}

export function writtenText(output: OutputReport): string {
  switch (output.kind) {
    case 'table':
      return tableText(output)
    case 'files':
      return output.file === null
        ? `left ${output.target} as it is`
        : `wrote ${counted(output.file.rows, 'row')} to ${output.file.location}`
    case 'console':
      return `showed ${counted(output.rows, 'row')} of ${output.name}`
    default:
      return unreachable(output)
  }
}

function tableText({ target, commit }: TableReport): string {
  return commit === null
    ? `left ${target} as it is`
    : `wrote ${counted(commit.addedRows, 'row')} in ${counted(commit.addedFiles, 'file')} to ${target}, replaced ${counted(commit.removedRows, 'row')}`
}

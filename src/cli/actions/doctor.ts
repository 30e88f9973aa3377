import { stringifyJson } from '../../base/json-exact.ts'
import { examinePlace } from '../../maintenance/doctor.ts'
import type { Examination } from '../../maintenance/doctor.ts'
import type { ExaminedCounts } from '../../maintenance/doctor/examine-snapshots.ts'
import type { Finding } from '../../maintenance/doctor/finding.ts'
import { CheckFailed } from '../check-failed.ts'
import type { DoctorOptions } from '../commands/doctor.ts'
import { messageText } from '../error-text.ts'
import { findPlace } from '../find-place.ts'
import { printable } from '../printable.ts'
import { progressLine } from '../progress-line.ts'
import { printLine } from '../terminal.ts'
import type { Terminal } from '../terminal.ts'

export async function examineNamed(
  terminal: Terminal,
  name: string,
  { deep = false, json = false, ...options }: DoctorOptions,
): Promise<void> {
  const place = await findPlace(terminal, name, options)
  const progress = progressLine(terminal)
  const examination = await examinePlace(place, {
    deep,
    signal: terminal.signal,
    onProgress: (counts) => progress.show(countsText(counts)),
  }).finally(progress.clear)
  const lines = json ? [stringifyJson(documentOf(examination))] : linesOf(examination)
  for (const line of lines) await printLine(terminal, json ? line : printable(line))
  if (!examination.isSound) throw new CheckFailed()
}

function documentOf(examination: Examination): object {
  const { metadataLocation, isDeep, isSound, examined, findings, counts } = examination
  return {
    command: 'doctor',
    'metadata-location': metadataLocation,
    deep: isDeep,
    sound: isSound,
    ...examined,
    counts,
    findings: findings.map(({ whatToDo, ...finding }) => ({
      ...finding,
      'what-to-do': whatToDo,
    })),
  }
}

function countsText({ snapshots, manifests, files }: ExaminedCounts): string {
  return `${snapshots} snapshots, ${manifests} manifests and ${files} files were examined`
}

function linesOf({ isSound, examined, findings, counts }: Examination): readonly string[] {
  return [
    ...findings.flatMap(findingLines),
    ...leftOut(findings, counts),
    `${isSound ? 'no damage' : 'damaged'}: ${countsText(examined)}`,
  ]
}

function findingLines(finding: Finding): readonly string[] {
  const { severity, check, path, message, context, whatToDo } = finding
  return [
    `${severity}: ${messageText(message, context)}`,
    `  ${check}: ${path}`,
    `  what to do: ${whatToDo}`,
  ]
}

/** Of each check that found more than are kept, how many more. */
function leftOut(
  findings: readonly Finding[],
  counts: ReadonlyMap<string, number>,
): readonly string[] {
  return Array.from(counts, ([check, count]) => {
    const shown = findings.filter((finding) => finding.check === check).length
    return count === shown ? '' : `${count - shown} more: ${check}`
  }).filter((line) => line !== '')
}

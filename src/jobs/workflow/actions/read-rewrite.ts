import { parsePredicate } from '../../../expressions/parse.ts'
import { parseSortFields } from '../../../layout/layout-text.ts'
import type { Fields } from '../../yaml/fields.ts'
import { MANIFEST_OPTIONS, REWRITE_OPTIONS, REWRITE_PROPERTIES } from '../vocabulary.ts'
import type {
  ActionFrame,
  RewriteDataset,
  RewriteLayout,
  RewriteManifest,
  RewriteOptions,
} from './action.ts'

export function readRewrite(action: Fields, frame: ActionFrame): RewriteDataset {
  const options = action.map('options', REWRITE_OPTIONS)
  return {
    ...frame,
    name: 'rewrite_dataset',
    layout: options === null ? { kind: 'binpack' } : readLayout(options),
    where: options === null ? null : readWhere(options),
    options: readProperties(options?.map('properties', REWRITE_PROPERTIES) ?? null),
  }
}

export function readManifestRewrite(action: Fields, frame: ActionFrame): RewriteManifest {
  const options = action.map('options', MANIFEST_OPTIONS)
  // Spark may keep entries in its cache; nothing is read twice here.
  options?.flagOrText('useCaching')
  return { ...frame, name: 'rewrite_manifest', specId: options?.countOrText('specId') ?? null }
}

function readLayout(options: Fields): RewriteLayout {
  const order = options.optionalText('sortOrder')
  const strategy = options.word('strategy', ['binpack', 'sort'])
  if (strategy === 'sort') return readOrder(options, order)
  if (order !== null) options.invalid('sortOrder', 'needs strategy sort beside it')
  return { kind: 'binpack' }
}

const ZORDER = /^\s*zorder\s*\((?<columns>.*)\)\s*$/is

/** `day DESC NULLS LAST, city`, or `zorder(a, b)`. */
function readOrder(options: Fields, text: string | null): RewriteLayout {
  if (text === null || text === '') return { kind: 'sort', order: null }
  const columns = ZORDER.exec(text)?.groups?.['columns']
  const terms = options.faults.attempt(options.placeOf('sortOrder'), [], () =>
    parseSortFields(columns ?? text),
  )
  if (columns === undefined) return { kind: 'sort', order: text }
  if (terms.some(({ transform }) => transform.kind !== 'identity')) {
    options.invalid('sortOrder', 'zorder takes columns, not what is made of them')
  }
  return { kind: 'zorder', columns }
}

function readWhere(options: Fields): string | null {
  const text = options.optionalText('where')
  if (text === null || text === '') return null
  options.faults.attempt(options.placeOf('where'), null, () => parsePredicate(text))
  return text
}

function readProperties(properties: Fields | null): RewriteOptions {
  const count = (key: string): number | null => properties?.countOrText(key) ?? null
  const flag = (key: string): boolean | null => properties?.flagOrText(key) ?? null
  if (properties !== null) checkSettled(properties)
  return {
    targetBytes: count('target-file-size-bytes'),
    minFileBytes: count('min-file-size-bytes'),
    maxFileBytes: count('max-file-size-bytes'),
    maxGroupBytes: count('max-file-group-size-bytes'),
    minInputFiles: count('min-input-files'),
    maxFiles: count('max-files-to-rewrite'),
    maxConcurrentGroups: count('max-concurrent-file-group-rewrites'),
    outputSpecId: count('output-spec-id'),
    rewriteAll: flag('rewrite-all'),
    partialProgress: flag('partial-progress.enabled'),
    maxCommits: count('partial-progress.max-commits'),
  }
}

/** Options that are done in one way here: files that carry deletes stay as they are, and files keep their sequence numbers. */
function checkSettled(properties: Fields): void {
  if (properties.flagOrText('use-starting-sequence-number') === false) {
    properties.invalid(
      'use-starting-sequence-number',
      'files always keep their sequence numbers, so that deletes which other engines commit meanwhile stay effective',
    )
  }
  const about = ['delete-file-threshold', 'delete-ratio-threshold', 'remove-dangling-deletes']
  const given = about.filter((key) => properties.has(key))
  if (given.length === 0) return
  properties.faults.warn(
    properties.place,
    `files with deletes are left alone, so these options have no effect: ${given.join(', ')}`,
  )
}

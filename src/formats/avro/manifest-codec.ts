// Manifests: the files of a table, with what is known of each (spec: Manifests).
import { assert } from '../../base/assert.ts'
import { stringifyJson } from '../../base/json-exact.ts'
import { specFieldsToJson } from '../../layout/layout-json.ts'
import { inheritRowIds } from '../../metadata/first-row-ids.ts'
import { inheritNumbers } from '../../metadata/manifest-entry.ts'
import type { ManifestEntry } from '../../metadata/manifest-entry.ts'
import type { ManifestFile } from '../../metadata/manifest-file.ts'
import { currentSchema, specById } from '../../metadata/table-metadata.ts'
import type { TableMetadata } from '../../metadata/table-metadata.ts'
import { schemaToJson } from '../../types/schema-json.ts'
import type { Schema } from '../../types/schema.ts'
import { openContainer, openContainerWriter } from './container.ts'
import type { ContainerLimits, ContainerWriter } from './container.ts'
import { entriesToAvro, entryEncoder, partitionColumns } from './entry-avro.ts'
import type { ManifestContent, ManifestForm } from './entry-avro.ts'
import {
  DATA_FILE,
  checkSpec,
  entryFields,
  entryFromAvro,
  fileFields,
  fileFromAvro,
  metricsFields,
  metricsFromAvro,
  wantedPartition,
} from './entry-views.ts'
import { manifestEntrySchema } from './manifest-schemas.ts'
import type { PartitionColumn } from './manifest-schemas.ts'
import { fieldView, struct } from './view.ts'

/**
 * The bytes of a manifest. Version 1 knows data alone, and has each entry name its snapshot; numbers and row ids are left
 * out of files whose version does not have them.
 *
 * @throws IcebergError `unsupported` when the spec has a field whose values have no known type
 */
export function encodeManifest({ entries, ...form }: ManifestContent): Uint8Array {
  const writer = new ManifestEncoder(form)
  writer.add(entries)
  return writer.finish()
}

/** A manifest that is made piece by piece. */
export class ManifestEncoder {
  readonly #form: ManifestForm
  readonly #partition: readonly PartitionColumn[]
  readonly #writer: ContainerWriter

  /** @throws IcebergError as {@link encodeManifest} */
  constructor(form: ManifestForm) {
    const { metadata, spec, content } = form
    const { formatVersion } = metadata
    const schema = currentSchema(metadata)
    assert(formatVersion > 1 || content === 'data', 'version 1 has no row-level deletes')
    this.#form = form
    this.#partition = partitionColumns(metadata, spec)
    this.#writer = openContainerWriter({
      schema: manifestEntrySchema(formatVersion, this.#partition),
      properties: new Map([
        ['schema', stringifyJson(schemaToJson(schema))],
        ['schema-id', String(schema.schemaId)],
        ['partition-spec', stringifyJson(specFieldsToJson(spec))],
        ['partition-spec-id', String(spec.specId)],
        ['format-version', String(formatVersion)],
        ...contentProperty(form),
      ]),
      encoder: entryEncoder(formatVersion, this.#partition),
    })
  }

  /** Encodes entries; nothing of them is kept. */
  add(entries: Iterable<ManifestEntry>): void {
    this.#writer.add(entriesToAvro({ ...this.#form, entries }, this.#partition))
  }

  /** What the manifest would take if it ended here. */
  get sizeBytes(): number {
    return this.#writer.sizeBytes
  }

  finish(): Uint8Array {
    return this.#writer.finish()
  }
}

function contentProperty({ metadata, content }: ManifestForm): [string, string][] {
  return metadata.formatVersion === 1 ? [] : [['content', content]]
}

export interface DecodeManifestOptions extends ContainerLimits {
  /** The schema that partition values are typed by, when it is not the table's current one. */
  readonly schema?: Schema
}

/**
 * The entries of a manifest, deleted ones too, with what they inherit from its line in the manifest list (spec: Sequence
 * Number Inheritance; First Row ID Inheritance). Byte arrays in them are views of `bytes` or of blocks inflated from it.
 *
 * @param manifest the manifest's line in the manifest list
 * @throws IcebergError `corrupt` when the bytes are damaged, or are not the manifest that the list means
 * @throws IcebergError `unsupported` when they are encrypted or compressed in a way that is not built yet
 * @throws IcebergError `limit` when they inflate to more than is allowed
 */
export function decodeManifest(
  bytes: Uint8Array,
  manifest: ManifestFile,
  metadata: TableMetadata,
  options: DecodeManifestOptions = {},
): ManifestEntry[] {
  return [...manifestEntries(bytes, manifest, metadata, options)]
}

/**
 * {@link decodeManifest} entry by entry, while they are taken: decoded all at once they take a hundred times what the manifest does.
 */
export function* manifestEntries(
  bytes: Uint8Array,
  manifest: ManifestFile,
  metadata: TableMetadata,
  options: DecodeManifestOptions = {},
): Generator<ManifestEntry, void, undefined> {
  const file = openContainer(bytes, options)
  checkSpec(file, manifest)
  const spec = specById(metadata, manifest.specId)
  const partition = wantedPartition(metadata, spec, options.schema)
  const fields = { ...fileFields(partition), ...metricsFields }
  const entries = file.valuesInTurn(
    struct({ ...entryFields, file: fieldView(DATA_FILE.id, DATA_FILE.name, struct(fields)) }),
  )
  const inheritRowId = inheritRowIds(manifest)
  for (const entry of entries) {
    const dataFile = fileFromAvro(entry.file, metricsFromAvro(entry.file), manifest)
    yield inheritRowId(inheritNumbers(entryFromAvro(entry, dataFile), manifest))
  }
}

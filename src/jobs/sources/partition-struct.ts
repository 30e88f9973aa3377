import { partitionTypesOf } from '../../metadata/partition-types.ts'
import type { TableMetadata } from '../../metadata/table-metadata.ts'
import type { Field } from '../../types/type.ts'

/** Partitions of all specs of a table as values of one struct. */
export interface PartitionStruct {
  /** One for each partition field that the table ever had, those of the newest spec first; none without partitions. */
  readonly fields: readonly Field[]
  /** The values of a partition by the names of these fields; what its spec does not have is not among them. */
  readonly valuesOf: (specId: number, byOwnName: unknown) => ReadonlyMap<string, unknown>
}

/** A field is the same in all specs by its id; of two that are called alike the older one has its id behind its name. */
export function partitionStruct(metadata: TableMetadata): PartitionStruct {
  const fields = new Map<number, Field>()
  const names = new Set<string>()
  const newestFirst = metadata.specs.toSorted((left, right) => order(metadata, left, right))
  for (const spec of newestFirst) {
    const types = partitionTypesOf(metadata, spec)
    for (const [index, { fieldId: id, name: own, transform }] of spec.fields.entries()) {
      if (fields.has(id) || transform.kind === 'void') continue
      const name = names.has(own) ? `${own}_${id}` : own
      names.add(name)
      // Of a transform that nobody knows here, and of a column that is in no schema, the values are shown as they are stored.
      fields.set(id, { id, name, required: false, type: types[index] ?? { kind: 'string' } })
    }
  }
  return {
    fields: [...fields.values()],
    valuesOf(specId, byOwnName) {
      const values = byOwnName instanceof Map ? byOwnName : new Map<string, unknown>()
      const spec = metadata.specs.find((each) => each.specId === specId)
      const entries = (spec?.fields ?? []).flatMap(({ fieldId, name }) => {
        const field = fields.get(fieldId)
        return field === undefined ? [] : [[field.name, values.get(name) ?? null] as const]
      })
      return new Map(entries)
    },
  }
}

/** The current spec before all others, then the newest. */
function order(
  { defaultSpecId }: TableMetadata,
  left: { readonly specId: number },
  right: { readonly specId: number },
): number {
  const rank = ({ specId }: { readonly specId: number }): number =>
    specId === defaultSpecId ? Number.POSITIVE_INFINITY : specId
  const [leftRank, rightRank] = [rank(left), rank(right)]
  return leftRank === rightRank ? 0 : rightRank - leftRank
}

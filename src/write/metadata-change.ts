import { equivalentOrders } from '../layout/order-change.ts'
import { equivalentSpecs } from '../layout/partition-spec.ts'
import { equalRefs } from '../metadata/ref-change.ts'
import { currentSchema, currentSortOrder, currentSpec } from '../metadata/table-metadata.ts'
import type { TableMetadata } from '../metadata/table-metadata.ts'
import { equalSchemas } from '../metadata/update-layouts.ts'
import type { Change } from './commit.ts'
import type { TableEvolution } from './evolution.ts'
import { headOf, propertiesAt, propertyUpdates } from './property-change.ts'
import type { PropertySource } from './property-change.ts'

/** A commit of metadata alone: what the table is, its refs and its properties, but no snapshot. */
export function metadataChange(
  evolution: TableEvolution,
  sources: readonly PropertySource[],
): Change {
  let proposedProperties: ReadonlyMap<string, string> = new Map()
  let proposed: TableMetadata | null = null
  return {
    async propose(state) {
      const { opening, state: evolved } = evolution.on(state)
      proposedProperties = propertiesAt(sources, headOf(evolved.metadata))
      proposed = evolved.metadata
      const updates = [...opening.updates, ...propertyUpdates(proposedProperties)]
      // As where the table was upgraded already: a version of its own would say that something happened.
      return updates.length === 0 ? null : { requirements: opening.requirements, updates }
    },
    isIn: (metadata) =>
      proposed !== null &&
      isAlike(metadata, proposed) &&
      haveSameRefs(metadata, proposed, evolution.refNames) &&
      [...proposedProperties].every(([name, value]) => metadata.properties.get(name) === value),
  }
}

/** Whether a table is what another version of it is, whoever made it so. */
function isAlike(metadata: TableMetadata, proposed: TableMetadata): boolean {
  return (
    metadata.formatVersion >= proposed.formatVersion &&
    equalSchemas(currentSchema(metadata), currentSchema(proposed)) &&
    equivalentSpecs(currentSpec(metadata), currentSpec(proposed)) &&
    equivalentOrders(currentSortOrder(metadata), currentSortOrder(proposed))
  )
}

function haveSameRefs(
  metadata: TableMetadata,
  proposed: TableMetadata,
  names: readonly string[],
): boolean {
  return names.every((name) => equalRefs(metadata.refs.get(name), proposed.refs.get(name)))
}

// Faults that somebody might make, as a change of one line, and the tests that notice. What no test notices is a promise that
// nobody checks.

export interface PlantedBug {
  /** What the program then does. */
  readonly name: string
  /** The file that has the fault. */
  readonly file: string
  /** Stands once in the file. */
  readonly line: string
  readonly fault: string
  readonly tests: readonly string[]
}

export const plantedBugs: readonly PlantedBug[] = [
  // What a crash leaves
  {
    name: 'takes a commit for durable before its folder is synced',
    file: 'src/io/local-store.ts',
    line: '    await syncFolder(dirname(path))\n  } finally {',
    fault: '  } finally {',
    tests: ['test/unit/io/durable-files.test.ts'],
  },
  {
    name: 'syncs a file after it has its name',
    file: 'src/io/durable-files.ts',
    line: '    await file.sync()\n    return sizeBytes',
    fault: '    return sizeBytes',
    tests: ['test/unit/io/durable-files.test.ts'],
  },
  // Writers next to each other
  {
    name: 'replaces a version that another writer has created',
    file: 'src/io/local-store.ts',
    line: "await (mode === 'create' ? linkTo(unfinished, path) : renameTo(unfinished, path))",
    fault: 'await renameTo(unfinished, path)',
    tests: ['test/unit/io/local-store.test.ts', 'test/unit/catalog/file-catalog.test.ts'],
  },
  {
    name: 'takes a lost answer for a lost race, so that a commit is made twice',
    file: 'src/catalog/exclusive-create.ts',
    line: "return { kind: isOrWas(found, bytes) ? 'created' : 'taken' }",
    fault: "return { kind: 'taken' }",
    tests: ['test/faults/commit-faults.test.ts'],
  },
  {
    name: 'commits again what may have landed',
    file: 'src/catalog/exclusive-create.ts',
    line: "    return { kind: 'unknown', cause }",
    fault: "    return { kind: 'taken' }",
    tests: ['test/faults/commit-faults.test.ts'],
  },
  {
    name: 'compacts files that another commit has taken away',
    file: 'src/write/rewrite-files.ts',
    line: "    if (entry === undefined) return 'an input is gone'",
    fault: '    if (entry === undefined) continue',
    tests: ['test/unit/write/rewrite-files.test.ts', 'test/unit/maintenance/compact-files.test.ts'],
  },
  {
    name: 'compacts files whose rows another commit has deleted',
    file: 'src/write/rewrite-files.ts',
    line: "    if (isToldApart) return 'row-level deletes tell inputs and outputs apart'",
    fault: '',
    tests: ['test/unit/write/rewrite-files.test.ts'],
  },
  {
    name: 'gives moved rows a new sequence number, so that equality deletes miss them',
    file: 'src/write/rewrite-files.ts',
    line: '    dataSequenceNumber,\n',
    fault: '    dataSequenceNumber: null,\n',
    tests: ['test/unit/write/rewrite-files.test.ts'],
  },
  {
    name: 'deletes the outputs of a compaction that may have landed',
    file: 'src/maintenance/compaction-run.ts',
    line: "if (isKind(error, 'conflict')) await removeOutputs",
    fault: 'await removeOutputs',
    tests: ['test/unit/maintenance/compact-files.test.ts'],
  },
  {
    name: 'lets rows that are moved get other ids',
    file: 'src/write/rewrite-file.ts',
    line: 'movesRows: hasRowIds(entry) }',
    fault: 'movesRows: false }',
    tests: ['test/unit/write/row-lineage.test.ts'],
  },
  {
    name: 'validates an overwrite against the last commit only',
    file: 'src/write/conflicts.ts',
    line: '    since.push(snapshot)\n',
    fault: '    if (since.length === 0) since.push(snapshot)\n',
    tests: ['test/unit/write/conflicts.test.ts', 'test/conformance/overwrite-rows.test.ts'],
  },
  {
    name: 'lets an overwrite drop rows that were appended meanwhile',
    file: 'src/write/conflicts.ts',
    line: "(isolation === 'serializable' || removesRows(change)) && mayReplace(replacement, change)",
    fault: 'removesRows(change) && mayReplace(replacement, change)',
    tests: ['test/unit/write/conflicts.test.ts'],
  },
  {
    name: 'lets an overwrite take no notice of rows that were removed meanwhile',
    file: 'src/write/conflicts.ts',
    line: "(isolation === 'serializable' || removesRows(change)) && mayReplace(replacement, change)",
    fault: "isolation === 'serializable' && mayReplace(replacement, change)",
    tests: ['test/unit/write/conflicts.test.ts'],
  },
  {
    name: 'evolves columns that another commit has changed meanwhile',
    file: 'src/write/evolution.ts',
    line: '  if (reason !== null) throw overtaken(state, reason)\n',
    fault: '',
    tests: ['test/unit/write/evolution.test.ts'],
  },
  {
    name: 'takes the version that the hint names for the newest',
    file: 'src/catalog/metadata-versions.ts',
    line: '  while (await versionExists(folder, version + 1)) version += 1\n',
    fault: '',
    tests: ['test/unit/catalog/metadata-versions.test.ts'],
  },
  {
    name: 'asks guards of the version in hand and of no newer one',
    file: 'src/write/commit.ts',
    line: '    state = await guardedState(table, state, options)\n',
    fault: '    if (attempt === 1) state = await guardedState(table, state, options)\n',
    tests: ['test/unit/write/commit.test.ts', 'test/unit/write/transaction.test.ts'],
  },
  {
    name: 'works a change out against the version that lost',
    file: 'src/write/commit.ts',
    line: '    state = await table.refresh(options)\n  }',
    fault: '    await table.refresh(options)\n  }',
    tests: ['test/unit/client/table.test.ts'],
  },
  // What manifests say
  {
    name: 'gives carried files the sequence number of the snapshot that carries them',
    file: 'src/write/remove-rows.ts',
    line: "({ ...entry, status: 'existing' })",
    fault: "({ ...entry, status: 'existing', dataSequenceNumber: slot.sequenceNumber })",
    tests: ['test/conformance/overwrite-rows.test.ts'],
  },
  {
    name: 'loses manifests that have nothing but carried files',
    file: 'src/table/manifest-io.ts',
    line: 'return manifest.addedFiles !== 0 || manifest.existingFiles !== 0',
    fault: 'return manifest.addedFiles !== 0',
    tests: ['test/conformance/overwrite-rows.test.ts', 'test/unit/write/fast-append.test.ts'],
  },
  {
    name: 'gives row ids to deleted files too',
    file: 'src/metadata/first-row-ids.ts',
    line: "if (status === 'deleted' || file.firstRowId !== undefined) return entry",
    fault: 'if (file.firstRowId !== undefined) return entry',
    tests: ['test/unit/metadata/first-row-ids.test.ts'],
  },
  {
    name: 'takes ids of snapshots for floats',
    file: 'src/formats/avro/binary-reader.ts',
    line: '        const zigzag = (BigInt(high) << 35n) | BigInt(low)',
    fault: '        const zigzag = BigInt(high * 2 ** 35 + low)',
    tests: ['test/unit/formats/avro/binary-reader.test.ts'],
  },
  // Values, their order and their bounds
  {
    name: 'rounds toward zero before 1970',
    file: 'src/base/integers.ts',
    line: 'return dividend % divisor < 0n ? quotient - 1n : quotient',
    fault: 'return quotient',
    tests: ['test/unit/base/integers.test.ts', 'test/unit/layout/temporal.test.ts'],
  },
  {
    name: 'cuts strings between the halves of a character',
    file: 'src/types/bounds.ts',
    line: '  for (const character of text) {',
    fault: "  for (const character of text.split('')) {",
    tests: ['test/unit/types/bounds.test.ts'],
  },
  {
    name: 'cuts an upper bound without raising it',
    file: 'src/types/bounds.ts',
    line: 'return codePoint === 0xd7ff ? 0xe000 : codePoint + 1',
    fault: 'return codePoint',
    tests: ['test/unit/types/bounds.test.ts'],
  },
  {
    name: 'hashes decimals as the integers that they are held in',
    file: 'src/layout/bucket.ts',
    line: 'return (unscaled: bigint) => murmur3(bigEndianBytes(unscaled))',
    fault: 'return (unscaled: bigint) => hashLong(unscaled)',
    tests: ['test/unit/layout/bucket.test.ts'],
  },
  {
    name: 'has zero for both bounds of zeros',
    file: 'src/formats/arrow/metrics.ts',
    line: 'if (value === 0 && isFloating(type)) return -0',
    fault: 'if (value === 0 && isFloating(type)) return 0',
    tests: ['test/unit/formats/arrow/metrics.test.ts'],
  },
  {
    name: 'counts words of a decimal without their sign',
    file: 'src/formats/arrow/bounds-tracker.ts',
    line: 'const sign = (words[4 * left + 3] ?? 0) - (words[4 * right + 3] ?? 0)',
    fault: 'const sign = ((words[4 * left + 3] ?? 0) >>> 0) - ((words[4 * right + 3] ?? 0) >>> 0)',
    tests: ['test/unit/formats/arrow/metrics.test.ts'],
  },
  {
    name: 'sorts strings by the halves of characters',
    file: 'src/base/unicode.ts',
    line: 'return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit',
    fault: 'return unit',
    tests: ['test/unit/base/unicode.test.ts', 'test/unit/types/compare.test.ts'],
  },
  {
    name: 'reads 64-bit integers of table metadata as floats',
    file: 'src/base/json-exact.ts',
    line: 'return Number.isSafeInteger(near) ? near : integer',
    fault: 'return near',
    tests: ['test/unit/base/json-exact.test.ts'],
  },
  // What a scan leaves out
  {
    name: 'prunes the day of the literal itself',
    file: 'src/expressions/project-time.ts',
    line: 'return upTo(field, { last: unit(leaf.literal, -1), end: unit(leaf.literal, 0) })',
    fault: 'return upTo(field, { last: unit(leaf.literal, 0) - 1, end: unit(leaf.literal, 0) })',
    tests: ['test/conformance/partition-projection.test.ts'],
  },
  {
    name: 'believes bounds that contradict each other',
    file: 'src/expressions/match-range.ts',
    line: 'if (lower !== null && upper !== null && order(lower, upper) > 0) return unknownRange\n',
    fault: '',
    tests: ['test/unit/expressions/match-metrics.test.ts'],
  },
  {
    name: 'believes pages without looking at their checksums',
    file: 'src/formats/parquet/pages.ts',
    line: 'if (crc !== undefined && intOf(crc) !== pageChecksum(bytes, page)) {',
    fault: 'if (false) {',
    tests: ['test/unit/formats/parquet/reader.test.ts'],
  },
  {
    name: 'reads appended rows again that an overwrite has moved',
    file: 'src/scan/incremental.ts',
    line: "if (snapshot.operation !== 'append') endRun()",
    fault: '',
    tests: ['test/conformance/incremental-appends.test.ts'],
  },
  {
    name: 'takes a manifest that was cut off for a shorter one',
    file: 'src/table/manifest-io.ts',
    line: '    checkWhole(bytes, lengthBytes)\n',
    fault: '',
    tests: ['test/unit/table/manifest-io.test.ts', 'test/faults/damaged-tables.test.ts'],
  },
  // What nobody needs any more
  {
    name: 'lets the snapshots of tags expire',
    file: 'src/metadata/retention.ts',
    line: "  yield ref.snapshotId\n  if (ref.kind === 'tag') return",
    fault: "  if (ref.kind === 'tag') return",
    tests: ['test/unit/metadata/retention.test.ts', 'test/conformance/expiry.test.ts'],
  },
  {
    name: 'removes files before the expiry is committed that they go with',
    file: 'src/maintenance/expiry-change.ts',
    line: '      const { snapshotIds, refs, requirements, updates } = proposed\n',
    fault: `      const { snapshotIds, refs, requirements, updates } = proposed
      const { filesOfExpiry } = await import('./expiry-files.ts')
      const early = (await filesOfExpiry(state, proposed, {})).files.map(({ path }) => path)
      await state.services.store.deleteAll(early)
`,
    tests: ['test/unit/maintenance/expire-snapshots.test.ts'],
  },
  {
    name: 'removes files of an expiry that may not have been committed',
    file: 'src/maintenance/expiry-change.ts',
    line: 'isIn: (metadata) => proposed !== null && isDone(proposed, metadata)',
    fault: 'isIn: () => true',
    tests: ['test/unit/maintenance/expire-snapshots.test.ts'],
  },
  {
    name: 'removes files that only what was planned to stay would need',
    file: 'src/maintenance/expire-snapshots.ts',
    line: '  const expiry = { ...commit, after: state.metadata }',
    fault: '  const expiry = { ...commit, after: { ...state.metadata, snapshots: [] } }',
    tests: ['test/conformance/expiry.test.ts'],
  },
  {
    name: 'takes files for expired that another manifest has now',
    file: 'src/maintenance/expired-files.ts',
    line: '    isNeeded[index] = 1\n',
    fault: '',
    tests: ['test/conformance/expiry.test.ts'],
  },
  {
    name: 'looks for orphans in the version that it had before it listed',
    file: 'src/maintenance/remove-orphans.ts',
    line: '  const state = await table.refresh(reading)\n  checkMayRemoveFiles(state)\n  const linked',
    fault: '  const state = table.state\n  checkMayRemoveFiles(state)\n  const linked',
    tests: ['test/conformance/orphans.test.ts'],
  },
  {
    name: 'removes orphans without looking at the table once more',
    file: 'src/maintenance/remove-orphans.ts',
    line: '    await markAnew(table, removal, reading)\n',
    fault: '',
    tests: ['test/unit/maintenance/remove-orphans.test.ts'],
  },
  {
    name: 'takes manifests for read that could not be read to their end',
    file: 'src/maintenance/reference-marks.ts',
    line: '      if (!this.#seenManifests.has(manifest.path)) seen.manifests.set(manifest.path, manifest)\n',
    fault: `      if (this.#seenManifests.has(manifest.path)) return
      this.#seenManifests.add(manifest.path)
      seen.manifests.set(manifest.path, manifest)
`,
    tests: ['test/unit/maintenance/remove-orphans.test.ts'],
  },
  {
    name: 'takes for part of another table what only begins like it',
    file: 'src/maintenance/plan-orphans.ts',
    line: "return path.startsWith(folder === '/' ? folder : `${folder}/`)",
    fault: 'return path.startsWith(folder)',
    tests: ['test/unit/maintenance/plan-orphans.test.ts'],
  },
  {
    name: 'lets a job go on from a run that was undone once its snapshots expire',
    file: 'src/metadata/carried-standing.ts',
    line: 'if (was !== null) updates.set(key, anchored(was, oldest))',
    fault: 'if (was !== null) continue',
    tests: ['test/unit/metadata/carried-standing.test.ts'],
  },
  // Jobs
  {
    name: 'moves a job on from where another scheduler has moved it',
    file: 'src/jobs/incremental/write-window.ts',
    line: '  tx.guard((fresh) => sameState(findState(fresh, { key: stateKey }), before))\n',
    fault: '',
    tests: ['test/journeys/two-schedulers.test.ts'],
  },
  {
    name: 'goes on from the property of a job that was rolled back',
    file: 'src/metadata/job-standing.ts',
    line: 'return anchor.branch === branch && isInHistory(metadata, history, anchor) ? text : null',
    fault: 'return anchor.branch === branch ? text : null',
    tests: ['test/unit/jobs/state.test.ts'],
  },
  {
    name: 'replaces the files of an export without saying so first',
    file: 'src/jobs/sinks/file-output.ts',
    line: '  await announce(place, replacement, signalOf(context))\n',
    fault: '',
    tests: ['test/unit/jobs/sinks/file-output.test.ts'],
  },
  // Manifests that are written anew
  {
    name: 'gives files whose entries are rewritten the sequence numbers of the rewrite',
    file: 'src/maintenance/rewrite-manifests-write.ts',
    line: "await roller.add({ ...entry, status: 'existing' }, order(last, partition) !== 0)",
    fault:
      "await roller.add({ ...entry, dataSequenceNumber: sequenceNumber, status: 'existing' }, order(last, partition) !== 0)",
    tests: ['test/unit/maintenance/rewrite-manifests.test.ts'],
  },
  {
    name: 'forgets the row ids of files whose entries are rewritten',
    file: 'src/maintenance/rewrite-manifests-write.ts',
    line: "await roller.add({ ...entry, status: 'existing' }, order(last, partition) !== 0)",
    fault:
      "const { firstRowId: _, ...file } = entry.file\n    await roller.add({ ...entry, file, status: 'existing' }, order(last, partition) !== 0)",
    tests: ['test/unit/maintenance/rewrite-manifests.test.ts'],
  },
  {
    name: 'lists files again that another commit took away while manifests were rewritten',
    file: 'src/maintenance/rewrite-manifests-write.ts',
    line: '  return rewritten(planned).every(',
    fault: '  return rowIds.size >= 0 || rewritten(planned).every(',
    tests: ['test/unit/maintenance/rewrite-manifests.test.ts'],
  },
  // Files of other programs
  {
    name: 'takes the partition of values for that of the nulls beside them',
    file: 'src/maintenance/import-partition.ts',
    line: "  if (nullCount !== 0n || lower === null || upper === null || mayHideValues(facts)) return 'unknown'",
    fault: "  if (lower === null || upper === null || mayHideValues(facts)) return 'unknown'",
    tests: ['test/unit/maintenance/import-files.test.ts', 'test/conformance/import.test.ts'],
  },
  {
    name: 'takes the bounds of some row groups for those of an imported file',
    file: 'src/types/outermost-bound.ts',
    line: '    if (bytes === undefined) return null',
    fault: '    if (bytes === undefined) continue',
    tests: ['test/unit/maintenance/import-facts.test.ts'],
  },
  {
    name: 'adds a file that another commit has added meanwhile',
    file: 'src/maintenance/import-commit.ts',
    line: 'if (checkedId !== undefined && parentId !== checkedId) {',
    fault: 'if (checkedId !== undefined && parentId === checkedId) {',
    tests: ['test/unit/maintenance/import-files.test.ts'],
  },
]

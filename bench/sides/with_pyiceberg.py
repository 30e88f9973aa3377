"""PyIceberg's side of appends, scans and reads of what was appended. Argument: what to do, as JSON. Prints what was measured, as JSON."""

import glob
import json
import os
import resource
import shutil
import sys
import time

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.expressions import AlwaysTrue, And, GreaterThanOrEqual, LessThan
from pyiceberg.table import StaticTable

BATCH_ROWS = 65_536
DISTINCT_BATCHES = 4


def main(task):
    prepare, run = {"append": append, "scan": scan, "appends": appends}[task["kind"]](task)
    prepared = prepare()
    start, start_cpu = time.perf_counter(), cpu_seconds()
    rows = run(prepared)
    wall, cpu = time.perf_counter() - start, cpu_seconds() - start_cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"wallMs": wall * 1e3, "cpuMs": cpu * 1e3, "peakBytes": peak, "rows": rows}))


def append(task):
    """The rows that frazil appends, to a new table of the same schema, in one commit."""

    def prepare():
        shutil.rmtree(task["folder"], ignore_errors=True)
        os.makedirs(task["folder"])
        return rides(task)

    def run(rows):
        catalog = SqlCatalog("bench", uri=f"sqlite:///{task['folder']}/catalog.db", warehouse=task["folder"])
        catalog.create_namespace("city")
        properties = {
            "write.parquet.compression-codec": "zstd",
            "write.parquet.row-group-limit": str(task["rowGroupRows"]),
        }
        table = catalog.create_table("city.rides", rows.schema, properties=properties)
        table.append(rows)
        return int(table.current_snapshot().summary["added-records"])

    return prepare, run


def rides(task):
    """A few batches again and again, each time with ids and pickups of their own, as frazil's side makes them."""
    [path, *_] = glob.glob(f"{task['rides']}/data/*.parquet")
    batches = pq.ParquetFile(path).iter_batches(BATCH_ROWS)
    made = pa.Table.from_batches([batch for batch, _ in zip(batches, range(DISTINCT_BATCHES))])
    parts = []
    for start in range(0, task["rows"], made.num_rows):
        part = made.slice(0, min(made.num_rows, task["rows"] - start))
        ids = pa.arange(start, start + part.num_rows)
        part = with_values(part, "id", ids)
        parts.append(with_values(part, "pickup", pc.multiply(ids, 250)))
    return pa.concat_tables(parts)


def with_values(table, name, values):
    index = table.schema.get_field_index(name)
    field = table.schema.field(index)
    return table.set_column(index, field, values.cast(field.type))


def scan(task):
    """Batches of frazil's own table, none of which is kept."""

    def prepare():
        return latest_metadata(task)

    def run(metadata):
        condition = AlwaysTrue()
        if task["filter"] is not None:
            column, low, high = (task["filter"][key] for key in ("column", "low", "high"))
            condition = And(GreaterThanOrEqual(column, low), LessThan(column, high))
        fields = tuple(task["columns"] or ["*"])
        scan = StaticTable.from_metadata(metadata).scan(row_filter=condition, selected_fields=fields)
        return sum(batch.num_rows for batch in scan.to_arrow_batch_reader())

    return prepare, run


def appends(task):
    """The rows of the last appends to frazil's own table, none of which is kept."""

    def prepare():
        return latest_metadata(task)

    def run(metadata):
        table = StaticTable.from_metadata(metadata)
        before = sorted(table.snapshots(), key=lambda snapshot: snapshot.sequence_number)[-1 - task["last"]]
        scan = table.incremental_append_scan(from_snapshot_id_exclusive=before.snapshot_id)
        return sum(batch.num_rows for batch in scan.to_arrow_batch_reader())

    return prepare, run


def latest_metadata(task):
    return max(glob.glob(f"{task['rides']}/metadata/*.metadata.json"), key=os.path.getmtime)


def cpu_seconds():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


main(json.loads(sys.argv[1]))

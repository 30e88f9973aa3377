"""PyIceberg, DuckDB and ClickHouse behind one JSON line each way, so that tests pay for one start of Python.

    python_engines.py ORACLES       the folder of the oracles' own Python modules

Requests (one JSON object a line), each answered with {"ok": true, "answer": ...} or {"ok": false, "error": ...}:

    {"pyiceberg": {"metadata": PATH, "filter": EXPR, "snapshotId": N}}      schema, rows (sorted, canonical JSON)
    {"duckdb": {"metadata": PATH, "where": SQL, "snapshotId": N}}           the same; all but `metadata` are optional
    {"clickhouse": {"metadata": PATH, "where": SQL, "snapshotId": N}}       the same
    {"files": {"metadata": PATH, "snapshotId": N}}
        The live data files: path, spec, number of records, partition values in canonical JSON.
    {"transform": {"transform": "bucket[4]", "type": "decimal(9, 2)", "values": [...]}}
        What PyIceberg makes of canonical values.
    {"copy": {"metadata": PATH, "location": FOLDER, "formatVersion": N, "partitions": [{"column", "transform", "name"}]}}
        Makes a table at the location, appends all rows of another, and gives the place of its newest metadata file.
    {"digests": {"metadata": PATH, "column": NAME}}
        For each day of a timestamp column the number of its rows and the SHA-256 of their canonical texts, sorted, one a
        line. Of columns without nulls, of type long, timestamp and string: a hundred times as fast as the rows in JSON.
"""

import argparse
import datetime
import hashlib
import json
import sys
import traceback
import uuid
from collections import defaultdict
from decimal import Decimal

sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])

import canonical
import oracle
import pyarrow as pa
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.partitioning import UNPARTITIONED_PARTITION_SPEC
from pyiceberg.schema import Schema
from pyiceberg.table import StaticTable
from pyiceberg.transforms import parse_transform
from pyiceberg.types import NestedField

EPOCH = datetime.date(1970, 1, 1)
INSTANT = datetime.datetime(1970, 1, 1)
MICRO = datetime.timedelta(microseconds=1)
MICROS_PER_DAY = 86_400_000_000


def main():
    answers, sys.stdout = sys.stdout, sys.stderr
    for line in sys.stdin:
        ((kind, argument),) = json.loads(line).items()
        try:
            reply = {"ok": True, "answer": REQUESTS[kind](**argument)}
        except Exception as error:  # whatever it is, the caller is told and may go on
            place = traceback.extract_tb(error.__traceback__)[-1]
            reply = {"ok": False, "error": f"{type(error).__name__}: {error} ({place.filename}:{place.lineno})"}
        print(canonical.text(reply), file=answers, flush=True)


def pyiceberg(metadata, filter="true", snapshotId=None):
    return oracle.pyiceberg_read(
        argparse.Namespace(metadata=metadata, filter=filter, snapshot_id=snapshotId, select="*")
    )


def duckdb(metadata, where="true", snapshotId=None):
    return oracle.duckdb_read(argparse.Namespace(metadata=metadata, where=where, snapshot_id=snapshotId))


def clickhouse(metadata, where="true", snapshotId=None):
    return oracle.clickhouse_read(argparse.Namespace(metadata=metadata, where=where, snapshot_id=snapshotId))


def files(metadata, snapshotId=None):
    table = StaticTable.from_metadata(metadata)
    scan = table.scan() if snapshotId is None else table.scan(snapshot_id=snapshotId)
    return [described(table, task.file) for task in scan.plan_files()]


def described(table, file):
    spec = table.specs()[file.spec_id]
    types = [field.field_type for field in spec.partition_type(table.schema()).fields]
    return {
        "path": file.file_path,
        "specId": file.spec_id,
        "records": str(file.record_count),
        "partition": {
            field.name: plain(value, str(type))
            for field, type, value in zip(spec.fields, types, file.partition, strict=True)
        },
    }


def plain(value, type):
    """A value of PyIceberg's own as canonical JSON."""
    if isinstance(value, datetime.datetime):
        value = (value.replace(tzinfo=None) - INSTANT) // MICRO
    elif isinstance(value, datetime.date):
        value = (value - EPOCH).days
    elif isinstance(value, datetime.time):
        value = (datetime.datetime.combine(EPOCH, value) - INSTANT) // MICRO
    elif isinstance(value, uuid.UUID):
        value = value.hex
    return canonical.encode(value, type)


def transform(transform, type, values):
    of = NestedField(1, "value", type).field_type
    apply = parse_transform(transform).transform(of)
    result = str(parse_transform(transform).result_type(of))
    return [plain(None if value is None else apply(own(value, type)), result) for value in values]


def own(value, type):
    """A canonical value as PyIceberg holds it."""
    if type.startswith("decimal"):
        return Decimal(value)
    if type == "uuid":
        return uuid.UUID(hex=value)
    if type == "binary" or type.startswith("fixed"):
        return bytes.fromhex(value)
    return value if type in ("string", "int", "date", "boolean") else int(value)


def copy(metadata, location, formatVersion, partitions):
    source = StaticTable.from_metadata(metadata)
    catalog = SqlCatalog("copies", uri="sqlite:///:memory:", warehouse=location)
    catalog.create_namespace("copies")
    table = catalog.create_table(
        "copies.copy",
        Schema(*source.schema().fields),
        location=location,
        partition_spec=UNPARTITIONED_PARTITION_SPEC,
        properties={"format-version": str(formatVersion)},
    )
    with table.update_spec() as update:
        for field in partitions:
            update.add_field(field["column"], parse_transform(field["transform"]), field["name"])
    table.append(source.scan().to_arrow())
    return table.metadata_location.removeprefix("file://")


def digests(metadata, column):
    days = defaultdict(list)
    for batch in StaticTable.from_metadata(metadata).scan().to_arrow_batch_reader():
        micros = batch.column(column).view(pa.int64()).to_pylist()
        for text, micro in zip(texts(batch), micros):
            days[micro // MICROS_PER_DAY].append(text)
    return [
        {"day": day, "rows": str(len(rows)), "sha256": hashlib.sha256("\n".join(sorted(rows)).encode()).hexdigest()}
        for day, rows in days.items()
    ]


def texts(batch):
    """The canonical texts of the rows: `{"id":"1","name":"d"}`."""
    columns = [spelled(field.name, column) for field, column in zip(batch.schema, batch.columns, strict=True)]
    return ["{" + ",".join(parts) + "}" for parts in zip(*columns, strict=True)]


def spelled(name, column):
    assert column.null_count == 0
    key = json.dumps(name) + ":"
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        known = {value: key + json.dumps(value, ensure_ascii=False) for value in column.unique().to_pylist()}
        return [known[value] for value in column.to_pylist()]
    assert pa.types.is_int64(column.type) or column.type == pa.timestamp("us"), column.type
    return [f'{key}"{value}"' for value in column.view(pa.int64()).to_pylist()]


REQUESTS = {
    function.__name__: function for function in (pyiceberg, duckdb, clickhouse, files, transform, copy, digests)
}

if __name__ == "__main__":
    main()

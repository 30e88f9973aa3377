"""Another engine's view of a table, as canonical JSON (see canonical.py) on standard output.

    oracle pyiceberg-read METADATA [--snapshot-id N] [--filter EXPR] [--select a,b]
        One JSON object: {"schema": [...], "rows": [...]}.

    oracle duckdb-read METADATA [--snapshot-id N] [--where SQL]
        The same from DuckDB's Iceberg extension (after `setup duckdb`).

    oracle clickhouse-read METADATA [--snapshot-id N] [--where SQL]
        The same from ClickHouse (after `setup clickhouse`), whose metadata file must be in the folder of the table.

    oracle spark (--warehouse DIR | --rest URI) [--option KEY=VALUE]... [--checksums] [--memory 2g]
        Starts Spark once, prints {"ok":true,"ready":true,...}, then answers each line of standard input with one line.
        The requests are listed in spark_server.py.

Errors of `pyiceberg-read` go to standard error with exit status 1.
"""

import argparse
import functools
import json
import os
import sys

import canonical


def main():
    parser = argparse.ArgumentParser(
        prog="oracle", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)

    read = commands.add_parser("pyiceberg-read", help="read one table with PyIceberg")
    read.add_argument("metadata", help="path of a metadata.json")
    read.add_argument("--snapshot-id", type=int, help="default: the current snapshot")
    read.add_argument("--filter", default="true", help="a row filter in PyIceberg's expression language")
    read.add_argument("--select", default="*", help="columns, separated by commas")

    for engine in ("DuckDB", "ClickHouse"):
        read = commands.add_parser(f"{engine.lower()}-read", help=f"read one table with {engine}")
        read.add_argument("metadata", help="path of a metadata.json")
        read.add_argument("--snapshot-id", type=int, help="default: the current snapshot")
        read.add_argument("--where", default="true", help="a condition in SQL")

    spark = commands.add_parser("spark", help="serve Spark on standard input and output")
    catalog = spark.add_mutually_exclusive_group(required=True)
    catalog.add_argument("--warehouse", help="folder of a Hadoop catalog")
    catalog.add_argument("--rest", metavar="URI", help="a REST catalog")
    spark.add_argument("--option", action="append", default=[], metavar="KEY=VALUE", help="a catalog property")
    spark.add_argument("--checksums", action="store_true", help="keep Hadoop's .crc files beside local files")
    spark.add_argument("--memory", default="2g", help="heap of the JVM")

    arguments = parser.parse_args()
    if arguments.command == "pyiceberg-read":
        print(canonical.text(pyiceberg_read(arguments)))
    elif arguments.command == "duckdb-read":
        print(canonical.text(duckdb_read(arguments)))
    elif arguments.command == "clickhouse-read":
        print(canonical.text(clickhouse_read(arguments)))
    else:
        from spark_server import serve

        serve(arguments)


def pyiceberg_read(arguments):
    from pyiceberg.table import StaticTable

    table = StaticTable.from_metadata(arguments.metadata)
    scan = table.scan(
        row_filter=arguments.filter,
        selected_fields=tuple(arguments.select.split(",")),
        snapshot_id=arguments.snapshot_id,
    )
    fields = json.loads(scan.projection().model_dump_json())["fields"]
    return answer_of(scan.to_arrow(), fields)


def duckdb_read(arguments):
    import glob

    import duckdb

    fields = fields_of(arguments)
    connection = duckdb.connect()
    for name in ("avro", "iceberg"):  # packages of their own, each with one extension file
        (extension,) = glob.glob(os.path.join(sys.prefix, "lib", "python3*", "site-packages", f"duckdb_extension_{name}", "**", "*.duckdb_extension"), recursive=True)
        connection.load_extension(extension)
    connection.execute("SET TimeZone = 'UTC'")
    snapshot = "" if arguments.snapshot_id is None else f", snapshot_from_id => {arguments.snapshot_id}"
    path = arguments.metadata.replace("'", "''")
    table = connection.execute(f"SELECT * FROM iceberg_scan('{path}'{snapshot}) WHERE {arguments.where}").to_arrow_table()
    return answer_of(table, fields)


def clickhouse_read(arguments):
    import pyarrow as pa

    fields = fields_of(arguments)
    metadata_folder, name = os.path.split(os.path.abspath(arguments.metadata))
    folder, inner = os.path.split(metadata_folder)
    table = f"icebergLocal({quoted(folder)}, SETTINGS iceberg_metadata_file_path = {quoted(os.path.join(inner, name))})"
    snapshot = "" if arguments.snapshot_id is None else f" SETTINGS iceberg_snapshot_id = {arguments.snapshot_id}"
    result = clickhouse(f"SELECT * FROM {table} WHERE {arguments.where}{snapshot}")
    return answer_of(pa.ipc.open_file(result).read_all(), fields)


def clickhouse(query):
    connection = clickhouse_connection()
    try:
        return connection.query(query, "Arrow").bytes()
    except Exception:  # what the query has written by then would stand before the next answer
        connection.close()
        clickhouse_connection.cache_clear()
        raise


@functools.cache
def clickhouse_connection():
    """One for the process, which has no room for two; it reads only what is below the folder that the process is in."""
    import chdb

    os.chdir("/")
    connection = chdb.connect(":memory:")
    connection.query("SET session_timezone = 'UTC'")
    connection.query("SET optimize_move_to_prewhere = 0")  # it fails on columns of a struct that got more of them
    connection.query("CREATE FUNCTION IF NOT EXISTS isnan AS value -> isNaN(value)")  # as other engines call it
    return connection


def quoted(text):
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def fields_of(arguments):
    """The columns of the snapshot that is asked for, as the metadata file has them."""
    import gzip

    with open(arguments.metadata, "rb") as file:
        content = file.read()
    metadata = json.loads(gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content)
    schema_id = metadata.get("current-schema-id")
    for snapshot in metadata.get("snapshots", []):
        if snapshot["snapshot-id"] == arguments.snapshot_id:
            schema_id = snapshot.get("schema-id", schema_id)
    schemas = metadata.get("schemas") or [metadata["schema"]]
    return next((s for s in schemas if s.get("schema-id") == schema_id), schemas[-1])["fields"]


def answer_of(table, fields):
    rows = canonical.rows_of(table, fields)
    return {"schema": [[field["name"], field["type"]] for field in fields], "rows": canonical.sort_rows(rows)}


if __name__ == "__main__":
    try:
        main()
    except Exception as error:  # one line for a test log; the kind of the error says most
        sys.exit(f"oracle: {type(error).__name__}: {error}")

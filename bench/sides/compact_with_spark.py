"""Spark's side of a compaction. Argument: what to do, as JSON. Prints what was measured, as JSON."""

import json
import os
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../test/oracles"))
import spark_server
from with_spark import cpu_seconds, peak_bytes

# The JVM compiles while it runs: a second run is what a service that stays up has.
RUNS = 2
MEMORY = "4g"


def main(task):
    # Spark and its JVM print to standard output too.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    with tempfile.TemporaryDirectory(prefix="frazil-bench-spark-") as scratch:
        spark = spark_server.start(scratch=scratch, warehouse=task["warehouse"], memory=MEMORY)
        for _ in range(RUNS):
            measured = compact(spark, task["order"])
        spark.stop()
    print(json.dumps(measured), file=answers, flush=True)


def compact(spark, order):
    [[before]] = spark.sql("SELECT snapshot_id FROM city.rides.refs WHERE name = 'main'").collect()
    how = "strategy => 'binpack'" if order is None else f"strategy => 'sort', sort_order => '{order}'"
    jvm = spark.sparkContext._gateway.proc.pid
    start, start_cpu = time.perf_counter(), cpu_seconds(jvm)
    spark.sql(f"CALL ice.system.rewrite_data_files(table => 'city.rides', {how})")
    wall, cpu = time.perf_counter() - start, cpu_seconds(jvm) - start_cpu
    [[rows]] = spark.sql(
        "SELECT summary['added-records'] FROM city.rides.snapshots ORDER BY committed_at DESC LIMIT 1"
    ).collect()
    written = [path for [path] in spark.sql("SELECT file_path FROM city.rides.files").collect()]
    spark.sql(f"CALL ice.system.rollback_to_snapshot('city.rides', {before})")
    for path in written:
        os.remove(path.removeprefix("file:"))
    return {"wallMs": wall * 1e3, "cpuMs": cpu * 1e3, "peakBytes": peak_bytes(jvm), "rows": int(rows)}


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))

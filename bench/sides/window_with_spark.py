"""Spark's side of a window. Argument: what to do, as JSON. Prints what was measured, as JSON."""

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
# As many as there are days: Spark writes a file a task and partition.
TASKS = 31
MEMORY = "4g"


def main(task):
    # Spark and its JVM print to standard output too.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    with tempfile.TemporaryDirectory(prefix="frazil-bench-spark-") as scratch:
        spark = spark_server.start(scratch=scratch, warehouse=task["warehouse"], memory=MEMORY)
        spark.conf.set("spark.sql.shuffle.partitions", str(TASKS))
        spark.conf.set("spark.sql.sources.partitionOverwriteMode", "dynamic")
        for _ in range(RUNS):
            measured = window(spark, task)
        spark.stop()
    print(json.dumps(measured), file=answers, flush=True)


def window(spark, task):
    from pyspark.sql.functions import partitioning

    spark.sql("DROP TABLE IF EXISTS city.rides_by_day PURGE")
    empty = spark.table("city.rides").limit(0)
    create = empty.writeTo("city.rides_by_day").using("iceberg").partitionedBy(partitioning.days("pickup"))
    create.tableProperty("write.metadata.compression-codec", "gzip").create()
    spark.sql("ALTER TABLE city.rides_by_day WRITE DISTRIBUTED BY PARTITION LOCALLY ORDERED BY pickup DESC")
    jvm = spark.sparkContext._gateway.proc.pid
    start, start_cpu = time.perf_counter(), cpu_seconds(jvm)
    condition = f"pickup > timestamp_ntz'{task['start']}' AND pickup <= timestamp_ntz'{task['end']}'"
    spark.sql(f"INSERT OVERWRITE city.rides_by_day SELECT * FROM city.rides WHERE {condition}")
    wall, cpu = time.perf_counter() - start, cpu_seconds(jvm) - start_cpu
    [[rows]] = spark.sql(
        "SELECT summary['added-records'] FROM city.rides_by_day.snapshots ORDER BY committed_at DESC LIMIT 1"
    ).collect()
    return {"wallMs": wall * 1e3, "cpuMs": cpu * 1e3, "peakBytes": peak_bytes(jvm), "rows": int(rows)}


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))

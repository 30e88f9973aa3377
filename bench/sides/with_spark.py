"""Spark's side of a copy into sorted days. Argument: what to do, as JSON. Prints what was measured, as JSON."""

import json
import os
import resource
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../test/oracles"))
import spark_server

# The JVM compiles while it runs: a second run is what a service that stays up has.
RUNS = 2
TASKS = 30
MEMORY = "4g"


def main(task):
    # Spark and its JVM print to standard output too.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    with tempfile.TemporaryDirectory(prefix="frazil-bench-spark-") as scratch:
        spark = spark_server.start(scratch=scratch, warehouse=task["warehouse"], memory=MEMORY)
        spark.conf.set("spark.sql.shuffle.partitions", str(TASKS))
        for _ in range(RUNS):
            measured = copy(spark)
        spark.stop()
    print(json.dumps(measured), file=answers, flush=True)


def copy(spark):
    from pyspark.sql.functions import partitioning

    spark.sql("DROP TABLE IF EXISTS city.days PURGE")
    empty = spark.table("city.rides").limit(0)
    empty.writeTo("city.days").using("iceberg").partitionedBy(partitioning.days("pickup")).create()
    spark.sql("ALTER TABLE city.days WRITE DISTRIBUTED BY PARTITION LOCALLY ORDERED BY fare")
    jvm = spark.sparkContext._gateway.proc.pid
    start, start_cpu = time.perf_counter(), cpu_seconds(jvm)
    spark.sql("INSERT INTO city.days SELECT * FROM city.rides")
    wall, cpu = time.perf_counter() - start, cpu_seconds(jvm) - start_cpu
    [[rows]] = spark.sql("SELECT summary['added-records'] FROM city.days.snapshots ORDER BY committed_at DESC LIMIT 1").collect()
    return {"wallMs": wall * 1e3, "cpuMs": cpu * 1e3, "peakBytes": peak_bytes(jvm), "rows": int(rows)}


def cpu_seconds(jvm):
    """Of the JVM and of this process, in user mode and the system's."""
    with open(f"/proc/{jvm}/stat") as stat:
        fields = stat.read().rpartition(")")[2].split()
    own = resource.getrusage(resource.RUSAGE_SELF)
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK") + own.ru_utime + own.ru_stime


def peak_bytes(jvm):
    with open(f"/proc/{jvm}/status") as status:
        [line] = [line for line in status if line.startswith("VmHWM:")]
    return int(line.split()[1]) * 1024


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))

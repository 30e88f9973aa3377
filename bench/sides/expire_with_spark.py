"""Spark's side of an expiry. Argument: what to do, as JSON. Prints what was measured, as JSON."""

import json
import os
import shutil
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
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
            shutil.rmtree(task["warehouse"])
            shutil.copytree(task["kept"], task["warehouse"], copy_function=os.link)
            measured = expire(spark)
        spark.stop()
    print(json.dumps(measured), file=answers, flush=True)


def expire(spark):
    jvm = spark.sparkContext._gateway.proc.pid
    start, start_cpu = time.perf_counter(), cpu_seconds(jvm)
    [counts] = spark.sql(
        "CALL ice.system.expire_snapshots(table => 'city.rides', older_than => current_timestamp(), retain_last => 1)"
    ).collect()
    wall, cpu = time.perf_counter() - start, cpu_seconds(jvm) - start_cpu
    removed = sum(count for count in counts if count is not None)
    return {"wallMs": wall * 1e3, "cpuMs": cpu * 1e3, "peakBytes": peak_bytes(jvm), "rows": removed}


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))

"""The live data files of a table as PyIceberg lists them, as JSON: path, number of records, partition values."""

import datetime
import json
import sys

from pyiceberg.table import StaticTable


def plain(value):
    """Values as canonical JSON has them, of the types that partitions of the tests have."""
    if isinstance(value, datetime.date):
        return (value - datetime.date(1970, 1, 1)).days
    return value


files = StaticTable.from_metadata(sys.argv[1]).inspect.files().to_pylist()
json.dump(
    [
        {
            "path": file["file_path"],
            "records": str(file["record_count"]),
            "partition": {name: plain(value) for name, value in (file["partition"] or {}).items()},
        }
        for file in files
    ],
    sys.stdout,
)

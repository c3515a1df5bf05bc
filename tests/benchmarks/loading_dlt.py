"""The same CSV files loaded by dlt, as its users load files: source, reader, destination.

``read_csv`` is the reader that dlt's documentation shows for CSV files in a folder; with
``frames`` pandas reads each file and dlt takes the frame as it is, which is quicker. Text stays
text in both, as in our landing zone; neither checks or keys anything. Run by the benchmark as
``loading_dlt.py FOLDER INTO [frames]``, in the environment of the peers; answers with the rows
that arrived.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import dlt
import pandas as pd
from dlt.extract import DltResource
from dlt.sources.filesystem import FileItemDict, filesystem, read_csv


def encoding_of(file: Path) -> str:
    """Agencies' files are UTF-8 or GB18030."""
    try:
        with file.open(encoding="utf-8") as text:
            while text.read(1 << 20):
                pass
    except UnicodeDecodeError:
        return "gb18030"
    return "utf-8"


@dlt.resource(name="rows", write_disposition="append")
def frames(folder: Path) -> Iterator[pd.DataFrame]:
    for file in sorted(folder.rglob("*.csv")):
        yield pd.read_csv(file, encoding=encoding_of(file), dtype="str")


def read_files(folder: Path) -> list[DltResource]:
    """One resource per encoding, since the reader takes one for all its files."""
    files = filesystem(bucket_url=folder.as_uri(), file_glob="**/*.csv")
    return [
        (
            files.with_name(encoding).add_filter(partial(is_in, encoding))
            | read_csv(encoding=encoding, dtype="str")
        )
        .with_name(f"rows_{encoding}")
        .apply_hints(table_name="rows")
        for encoding in ("utf-8", "gb18030")
    ]


def is_in(encoding: str, file: FileItemDict) -> bool:
    return encoding_of(Path(file.local_file_path)) == encoding


def load(folder: Path, into: Path, *, by_frames: bool) -> int:
    """Rows that arrived as Parquet below ``into``."""
    # dlt's usual names keep nothing of Chinese headers
    dlt.config["schema.naming"] = "direct"
    pipeline = dlt.pipeline(
        pipeline_name="loading",
        pipelines_dir=str(into / "state"),
        destination=dlt.destinations.filesystem(
            bucket_url=(into / "loaded").as_uri(), warn_unsafe_layout_separators=False
        ),
        dataset_name="landed",
    )
    found = frames(folder) if by_frames else read_files(folder)
    pipeline.run(found, loader_file_format="parquet")
    return int(pipeline.last_trace.last_normalize_info.row_counts["rows"])


if __name__ == "__main__":
    count = load(Path(sys.argv[1]), Path(sys.argv[2]), by_frames="frames" in sys.argv[3:])
    sys.stdout.write(json.dumps({"rows": count}) + "\n")

"""CSV files to load: what the counties' systems would export of a city, every unit and year.

Run by the benchmark as ``csv_files.py FACTOR DROP``; once the simulator delivers a larger feed as
CSV, the benchmark takes those files instead.
"""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path

from ingestion.sample_agencies.copies import open_copies, write_whole_ledgers
from ingestion.sample_agencies.ledger_lines import make_lines
from ingestion.sample_agencies.world import make_world

SEED = 20230101


def write(factor: float, drop: Path) -> int:
    """How many rows the files hold."""
    copies = math.ceil(factor)
    world = make_world(factor / copies, SEED, "2023-01", "2025-12")
    lines = make_lines(world)
    with open_copies(world, copies, drop / ".spill") as engine:
        files = write_whole_ledgers(engine, world, lines, drop, copies)
    return sum(len(file.lines) * copies for file in files)


if __name__ == "__main__":
    sys.stdout.write(json.dumps({"rows": write(float(sys.argv[1]), Path(sys.argv[2]))}) + "\n")

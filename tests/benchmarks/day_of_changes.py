"""A day at the platform: one enrolment in a thousand is corrected.

Only the hours that somebody attended are, which no target counts, so that the truth of the sample
still holds and every round has the same to do. Each such day follows the last one on which anything
changed, as days do: what a pull asks for once more is of one day then. Run by the benchmark as
``day_of_changes.py DATABASE DAY``; another day corrects other rows.
"""

from __future__ import annotations

import json
import sqlite3
import sys
from datetime import datetime, timedelta
from pathlib import Path

SHARE = 1000


def change(database: Path, day: int) -> int:
    """How many rows were corrected."""
    with sqlite3.connect(database) as connection:
        ((last,),) = connection.execute("select max(aae036) from enrolment").fetchall()
        next_day = datetime.fromisoformat(last) + timedelta(days=1)
        corrected = connection.execute(
            "update enrolment set aae036 = ?, attended_hours = cast(attended_hours as integer) + 1 "
            "where rowid % ? = ?",
            (f"{next_day:%Y-%m-%d %H:%M:%S}", SHARE, day % SHARE),
        )
        return corrected.rowcount


if __name__ == "__main__":
    sys.stdout.write(json.dumps({"rows": change(Path(sys.argv[1]), int(sys.argv[2]))}) + "\n")

"""How much memory the engine may take: enough for a province on a laptop, never all there is.

Left to itself DuckDB keeps what it has read until four fifths of the machine's memory are taken, so
that a larger machine shows a larger peak, and whatever runs beside it has what is left. What does
not fit spills to disk. Containers and other bounds that DuckDB knows of are kept.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final

import duckdb

GIB: Final = 1 << 30
#: While tables are built. Ten Zunyis take half of it.
BUILDING: Final = 6 * GIB
#: While a version is written and looked through: tables go by, and nothing has to stay.
PUBLISHING: Final = 2 * GIB

_SIZE: Final = re.compile(r"(?P<number>[0-9.]+) (?P<unit>bytes|[KMGT]iB)")
_UNITS: Final = {"bytes": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": GIB, "TiB": 1 << 40}


def memory_limit(size: int) -> str:
    """So many bytes, or what DuckDB would take by itself if that is less, in DuckDB's words."""
    return f"{min(size, _own_limit()) >> 20}MiB"


@cache
def _own_limit() -> int:
    """What DuckDB takes at most where nobody says anything, in bytes."""
    with duckdb.connect() as connection:
        ((told,),) = connection.execute("select current_setting('memory_limit')").fetchall()
    found = _SIZE.fullmatch(told)
    if found is None:
        raise ValueError(f"DuckDB tells its limit of memory in words that are not known: {told}")
    return int(float(found["number"]) * _UNITS[found["unit"]])

"""The hash of a batch's rows that knows them again."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cache
from typing import Final

import numpy as np
import pyarrow as pa

from ingestion.checks.checked import Checked
from ingestion.contract import FeedContract
from ingestion.text_arrays import hashes, in_one_piece, mixed

#: What a rejected row is known again by.
_TOLD: Final = ("record_key", "column_name", "reasons")


class CanonicalHash:
    """Knows the same rows again, whatever their order, file format or place in the file.

    Every row has 128 bits, made of the hashes of its texts, and all rows are added up: parts may
    come in any order, and a row twice counts twice. The arithmetic is our own, so that what has
    landed is known again under any version of any library; a test holds its value.
    """

    def __init__(self, contract: FeedContract) -> None:
        self._names = contract.landed_names()
        self._sums = {"landed": (0, 0, 0), "rejected": (0, 0, 0)}

    def add(self, checked: Checked) -> None:
        """Take further rows in."""
        self._add("landed", checked.landed, self._names)
        self._add("rejected", checked.rejected, _TOLD)

    def hexdigest(self) -> str:
        """What all rows so far come to."""
        words = [*self._names, "", *(f"{n} {a:x} {b:x}" for n, a, b in self._sums.values())]
        return hashlib.sha256("\n".join(words).encode()).hexdigest()

    def _add(self, what: str, table: pa.Table, names: Sequence[str]) -> None:
        rows, first, second = self._sums[what]
        halves = np.zeros((2, table.num_rows), dtype=np.uint64)
        for name in names:
            found = hashes(in_one_piece(table.column(name)))
            for half, factor in zip(halves, _factors(name), strict=True):
                np.add(half, found * factor, out=half)
        with np.errstate(over="ignore"):
            sums = [int(mixed(half).sum(dtype=np.uint64)) for half in halves]
        self._sums[what] = (
            rows + table.num_rows,
            (first + sums[0]) % (1 << 64),
            (second + sums[1]) % (1 << 64),
        )


def canonical_hash(checked: Checked, contract: FeedContract) -> str:
    """The hash of rows that are all there."""
    found = CanonicalHash(contract)
    found.add(checked)
    return found.hexdigest()


@cache
def _factors(column: str) -> tuple[np.uint64, np.uint64]:
    """Two odd numbers for a column, so that the same text in another one counts differently."""
    digest = hashlib.sha256(column.encode()).digest()
    first, second = (int.from_bytes(digest[at : at + 8], "big") | 1 for at in (0, 8))
    return np.uint64(first), np.uint64(second)

"""Which records of a batch came before: by hashes of their keys, however many there are."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingestion.text_arrays import Hashes, Rows, hashes


class Seen:
    """Knows a key again that stood in an earlier row, by two hashes of 64 bits.

    Keys that only ever rise, as an export in the order of its numbers brings them, repeat nothing:
    their hashes are put aside until another order comes. Then they lie in sorted runs, of which
    neighbours are joined when they are of like size.
    """

    def __init__(self) -> None:
        self._runs: list[tuple[Hashes, Hashes]] = []
        self._aside: list[tuple[Hashes, Hashes]] = []
        #: The last key while all have risen, else None.
        self._greatest: str | None = ""

    def repeats(self, keys: pa.StringArray) -> Rows:
        """True for each row whose key stood in an earlier row, now or before."""
        found = np.zeros(len(keys), dtype=bool)
        first, second = hashes(keys), hashes(keys, seed=1)
        if self._rise(keys):
            self._aside.append((first, second))
            return found
        self._sort_what_rose()
        order = np.argsort(first, kind="stable")
        first, second = first[order], second[order]
        found[order[1:]] = (first[1:] == first[:-1]) & (second[1:] == second[:-1])
        for known, more in self._runs:
            at = np.minimum(np.searchsorted(known, first), len(known) - 1)
            found[order] |= (known[at] == first) & (more[at] == second)
        fresh = ~found[order]
        self._add(first[fresh], second[fresh])
        return found

    def _rise(self, keys: pa.StringArray) -> bool:
        """Whether each key is greater than all before it, here and in earlier parts."""
        if self._greatest is None or not len(keys):
            return self._greatest is not None
        rises = keys[0].as_py() > self._greatest and pc.all(pc.greater(keys[1:], keys[:-1])).as_py()
        self._greatest = keys[-1].as_py() if rises else None
        return self._greatest is not None

    def _sort_what_rose(self) -> None:
        if self._aside:
            first, second = (np.concatenate(parts) for parts in zip(*self._aside, strict=True))
            order = np.argsort(first)
            self._aside = []
            self._add(first[order], second[order])

    def _add(self, first: Hashes, second: Hashes) -> None:
        if not len(first):
            return
        while self._runs and len(self._runs[-1][0]) < 2 * len(first):
            known, more = self._runs.pop()
            first, second = np.concatenate([known, first]), np.concatenate([more, second])
            order = np.argsort(first, kind="stable")
            first, second = first[order], second[order]
        self._runs.append((first, second))

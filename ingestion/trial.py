"""A trial: what would become of a file if it were delivered now.

Reader, unit, period and checks are those of a delivery. It refuses to store anything, and needs no
secret; what landed before is not looked at.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pyarrow as pa

from ingestion.batches import Draft, Drafts, draft_batches
from ingestion.checks import REJECTED_SCHEMA
from ingestion.contract import FeedContract
from ingestion.personal_numbers import without_numbers
from ingestion.printable import printable
from ingestion.readers import read
from ingestion.reasons import Breach
from ingestion.vault import KeyRing


@dataclass(frozen=True)
class Trial:
    """What would become of a file: nothing of it is stored."""

    feed: str
    name: str
    breach: Breach | None = None
    drafts: Drafts | None = field(default=None, repr=False)
    format: str | None = None
    encoding: str | None = None

    @property
    def batches(self) -> tuple[Draft, ...]:
        """What would land, one draft per scope."""
        return self.drafts.batches if self.drafts else ()

    @property
    def notes(self) -> tuple[str, ...]:
        return tuple(map(without_numbers, self.drafts.notes)) if self.drafts else ()

    def rejected(self) -> pa.Table:
        """Every row that would be rejected, as ``ingestion.checks.REJECTED_SCHEMA``."""
        tables = [draft.checked.rejected for draft in self.batches]
        return pa.concat_tables(tables) if tables else REJECTED_SCHEMA.empty_table()


def try_file(
    path: Path,
    contract: FeedContract,
    *,
    now: datetime,
    hints: Sequence[str] | None = None,
) -> Trial:
    """Read and check a file as if it had been delivered now; nothing is stored, no secret needed.

    ``hints`` stand for the folders below the feed's; without them those of ``path`` count where
    it lies in such a folder. Whether the file is much smaller than the last one is not looked at.
    """
    place, shown = path.resolve(), without_numbers(printable(path.name))
    if hints is None:
        hints = _folders_below_feed(place, contract)
    contract = contract.by_file or contract
    keys = KeyRing(os.urandom(32), version=1)
    try:
        reading = read(place, contract, path.name)
        drafts = draft_batches(
            reading,
            contract,
            keys,
            name=path.name,
            hints=(*hints, path.stem),
            delivered_at=now,
        )
    except Breach as breach:
        return Trial(contract.name, shown, breach.without_numbers())
    return Trial(
        contract.name, shown, drafts=drafts, format=reading.format, encoding=reading.encoding
    )


def _folders_below_feed(path: Path, contract: FeedContract) -> tuple[str, ...]:
    """The folders between ``<agency>/<feed>`` and the file, none when it lies elsewhere."""
    folders = path.parent.parts
    for i in range(len(folders) - 1, 0, -1):
        if folders[i - 1 : i + 1] == (contract.agency, contract.feed):
            return folders[i + 1 :]
    return ()

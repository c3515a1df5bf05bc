"""The batch as a whole: counts of what became of its rows, and when it is refused as it is."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from ingestion.checks.checked import Checked
from ingestion.contract import FeedContract
from ingestion.reasons import Breach, BreachCode, SkipReason


@dataclass
class Tally:
    """What became of the rows of one batch so far, by number."""

    landed: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    skipped: Counter[SkipReason] = field(default_factory=Counter)
    watermark: str | None = None

    def add(self, checked: Checked) -> None:
        """Count further rows."""
        self.landed += checked.rows_landed
        self.reasons.update(checked.rejected.column("reason").to_pylist())
        self.skipped += checked.skipped
        marks = (self.watermark, checked.watermark)
        self.watermark = max((mark for mark in marks if mark), default=None)

    @property
    def rejected(self) -> int:
        return self.reasons.total()

    @property
    def rows_of_data(self) -> int:
        return self.landed + self.rejected


def refuse_unacceptable(
    found: Checked | Tally, contract: FeedContract, where: str, *, is_increment: bool
) -> None:
    """Raises Breach when no batch may look like this: empty, out of band, nothing to land.

    An increment of changed records may be of any size, and may hold rejected rows only.
    """
    if is_increment:
        return
    if isinstance(found, Checked):
        tally = Tally()
        tally.add(found)
        found = tally
    band, rows = contract.delivery.rows, found.rows_of_data
    if rows == 0 and band.minimum > 0:
        raise Breach(
            BreachCode.DELIVERY_EMPTY,
            where,
            "the header is there, but no data row below it. Send the file with its rows.",
        )
    if not band.minimum <= rows <= band.maximum:
        raise Breach(
            BreachCode.ROWS_OUT_OF_BAND,
            where,
            f"{rows} data rows, where {band.minimum} to {band.maximum} are agreed. Send the "
            "whole table, or have the band changed in the feed's contract.",
        )
    if rows and not found.landed:
        first = found.reasons.most_common(1)[0][0]
        raise Breach(
            BreachCode.ALL_ROWS_REJECTED,
            where,
            f"all {rows} data rows are rejected, most often for {first}. "
            "Try the file with `skills check`, correct it and send it again.",
        )

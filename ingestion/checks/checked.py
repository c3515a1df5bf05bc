"""A batch before and after its check: tables of raw text in, tables of what lands and why not.

``rows`` of a sheet come from the readers; what is checked goes to the landing zone, to quarantine
and to the vault. Plain data: nothing is judged here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from ingestion.cells import CellContext, MoneyUnit
from ingestion.reasons import SkipReason

#: One row of quarantine: a pointer, never a value. ``record_digest`` is a key under the secret
#: that knows the same rejected record again.
REJECTED_SCHEMA: Final = pa.schema(
    [
        ("sheet", pa.string()),
        ("row_number", pa.int64()),
        ("record_key", pa.string()),
        ("column_name", pa.string()),
        ("reason", pa.string()),
        ("reasons", pa.string()),
        ("record_digest", pa.string()),
    ]
)
#: Plain values for the vault, by kind and key.
SECRETS_SCHEMA: Final = pa.schema(
    [("kind", pa.string()), ("key", pa.int64()), ("plaintext", pa.string())]
)

SHEET: Final = "_sheet"


@dataclass(frozen=True)
class Sheet:
    """One table of a delivery with what its cells' meaning depends on.

    ``rows`` has a string column per mapped contract column and the reader's own columns.
    """

    name: str
    rows: pa.Table
    #: The delivery's year, for dates without one.
    year: int | None = None
    date_1904: bool = False
    #: The unit in the title, and per column the one in its header.
    money_unit: MoneyUnit | None = None
    money_units: Mapping[str, MoneyUnit] = field(default_factory=dict)

    def cell_context(self, column: str) -> CellContext:
        unit = self.money_units.get(column) or self.money_unit
        return CellContext(year=self.year, money_unit=unit, date_1904=self.date_1904)


@dataclass(frozen=True)
class Checked:
    """What became of the rows of one batch."""

    #: ``contract.landed_names()`` as text, then ``_sheet`` and ``_row_number``.
    landed: pa.Table
    #: As ``REJECTED_SCHEMA``.
    rejected: pa.Table
    skipped: Counter[SkipReason]
    #: As ``SECRETS_SCHEMA``: what goes to the vault.
    secrets: pa.Table = field(repr=False)
    #: Greatest change time among all rows, rejected ones included.
    watermark: str | None = None

    @property
    def rows_landed(self) -> int:
        return int(self.landed.num_rows)

    @property
    def rows_rejected(self) -> int:
        return int(self.rejected.num_rows)

    @property
    def rows_skipped(self) -> int:
        return self.skipped.total()

    @property
    def rows_of_data(self) -> int:
        """Rows that are records, whether they land or not."""
        return self.rows_landed + self.rows_rejected

    def without(self, landed: pa.Array, rejected: pa.Array, reason: SkipReason) -> Checked:
        """The same, less the rows where these masks are true, which count as skipped."""
        kept = self.landed.filter(pc.invert(landed))
        left = self.rejected.filter(pc.invert(rejected))
        gone = self.rows_of_data - kept.num_rows - left.num_rows
        skipped = self.skipped + Counter({reason: gone})
        return Checked(kept, left, skipped, self.secrets, self.watermark)

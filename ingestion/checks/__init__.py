"""Tables of raw text x contract: what lands, what is rejected and why, and when to refuse all.

Pure: tables in, tables out. Each distinct cell text is parsed once and mapped back, so that no
Python code runs per row of a large feed. What is rejected is pointed at (sheet, row, column,
reason), never quoted. It refuses to repair: a cell that can be read in two ways is a reason.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date

import pyarrow as pa

from ingestion.checks.acceptance import Tally, refuse_unacceptable
from ingestion.checks.canonical import CanonicalHash, canonical_hash
from ingestion.checks.checked import REJECTED_SCHEMA, SECRETS_SCHEMA, SHEET, Checked, Sheet
from ingestion.checks.records import record_keys
from ingestion.checks.rows import Checker
from ingestion.contract import FeedContract
from ingestion.reasons import SkipReason
from ingestion.vault import KeyRing

__all__ = [
    "REJECTED_SCHEMA",
    "SECRETS_SCHEMA",
    "SHEET",
    "CanonicalHash",
    "Checked",
    "Checker",
    "Sheet",
    "Tally",
    "canonical_hash",
    "check",
    "record_keys",
    "refuse_unacceptable",
]


def check(
    sheets: Sequence[Sheet], contract: FeedContract, keys: KeyRing, *, delivered_on: date
) -> Checked:
    """Judge every row of the sheets that make one batch.

    A row with any reason is rejected whole. Of rows with the same key the first lands and the
    later ones are rejected as KEY_DUPLICATE. ``delivered_on`` is the day at which ages are taken.
    """
    checker = Checker(contract, keys, delivered_on=delivered_on)
    parts = [checker.check(sheet) for sheet in sheets]
    return Checked(
        landed=pa.concat_tables([_spelled_out(part.landed) for part in parts]),
        rejected=pa.concat_tables([part.rejected for part in parts]),
        skipped=sum((part.skipped for part in parts), Counter[SkipReason]()),
        secrets=pa.concat_tables([part.secrets for part in parts]),
        watermark=max((part.watermark for part in parts if part.watermark), default=None),
    )


def _spelled_out(table: pa.Table) -> pa.Table:
    """The same table, its texts without dictionaries."""
    return pa.table(
        {
            name: column.cast(pa.string()) if pa.types.is_dictionary(column.type) else column
            for name, column in zip(table.column_names, table.columns, strict=True)
        }
    )

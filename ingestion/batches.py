"""From a delivery as read to drafts of batches: one per scope that the delivery speaks for.

A workbook may hold a sheet per county (several scopes) or a sheet per month (one scope); sheets
of one scope make one batch. Pure: it decides nothing about what landed before. It refuses a
delivery of which any part is unacceptable, so that a county never lands half.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import pyarrow.compute as pc

from ingestion.checks import Checked, Checker, Sheet, Tally, check, refuse_unacceptable
from ingestion.contract import FeedContract
from ingestion.periods import Period, local_day, period_of
from ingestion.personal_numbers import without_numbers
from ingestion.places import unit_of
from ingestion.printable import printable
from ingestion.readers import SKIP, Reading, SheetTable, Stream
from ingestion.reasons import Breach, BreachCode, SkipReason
from ingestion.vault import KeyRing


@dataclass(frozen=True)
class Scope:
    """What a batch speaks for."""

    unit_code: str | None
    period: Period | None
    #: The parts that the contract names, such as ``520382|2024``; '' for the whole feed.
    key: str

    @property
    def rank(self) -> int:
        """The furthest rank of a scope is the truth."""
        return self.period.rank if self.period else 0


@dataclass(frozen=True)
class Draft:
    """What one delivery says about one scope."""

    scope: Scope
    #: Rows of its sheets as read, whatever becomes of them.
    rows_delivered: int
    checked: Checked


@dataclass(frozen=True)
class Drafts:
    """A delivery, judged."""

    batches: tuple[Draft, ...]
    #: Rows of all tables as read.
    rows_delivered: int
    #: Rows of tables that hold no data (totals, footers), which belong to no batch.
    beside: Counter[SkipReason]
    notes: tuple[str, ...]


def draft_batches(
    reading: Reading,
    contract: FeedContract,
    keys: KeyRing,
    *,
    name: str,
    hints: Sequence[str],
    delivered_at: datetime,
    is_increment: bool = False,
) -> Drafts:
    """Find unit and period of every table, judge all rows, gather them by scope.

    ``hints`` are the folders below the feed's and the file's stem. Raises Breach.
    """
    filled = [table for table in reading.tables if _rows_of_data(table)]
    tables = filled or list(reading.tables[:1])
    if not tables:
        raise Breach(BreachCode.DELIVERY_EMPTY, name, "it holds no table. Send it with its rows.")
    empty = [table for table in reading.tables if not any(table is taken for taken in tables)]

    groups: dict[str, list[tuple[Scope, SheetTable]]] = {}
    for table in tables:
        scope = _scope(
            table, contract, hints, delivered_at, _where(name, table), len(reading.tables) > 1
        )
        groups.setdefault(scope.key, []).append((scope, table))

    shown = _shown_names(reading.tables)
    drafts: list[Draft] = []
    for parts in groups.values():
        furthest = max((scope for scope, _ in parts), key=lambda scope: scope.rank)
        year = furthest.period.end.year if furthest.period else None
        checked = check(
            [_sheet(table, shown[table.sheet], year) for _, table in parts],
            contract,
            keys,
            delivered_on=local_day(delivered_at),
        )
        where = _where(name, parts[0][1]) if len(groups) > 1 else name
        refuse_unacceptable(checked, contract, where, is_increment=is_increment)
        rows = sum(table.rows.num_rows for _, table in parts)
        drafts.append(Draft(furthest, rows, checked))
    notes = [f"sheet '{table.sheet}' holds no data rows" for table in empty]
    beside = sum((_skips(table) for table in empty), Counter[SkipReason]())
    rows = sum(table.rows.num_rows for table in reading.tables)
    return Drafts(tuple(drafts), rows, beside, (*reading.notes, *notes))


class StreamedDraft:
    """The one batch of a delivery that is read piece by piece."""

    def __init__(
        self,
        stream: Stream,
        contract: FeedContract,
        keys: KeyRing,
        *,
        name: str,
        hints: Sequence[str],
        at: datetime,
    ) -> None:
        """Find the period. Raises Breach."""
        self._stream = stream
        self._contract = contract
        self._name = name
        self.scope = _scope(stream.first, contract, hints, at, name, is_one_of_several=False)
        self._checker = Checker(contract, keys, delivered_on=local_day(at))

    def pieces(self) -> Iterator[tuple[int, Checked]]:
        """Pieces of the table in its order: how many rows were delivered, and what became of them.

        Raises Breach, and NotPlainError when the delivery must be read as a whole.
        """
        year = self.scope.period.end.year if self.scope.period else None
        for rows in self._stream.pieces():
            table = replace(self._stream.first, rows=rows)
            yield rows.num_rows, self._checker.check(_sheet(table, "", year))

    def refuse_unacceptable(self, tally: Tally, *, is_increment: bool) -> None:
        """Raises Breach when no batch may look like this."""
        refuse_unacceptable(tally, self._contract, self._name, is_increment=is_increment)


def _rows_of_data(table: SheetTable) -> int:
    return int(table.rows.column(SKIP).null_count)


def _skips(table: SheetTable) -> Counter[SkipReason]:
    counted = pc.drop_null(table.rows.column(SKIP)).value_counts().to_pylist()
    return Counter({SkipReason(item["values"]): item["counts"] for item in counted})


def _where(name: str, table: SheetTable) -> str:
    return f"{name}, sheet '{table.sheet}'" if table.sheet else name


def _shown_names(tables: Sequence[SheetTable]) -> dict[str, str]:
    """The name under which each sheet is known from here on, without numbers of people."""
    names = dict.fromkeys(table.sheet for table in tables)
    return {
        name: shown
        if (hidden := without_numbers(shown := printable(name))) == shown
        else f"{hidden} ({place})"
        for place, name in enumerate(names, start=1)
    }


def _sheet(table: SheetTable, name: str, year: int | None) -> Sheet:
    return Sheet(
        name=name,
        rows=table.rows,
        year=year,
        date_1904=table.date_1904,
        money_unit=table.facts.money_unit,
        money_units=table.money_units,
    )


def _scope(
    table: SheetTable,
    contract: FeedContract,
    hints: Sequence[str],
    delivered_at: datetime,
    where: str,
    is_one_of_several: bool,
) -> Scope:
    unit = None
    if contract.delivery.unit is not None:
        unit = unit_of(
            contract.delivery.unit,
            unit_texts=table.facts.unit_texts,
            sheet=table.sheet,
            hints=hints,
            titles=table.facts.title_texts,
            where=where,
        )
    period = period_of(
        contract,
        sheet=table.sheet,
        titles=table.facts.title_texts,
        hints=hints,
        delivered_on=local_day(delivered_at),
        where=where,
        is_one_of_several=is_one_of_several,
    )
    parts: list[str] = []
    for part in contract.delivery.scope:
        match part:
            case "unit":
                parts.append(unit or "")
            case "year":
                parts.append(f"{period.end.year}" if period else "")
            case "quarter":
                parts.append(f"Q{(period.end.month + 2) // 3}" if period else "")
            case "month":
                parts.append(f"{period.end.month:02d}" if period else "")
    return Scope(unit, period, "|".join(parts))

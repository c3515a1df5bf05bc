"""Does every layout that a clerk may choose land what it says, and nothing else?

Ledgers are made up from seeds, with their truth. A record that lands must say what was written,
cell by cell; a total, a title or a faulty record must never land; a right one must.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from campaign import chosen, repeated
from clerks import KEYS
from layouts import DELIVERED_AT, Ledger, ledger
from returns import quarterly_return, stock

from ingestion.batches import Drafts, draft_batches
from ingestion.readers import Reading, read
from ingestion.readers.cell_text import row_of
from ingestion.readers.grid import Line, Merge
from ingestion.readers.grid import Sheet as Grid
from ingestion.readers.headers import HeaderMatcher
from ingestion.readers.layout import find_header, is_settled
from ingestion.readers.tables import read_sheets
from ingestion.reasons import Breach, BreachCode
from ingestion.sample_agencies.workbooks import (
    Sheet,
    Text,
    biff_bytes,
    html_bytes,
    text_bytes,
    xlsx_bytes,
)

Maker = Callable[[int], Ledger]
Writer = Callable[[Ledger], bytes]

BLOCK: Final = 50
FILES: Final = 10
_MAKERS: Final[dict[str, Maker]] = {"ledger": ledger, "return": quarterly_return, "stock": stock}
_BLOCKS: Final = [
    *(("ledger", number) for number in range(240)),
    *(("return", number) for number in range(80)),
    *(("stock", number) for number in range(40)),
]
_FORMS: Final = ("xlsx", "xls", "html", "csv", "gb18030.csv", "utf-16.tsv")
_FILE_BLOCKS: Final = [(form, number) for number in range(34) for form in _FORMS]


@pytest.mark.promise("random layouts land exactly what they say", 20_000)
@pytest.mark.parametrize(("kind", "block"), chosen(_BLOCKS, 12))
def test_a_random_layout_lands_exactly_what_it_says(
    kind: str, block: int, record_property: Callable[[str, object], None]
) -> None:
    for seed in range(block * BLOCK, (block + 1) * BLOCK):
        _hold(_MAKERS[kind](seed), _from_grid)
    record_property("cases", BLOCK)


@pytest.mark.promise("random layouts land exactly what they say", 20_000)
@pytest.mark.parametrize(("form", "block"), chosen(_FILE_BLOCKS, 6))
def test_a_random_layout_says_the_same_in_every_format(
    form: str, block: int, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    for seed in range(block * FILES, (block + 1) * FILES):
        path = tmp_path / f"{seed}.{form}"
        one = _made(form, seed)
        path.write_bytes(_bytes(form, one))
        _hold(one, lambda made, path=path: read(path, made.contract, path.name))
    record_property("cases", FILES)


@pytest.mark.parametrize("kind", _MAKERS)
def test_a_header_that_is_settled_stays_the_header_whatever_follows(kind: str) -> None:
    """Each sheet, and the same rows below it once more, is looked at as far as every line."""
    settled = 0
    for seed in range(repeated(40, 2_000)):
        made = _MAKERS[kind](seed)
        matcher = HeaderMatcher(made.contract)
        for sheet in map(_grid, made.sheets):
            last = sheet.lines[-1].number
            below = [line._replace(number=line.number + last) for line in sheet.lines]
            lines = [*sheet.lines, *below]
            whole = find_header(lines, sheet.merges, made.contract, matcher)
            for count in range(1, len(lines)):
                header = find_header(lines[:count], sheet.merges, made.contract, matcher)
                if is_settled(header, count):
                    settled += 1
                    assert header == whole, (kind, seed, count)
    assert settled


def _made(form: str, seed: int) -> Ledger:
    """Formats without types or merges get ledgers without."""
    if form in ("xlsx", "xls"):
        return ledger(seed)
    return ledger(seed, is_typed=False, may_merge=False)


def _bytes(form: str, one: Ledger) -> bytes:
    match form:
        case "xlsx":
            return xlsx_bytes(one.sheets)
        case "xls":
            return biff_bytes(one.sheets)
        case "html":
            return html_bytes(one.sheets[0], "utf-8")
        case "csv":
            return text_bytes(_quotable(one.sheets[0]), Text("utf-8-sig"))
        case "gb18030.csv":
            return text_bytes(_quotable(one.sheets[0]), Text("gb18030"))
        case _:
            return text_bytes(_quotable(one.sheets[0]), Text("utf-16", "\t"))


def _quotable(sheet: Sheet) -> list[list[Any]]:
    """Cells without what that writer does not quote."""
    return [
        [
            cell.replace('="', "").replace('"', "").replace("\n", " ").replace("\t", "")
            if isinstance(cell, str)
            else cell
            for cell in row
        ]
        for row in sheet.rows
    ]


def _from_grid(one: Ledger) -> Reading:
    sheets = [_grid(sheet) for sheet in one.sheets if not sheet.is_hidden]
    tables, notes = read_sheets(sheets, one.contract, "台账.xlsx")
    return Reading(tables, "xlsx", None, notes)


def _grid(sheet: Sheet) -> Grid:
    lines = [
        Line(number, *row_of(["" if cell is None else cell for cell in row]))
        for number, row in enumerate(sheet.rows, start=1)
    ]
    merges = tuple(
        Merge(top + 1, left, bottom + 1, right) for top, left, bottom, right in sheet.merged
    )
    return Grid(sheet.name, lines, merges)


def _hold(one: Ledger, reading: Callable[[Ledger], Reading]) -> None:
    """Hold what lands against the truth. Messages name seed and place, never a value."""
    drafts = _drafts(one, reading)
    if isinstance(drafts, Breach):
        refusal = (one.seed, drafts.code, drafts.message)
        assert drafts.code is BreachCode.ALL_ROWS_REJECTED, refusal
        assert not one.truth, refusal
        return
    wrong = [*_unequal(one, drafts), *_uncounted(drafts)]
    assert not wrong, (one.seed, wrong[:5])


def _drafts(one: Ledger, reading: Callable[[Ledger], Reading]) -> Drafts | Breach:
    try:
        return draft_batches(
            reading(one),
            one.contract,
            KEYS,
            name="台账.xlsx",
            hints=one.hints,
            delivered_at=DELIVERED_AT,
        )
    except Breach as breach:
        return breach


def _unequal(one: Ledger, drafts: Drafts) -> Iterator[tuple[str, object]]:
    """Every difference between what landed and what was written."""
    missing = set(one.truth)
    for draft in drafts.batches:
        for row in draft.checked.landed.to_pylist():
            place = (row.pop("_sheet") or one.sheets[0].name, row.pop("_row_number"))
            truth = one.truth.get(place)
            if truth is None:
                what = "a faulty record" if place in one.faulty else "no record"
                yield f"{what} landed", place
                continue
            missing.discard(place)
            yield from (
                (f"column {name}", place) for name, value in row.items() if value != truth.get(name)
            )
    yield from (("a right record did not land", place) for place in sorted(missing))


def _uncounted(drafts: Drafts) -> Iterator[tuple[str, object]]:
    """Batches whose rows do not add up."""
    rows = drafts.beside.total()
    for number, draft in enumerate(drafts.batches):
        found = draft.checked
        rows += draft.rows_delivered
        if draft.rows_delivered != found.rows_landed + found.rows_rejected + found.rows_skipped:
            yield "rows do not add up in batch", number
    if rows != drafts.rows_delivered:
        yield "rows do not add up", rows

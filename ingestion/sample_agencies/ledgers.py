"""County ledgers as files: every unit and month, in the unit's own layout.

Cells are rendered once per unit and year; the file of a month picks the lines that stand in
that month and lays them out. What is recorded beside the files (which line stands on which
sheet and row, how many rows are no records) comes from laying out, not from reading back.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, timezone
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Final

import numpy as np

from ingestion.sample_agencies.catalog import (
    AREA_INDEX,
    AREAS,
    INDUSTRY_WORDS,
    LEVEL_SPELLINGS,
    PERSON_TYPES,
    PROGRAMMES,
)
from ingestion.sample_agencies.faults import (
    CELL_FAULTS,
    DELIVERY_FAULTS,
    DUPLICATE,
    DeliveryFault,
    SpoiltRow,
)
from ingestion.sample_agencies.house_styles import (
    STYLES,
    Arrangement,
    DateForm,
    HouseStyle,
)
from ingestion.sample_agencies.ledger_lines import LedgerLines, id_texts
from ingestion.sample_agencies.people import Ints, Texts
from ingestion.sample_agencies.workbooks import (
    Cell,
    Sheet,
    Text,
    book_bytes,
    encrypted_package,
    header_rows,
    put,
    text_bytes,
    xlsx_bytes,
)
from ingestion.sample_agencies.world import COMPLETED, World

FEED: Final = "county/training_ledgers"
_LOCAL: Final = timezone(timedelta(hours=8))
_NUMERALS: Final = "一二三四五六七八九十"
#: Yuan per head by level; the last one is for special abilities.
SUBSIDIES: Final = np.array([1000, 1500, 2000, 3000, 800])


@dataclass(frozen=True)
class LedgerFile:
    """One file in the drop folder, and what is known of it before anybody reads it."""

    name: str  # relative to the feed's folder
    area: int
    year: int
    month: int
    delivered_at: datetime
    #: Code with which it must be refused.
    breach: str | None
    #: The same rows as an earlier file.
    is_repeat: bool
    #: Indices of the lines it holds, with their sheet and 1-based row.
    lines: Ints
    sheets: Texts
    rows: Ints
    #: Rows below the headers that are no records.
    skipped: int
    #: How often each line stands in it, each time for somebody else: in a larger city's only.
    copies: int = 1


@dataclass(frozen=True)
class _Layout:
    sheets: list[Sheet]
    #: Sheet name and 1-based row of each line, in the order given.
    sheet_of: list[str]
    row_of: list[int]
    skipped: int


# --- cells ------------------------------------------------------------------------------------


def _date_cells(days: Sequence[date], form: DateForm) -> list[Cell]:
    render: dict[DateForm, Callable[[date], Cell]] = {
        "iso": lambda d: d.isoformat(),
        "slash": lambda d: f"{d.year}/{d.month}/{d.day}",
        "dot": lambda d: f"{d.year}.{d.month}.{d.day}",
        "compact": lambda d: f"{d:%Y%m%d}",
        "chinese": lambda d: f"{d.year}年{d.month}月{d.day}日",
        "month": lambda d: f"{d.year}年{d.month}月",
        "short_dot": lambda d: f"{d.year % 100}.{d.month}.{d.day}",
        "no_year": lambda d: f"{d.month}月{d.day}日",
        "serial": lambda d: (d - date(1899, 12, 30)).days,
        "serial_text": lambda d: str((d - date(1899, 12, 30)).days),
        "cell": lambda d: d,
        "stamp": lambda d: f"{d.isoformat()} 00:00:00",
    }
    return [render[form](day) for day in days]


def _range_cells(starts: Sequence[date], ends: Sequence[date], style: HouseStyle) -> list[Cell]:
    match style.ranges:
        case "dots":
            return [f"{a:%Y.%m.%d}-{b:%m.%d}" for a, b in zip(starts, ends, strict=True)]
        case "chinese":
            return [
                f"{a.year}年{a.month}月{a.day}日至{b.month}月{b.day}日"
                for a, b in zip(starts, ends, strict=True)
            ]


def _money_cells(yuan: Sequence[int], style: HouseStyle) -> list[Cell]:
    match style.money:
        case "number":
            return list(yuan)
        case "comma":
            return [f"{value:,.2f}" for value in yuan]
        case "yuan":
            return [f"{value}元" for value in yuan]
        case "sign":
            return [f"￥{value}" for value in yuan]
        case "per_head":
            return [f"{value} 元/人" for value in yuan]
        case "wan_number":
            return [value / 10_000 for value in yuan]


def _number_cells(numbers: Sequence[int], style: HouseStyle, unit: str) -> list[Cell]:
    match style.numbers:
        case "number":
            return list(numbers)
        case "text":
            return [str(value) for value in numbers]
        case "unit":
            return [f"{value}{unit}" for value in numbers]


def _id_cells(texts: Sequence[str], style: HouseStyle) -> list[Cell]:
    match style.ids:
        case "plain":
            return list(texts)
        case "equals":
            return [f'="{text}"' for text in texts]
        case "tab":
            return [f"{text}\t" for text in texts]
        case "apostrophe":
            return [f"'{text}" for text in texts]


@dataclass(frozen=True)
class _Page:
    """Lines of one unit and year, with what their cells are made of."""

    style: HouseStyle
    lines: LedgerLines
    world: World
    ids: Texts
    course: Ints
    person: Ints
    level: Ints
    starts: list[date]
    ends: list[date]


def _level_cells(page: _Page) -> list[Cell]:
    words = [spelling[page.style.level_spelling] for spelling in LEVEL_SPELLINGS]
    return [words[rank] if rank >= 0 else None for rank in page.level.tolist()]


def _industry_cells(page: _Page) -> list[Cell]:
    words = {code: names[0] for code, names in INDUSTRY_WORDS.items()}
    return [words.get(code) for code in page.world.courses.declared[page.course].tolist()]


def _certificate_cells(page: _Page) -> list[Cell]:
    numbers = page.world.trainings.certificate_no[page.lines.training].tolist()
    finished = (page.lines.completion == COMPLETED).tolist()
    return [number if ok and number else None for number, ok in zip(numbers, finished, strict=True)]


_CELLS: Final[dict[str, Callable[[_Page], list[Cell]]]] = {
    "person_name": lambda page: [*page.world.people.name[page.person]],
    "person_id_no": lambda page: _id_cells(page.ids.tolist(), page.style),
    "person_phone": lambda page: [*page.world.people.phone[page.person]],
    "person_type": lambda page: [PERSON_TYPES[n % len(PERSON_TYPES)] for n in page.person.tolist()],
    "sex": lambda page: ["男女"[n % 2] if n % 5 else None for n in page.person.tolist()],
    "occupation": lambda page: [*page.lines.occupation],
    "level": _level_cells,
    "institution_name": lambda page: [
        *page.world.institutions.name[page.world.courses.institution[page.course]]
    ],
    "class_no": lambda page: [f"第{n % 40 + 1}期" for n in page.course.tolist()],
    "industry": _industry_cells,
    "started_on": lambda page: _date_cells(page.starts, page.style.dates),
    "ended_on": lambda page: _date_cells(page.ends, page.style.dates),
    "training_dates": lambda page: _range_cells(page.starts, page.ends, page.style),
    "training_hours": lambda page: _number_cells(page.lines.hours.tolist(), page.style, "课时"),
    "completion": lambda page: [page.style.completion[n] for n in page.lines.completion.tolist()],
    "certificate_no": _certificate_cells,
    "subsidy_cny": lambda page: _money_cells(SUBSIDIES[page.level].tolist(), page.style),
    "employer_phone": lambda page: [f"0000{n % 10_000_000:08d}" for n in page.person.tolist()],
}


def _render(lines: LedgerLines, ids: Texts, style: HouseStyle, world: World) -> list[list[Cell]]:
    """One list of cells per column of the style; columns nobody fills stay blank."""
    course = world.trainings.course[lines.training]
    page = _Page(
        style=style,
        lines=lines,
        world=world,
        ids=ids,
        course=course,
        person=world.trainings.person[lines.training],
        level=world.courses.level[course],
        starts=lines.started_on.tolist(),
        ends=lines.ended_on.tolist(),
    )
    columns = [
        _CELLS[column](page) if column in _CELLS else [None] * len(lines)
        for column in style.columns
    ]
    spoilt = np.flatnonzero((lines.fault >= 0) & (lines.fault != DUPLICATE))
    for place in spoilt.tolist():
        fault = CELL_FAULTS[int(lines.fault[place])]
        number = world.people.id_no[page.person[place]]
        row = SpoiltRow(number, page.starts[place], page.ends[place])
        columns[style.columns.index(fault.column)][place] = fault.spoil(row)
    return columns


# --- layout -----------------------------------------------------------------------------------


class _Writer:
    """Collects the rows of one sheet."""

    def __init__(self, style: HouseStyle, name: str) -> None:
        self.style = style
        self.name = name
        self.rows: list[list[Cell]] = []
        self.merged: list[tuple[int, int, int, int]] = []
        #: 1-based rows of the records.
        self.places: list[int] = []
        self.skipped = 0

    def row(self, *cells: Cell) -> None:
        self.rows.append([*cells, *[None] * (len(self.style.headers) - len(cells))])

    def top(self, year: int, month: int, day: date, unit: str) -> None:
        """Title and 填报单位 rows."""
        if self.style.title:
            last = len(self.style.headers) - 1
            self.merged.append((len(self.rows), 0, len(self.rows), last))
            period = f"{year}年1月" if month == 1 else f"{year}年1-{month}月"
            self.row(self.style.title.format(unit=unit, period=period))
        if self.style.unit_row:
            text = self.style.unit_row.format(day=f"{day.year}年{day.month}月{day.day}日")
            parts = text.split("|")
            cells: list[Cell] = [None] * len(self.style.headers)
            for place, part in enumerate(parts):
                cells[place * (len(cells) - 1) // max(len(parts) - 1, 1)] = part
            self.rows.append(cells)

    def header(self) -> None:
        rows, merged = header_rows([path for _, path in self.style.headers], len(self.rows))
        self.rows.extend(rows)
        self.merged.extend(merged)

    def no_record(self, *cells: Cell) -> None:
        """A row below the header that is no record."""
        self.row(*cells)
        self.skipped += 1

    def total(self, word: str, count: int) -> None:
        if self.style.columns[0] == "seq":
            self.no_record(word, f"{count}人")
        else:
            self.no_record(word)

    def records(self, rows: Sequence[list[Cell]]) -> None:
        """Data rows; equal institutions merge downwards where that is the habit."""
        first = len(self.rows)
        for place, row in enumerate(rows):
            if self.style.columns[0] == "seq":
                row[0] = place + 1
            self.rows.append(row)
            self.places.append(len(self.rows))
        if self.style.merges_institutions:
            self._merge_equal(self.style.columns.index("institution_name"), first)

    def _merge_equal(self, column: int, first: int) -> None:
        values = [row[column] for row in self.rows[first:]]
        edges = [n for n, value in enumerate(values) if n == 0 or value != values[n - 1]]
        for top, below in zip(edges, [*edges[1:], len(values)], strict=True):
            if below - top > 1:
                self.merged.append((first + top, column, first + below - 1, column))
                for row in self.rows[first + top + 1 : first + below]:
                    row[column] = None


#: Rows of one group (a month or a programme), in order.
_Block = tuple[int, list[list[Cell]]]


class _Book:
    """Collects the sheets of one file."""

    def __init__(self, style: HouseStyle, month: tuple[int, int], day: date, unit: str) -> None:
        self.style = style
        self.top = (*month, day, unit)
        self.writers: list[_Writer] = []

    def begin(self, name: str) -> _Writer:
        """A new sheet with its title, unit row and header."""
        writer = _Writer(self.style, name)
        writer.top(*self.top)
        writer.header()
        self.writers.append(writer)
        return writer


def _list(book: _Book, blocks: Sequence[_Block]) -> None:
    rows = [row for _, block in blocks for row in block]
    writer = book.begin("台账")
    writer.records(rows)
    if book.style.has_total:
        writer.total("合计", len(rows))


def _sheet_per_month(book: _Book, blocks: Sequence[_Block]) -> None:
    records = dict(blocks)
    for month in range(1, book.top[1] + 1):
        writer = book.begin(f"{month}月")
        writer.records(records.get(month, []))
        writer.total("小计", len(records.get(month, [])))


def _stacked_months(book: _Book, blocks: Sequence[_Block]) -> None:
    writer = book.begin("明细")
    for turn, (_, block) in enumerate(blocks):
        if turn:
            writer.no_record()
            before = len(writer.rows)
            writer.header()
            writer.skipped += len(writer.rows) - before
        writer.records(block)


def _grouped(book: _Book, blocks: Sequence[_Block]) -> None:
    writer = book.begin("台账")
    for turn, (programme, block) in enumerate(blocks):
        words = INDUSTRY_WORDS.get(PROGRAMMES[programme].name, ("其他",))
        writer.no_record(f"{_NUMERALS[turn]}、{words[0]}类")
        writer.records(block)
        writer.total("小计", len(block))
    writer.total("合计", sum(len(block) for _, block in blocks))


_ARRANGEMENTS: Final[dict[Arrangement, Callable[[_Book, Sequence[_Block]], None]]] = {
    "list": _list,
    "sheet_per_month": _sheet_per_month,
    "stacked_months": _stacked_months,
    "grouped": _grouped,
}


def _lay_out(book: _Book, rows: Sequence[list[Cell]], groups: Sequence[int]) -> _Layout:
    """Rows, which come sorted by group, into sheets."""
    pairs = zip(groups, rows, strict=True)
    blocks = [(group, [row for _, row in own]) for group, own in groupby(pairs, itemgetter(0))]
    _ARRANGEMENTS[book.style.arrangement](book, blocks)
    writers = book.writers
    if writers and book.style.has_footer:
        writers[-1].no_record("制表人：样例", None, None, "审核人：样例")
    if writers and book.style.has_blank_tail:
        for _ in range(30):
            writers[-1].row()
    sheets = [Sheet(writer.name, writer.rows, writer.merged) for writer in writers]
    if book.style.has_hidden_sheet:
        sheets.append(Sheet("代码表", [["代码", "名称"], ["1", "合格"]], is_hidden=True))
    return _Layout(
        sheets,
        [writer.name for writer in writers for _ in writer.places],
        [row for writer in writers for row in writer.places],
        sum(writer.skipped for writer in writers),
    )


# --- files ------------------------------------------------------------------------------------


def delivery_time(area: int, year: int, month: int) -> datetime:
    """When the ledger of a month arrives: in the first days of the next."""
    first = date(year + month // 12, month % 12 + 1, 1)
    day = first + timedelta(days=2 + (area * 5 + month * 3) % 8)
    return datetime(day.year, day.month, day.day, 9 + area % 8, (area * 7) % 60, tzinfo=_LOCAL)


@dataclass(frozen=True)
class _YearBook:
    """One unit's year: rendered cells of every line, and how to group them."""

    style: HouseStyle
    area: int
    year: int
    lines: LedgerLines
    own: Ints  # indices among all lines
    cells: list[list[Cell]]
    groups: Ints

    def standing(self, month: int) -> Ints:
        """Lines of a month's ledger, in the order in which the layout lists them."""
        found = self.lines.stands_in(self.area, self.year, month)
        if self.style.arrangement == "list":
            return found
        return found[np.argsort(self.groups[found], kind="stable")]


def write_ledgers(world: World, lines: LedgerLines, drop: Path) -> list[LedgerFile]:
    """Write every ledger file; returns them by unit and month. No file for a month of nothing."""
    faults = _placed_faults(world, lines)
    ids = id_texts(lines, world)
    files: list[LedgerFile] = []
    for style in STYLES:
        area = AREA_INDEX[style.area_code]
        for year in world.years:
            own = np.flatnonzero((lines.area == area) & (lines.year == year))
            if not len(own):
                continue
            book = _year_book(style, area, year, lines.take(own), own, ids[own], world)
            for month in (m + 1 for y, m in world.months if y == year):
                if len(standing := book.standing(month)):
                    fault = faults.get((area, year, month))
                    files.extend(_write_month(drop / FEED, book, month, standing, fault))
    return files


def _year_book(
    style: HouseStyle, area: int, year: int, lines: LedgerLines, own: Ints, ids: Texts, world: World
) -> _YearBook:
    columns = _render(lines, ids, style, world)
    cells = [list(row) for row in zip(*columns, strict=True)]
    course = world.trainings.course[lines.training]
    groups = (
        world.courses.programme[course]
        if style.arrangement == "grouped"
        else lines.ended_on.astype("M8[M]").astype(int) % 12 + 1
    )
    return _YearBook(style, area, year, lines, own, cells, groups)


def _placed_faults(world: World, lines: LedgerLines) -> dict[tuple[int, int, int], DeliveryFault]:
    """Where each delivery fault falls: at its share of the time line, or on the next file."""
    found: dict[tuple[int, int, int], DeliveryFault] = {}
    last = len(world.months) - 1
    for fault in DELIVERY_FAULTS:
        area = AREA_INDEX[fault.area_code]
        for year, month in world.months[round(fault.share * last) :]:
            slot = (area, year, month + 1)
            standing = lines.stands_in(*slot)
            # a file that shrinks must have a longer one before it
            before = lines.stands_in(area, year, month) if month else standing[:0]
            enough = len(before) >= 10 if fault.name.startswith("shrunk") else len(standing) >= 3
            if enough and slot not in found:
                found[slot] = fault
                break
    return found


def _write_month(
    folder: Path, book: _YearBook, month: int, standing: Ints, fault: DeliveryFault | None
) -> list[LedgerFile]:
    kind = fault.name if fault else ""
    style = book.style
    if kind.startswith("shrunk"):
        standing = standing[: max(1, len(standing) // 5)]
    if kind == "empty":
        standing = standing[:0]
    if kind == "missing column":
        unnamed = tuple((c, ("情况说明",) if c == "completion" else h) for c, h in style.headers)
        style = replace(style, headers=unnamed)
    if kind == "other unit":
        style = replace(style, unit_row="填报单位：习水县")
    arrived = delivery_time(book.area, book.year, month)
    if kind == "late":
        arrived += timedelta(days=70)
    layout = _lay_out(
        _Book(style, (book.year, month), arrived.date(), AREAS[book.area].name),
        [list(book.cells[place]) for place in standing.tolist()],
        book.groups[standing].tolist(),
    )
    file = LedgerFile(
        name=_file_name(style, book.year, month),
        area=book.area,
        year=book.year,
        month=month,
        delivered_at=arrived,
        breach=fault.breach if fault else None,
        is_repeat=False,
        lines=book.own[standing],
        sheets=np.array(layout.sheet_of, dtype=object),
        rows=np.array(layout.row_of, dtype=np.int64),
        skipped=layout.skipped,
    )
    put(folder / file.name, _spoilt(_content(style, layout), kind), arrived)
    if kind == "shrunk with a reason":
        reason = folder / f"{file.name}.reason.txt"
        put(reason, "样例数据：核减重复填报的人员，下月恢复全量。".encode(), arrived)
    if kind != "sent again":
        return [file]
    again = replace(
        file,
        name=file.name.replace(style.suffix, f"(1){style.suffix}"),
        delivered_at=arrived + timedelta(days=2),
        is_repeat=True,
    )
    content = xlsx_bytes(layout.sheets, saved_at=again.delivered_at)
    put(folder / again.name, content, again.delivered_at)
    return [file, again]


def _file_name(style: HouseStyle, year: int, month: int) -> str:
    name = style.file_name.format(year=year, month=month)
    if month == 1:
        name = name.replace("1-1月", "1月").replace("1—1月", "1月")
    return f"{style.folder}/{year}年/{name}{style.suffix}"


def _content(style: HouseStyle, layout: _Layout) -> bytes:
    match style.written_as:
        case Text() as text:
            return text_bytes(layout.sheets[0].rows, text)
        case book:
            return book_bytes(layout.sheets, book, style.html_encoding)


def _spoilt(content: bytes, kind: str) -> bytes:
    """The file as it arrives."""
    match kind:
        case "truncated":
            return content[: len(content) * 3 // 5]
        case "password":
            return encrypted_package()
        case "a picture":
            return b"\x89PNG\r\n\x1a\n" + content[-512:]
        case "mixed encodings":
            lines = content.decode("gb18030").split("\r\n")
            half = len(lines) // 2
            # three characters in UTF-8 and a comma are no GB18030
            lines[half - 1] = lines[half - 1].replace(",", ",补录者,", 1)
            return (
                "\r\n".join(lines[: half - 1]).encode("gb18030")
                + "\r\n".join(["", *lines[half - 1 :]]).encode()
            )
        case _:
            return content

"""Deliveries whose header, rows or sheets are not what was agreed."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from typing import Final

import openpyxl
import xlsxwriter

from hostile.goods import MARK, Cell, Good, Row, book_of, number_of
from hostile.variants import variant

Rows = Sequence[Sequence[Cell]]


@variant
def header(good: Good, argument: str) -> bytes:
    """Another header over the same records."""
    return good.having(*_HEADERS[argument](good)).content()


@variant
def header_cell(good: Good, argument: str) -> bytes:
    """One header text replaced: ``old=new``."""
    old, _, new = argument.partition("=")
    return good.having(*_renamed(good, old, new)).content()


@variant
def extra_column(good: Good, argument: str) -> bytes:
    """A column more, with a text beside every record, under this header."""
    rows = [(*good.header, _EXTRA_HEADERS.get(argument, argument))]
    rows += [(*row, f"{MARK}备注") for row in good.records]
    return good.having(*rows).content()


@variant
def extra_columns(good: Good, argument: str) -> bytes:
    """So many columns more, without a value."""
    count = int(argument)
    rows = [(*good.header, *(f"列{at}" for at in range(count)))]
    rows += [(*row, *[None] * count) for row in good.records]
    return good.having(*rows).content()


@variant
def rows(good: Good, argument: str) -> bytes:
    """Rows that are no records, or that are there twice, or not at all."""
    return good.having(*_ROWS[argument](good)).content()


@variant
def title(good: Good, argument: str) -> bytes:
    """A title row above the header that says something else than the file's name."""
    return good.having((argument,), *good.rows).content()


@variant
def endless_text(good: Good, argument: str) -> bytes:
    """A text of 200,000 characters that patterns may try in endless ways: ``where text``.

    It stands above the header, below it, or in the key of a record.
    """
    where, _, pattern = argument.partition(" ")
    text = (pattern.replace("_", " ") * 200_000)[:200_000] + "!"
    match where:
        case "above":
            return good.having((text,), *good.rows).content()
        case "below":
            return good.having(*good.rows, (text,)).content()
        case _:
            at = good.at(where)
            row = (*good.rows[2][:at], text, *good.rows[2][at + 1 :])
            return good.having(*good.rows[:2], row, *good.rows[3:]).content()


@variant
def sheets(good: Good, argument: str) -> bytes:
    """A workbook with more sheets than the one."""
    return _SHEETS[argument](good)


@variant
def hidden_sheet(good: Good, argument: str) -> bytes:
    """Sheets that the agency does not see, with records of their own."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        for name in (good.sheet, "旧数据"):
            page = book.add_worksheet(name)
            for at, row in enumerate(good.rows):
                page.write_row(at, 0, row)
        page = book.get_worksheet_by_name("旧数据")
        page.very_hidden() if argument == "very" else page.hide()
        if argument == "all":
            book.add_worksheet("说明")
            book.get_worksheet_by_name(good.sheet).hide()
            book.get_worksheet_by_name("说明").activate()
            book.get_worksheet_by_name("说明").set_first_sheet()
    return content.getvalue()


@variant
def merged_records(good: Good, argument: str) -> bytes:
    """One merged cell over a column of all records, as clerks do with what is the same."""
    book = openpyxl.Workbook()
    for row in good.rows:
        book.active.append(row)
    at = good.at(argument) + 1
    book.active.merge_cells(start_row=2, end_row=len(good.rows), start_column=at, end_column=at)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


# --- headers ----------------------------------------------------------------------------------


def _renamed(good: Good, old: str, new: str) -> Rows:
    return [tuple(new if text == old else text for text in good.header), *good.records]


def _order(good: Good, order: Sequence[int]) -> Rows:
    return [tuple(row[at] for at in order) for row in good.rows]


def _without(good: Good, missing: str) -> Rows:
    return _order(good, [at for at, text in enumerate(good.header) if text != missing])


_HEADERS: Final[dict[str, Callable[[Good], Rows]]] = {
    "reversed": lambda good: _order(good, range(len(good.header) - 1, -1, -1)),
    "rotated": lambda good: _order(good, [*range(3, len(good.header)), 0, 1, 2]),
    "missing": lambda good: good.records,
    "one_place_left": lambda good: [(*good.header[1:], good.header[0]), *good.records],
    "name_and_number_swapped": lambda good: [
        tuple({"姓名": "身份证号码", "身份证号码": "姓名"}.get(text, text) for text in good.header),
        *good.records,
    ],
    "name_twice": lambda good: [(*good.header, "姓名"), *((*row, row[1]) for row in good.records)],
    "number_under_two_names": lambda good: [
        (*good.header, "公民身份号码"),
        *((*row, number_of(9)) for row in good.records),
    ],
    "without_name": lambda good: _without(good, "姓名"),
    "without_number": lambda good: _without(good, "身份证号码"),
    "without_result": lambda good: _without(good, "考核结果"),
    "without_amount": lambda good: _without(good, "补贴金额"),
    "without_phone": lambda good: _without(good, "联系电话"),
    "blank_for_name": lambda good: _renamed(good, "姓名", ""),
    "blank_for_number": lambda good: _renamed(good, "序号", ""),
    "zero_width_in_name": lambda good: _renamed(good, "姓名", "姓\u200b名"),
    "mark_before_name": lambda good: _renamed(good, "姓名", "\ufeff姓名"),
    "control_character_in_name": lambda good: _renamed(good, "姓名", "姓\x07名"),
    "line_break_in_name": lambda good: _renamed(good, "姓名", "姓\n名"),
    "transposed": lambda good: list(zip(*good.rows, strict=True)),
    "all_blank": lambda good: [("",) * len(good.header), *good.records],
    "twice": lambda good: [good.header, good.header, *good.records],
    "after_every_record": lambda good: [row for one in good.records for row in (good.header, one)],
    "below_250_lines": lambda good: [*[(f"说明{at}",) for at in range(250)], *good.rows],
    "over_two_rows": lambda good: [
        ("培训台账", *[None] * (len(good.header) - 1)),
        *good.rows,
    ],
    "of_another_feed": lambda good: [
        ("竞赛编号", "赛项", "选手姓名", "代表队", "名次", "奖项"),
        *(row[:6] for row in good.records),
    ],
    "in_english": lambda good: [
        _ENGLISH,
        *good.records,
    ],
    "numbers": lambda good: [tuple(range(1, len(good.header) + 1)), *good.records],
    "only": lambda good: [good.header],
    "only_and_total": lambda good: [good.header, _total(good, 0)],
}

_ENGLISH: Final = (
    "no",
    "person_name",
    "person_id_no",
    "person_phone",
    "institution_name",
    "occupation",
    "started_on",
    "ended_on",
    "completion",
    "subsidy_cny",
)

_EXTRA_HEADERS: Final = {
    "sql": 'b" from read_csv("x.csv"); drop table batches; --',
    "markup": "<script>alert(1)</script>",
    "formula": "=cmd|' /C calc'!A0",
    "template": "{{ config }}",
    "long": "长" * 5000,
    "control": "备\x07注\x1b[31m",
    "number": number_of(77),
    "blank": "",
    "ours": "_row_number",
    "ours_too": "_batch_id",
    "path": "../../../etc/passwd",
}


# --- rows -------------------------------------------------------------------------------------


def _total(good: Good, amount: Cell) -> Row:
    return ("合计", *[None] * (len(good.header) - 2), amount)


_ROWS: Final[dict[str, Callable[[Good], Rows]]] = {
    "total_that_does_not_add_up": lambda good: [*good.rows, _total(good, 999_999)],
    "total_first": lambda good: [good.header, _total(good, 4800), *good.records],
    "totals_between": lambda good: [
        *good.rows[:3],
        ("小计", *_total(good, 2400)[1:]),
        *good.rows[3:],
        _total(good, 4800),
    ],
    "every_record_twice": lambda good: [*good.rows, *good.records],
    "blank_rows_between": lambda good: [
        good.header,
        *(row for one in good.records for row in ((None,) * len(one), one)),
    ],
    "footer": lambda good: [*good.rows, ("制表人：某某", *[None] * 3, "审核人：某某")],
    "note": lambda good: [*good.rows, ("注：本表由各校填报。",)],
    "group_titles": lambda good: [
        *good.rows[:3],
        ("二、第二批",),
        *good.rows[3:],
    ],
    "thousand_blank_rows": lambda good: [*good.rows, *[(None,) * len(good.header)] * 1000],
    "one_record": lambda good: good.rows[:2],
    "no_record": lambda good: good.rows[:1],
    "number_that_is_not_there": lambda good: [
        good.header,
        *((*row[:2], None, *row[3:]) for row in good.records),
    ],
}


# --- sheets -----------------------------------------------------------------------------------

_NAMES: Final = ("仁怀市", "习水县")

_SHEETS: Final[dict[str, Callable[[Good], bytes]]] = {
    "thirty": lambda good: book_of(
        [(good.sheet, good.rows), *((f"说明{at}", [("空表",)]) for at in range(29))]
    ),
    "thirty_months": lambda good: book_of(
        [(good.sheet, good.rows), *((f"附{at}", good.rows[:1]) for at in range(29))]
    ),
    "two_units": lambda good: book_of([(name, good.rows) for name in _NAMES]),
    "two_years": lambda good: book_of([("2024年6月", good.rows), ("2023年6月", good.rows)]),
    "same_twice": lambda good: book_of([("台账", good.rows), ("台账(2)", good.rows)]),
    "one_without_column": lambda good: book_of(
        [("台账", good.rows), ("补录", _without(good, "身份证号码"))]
    ),
    "name_is_sql": lambda good: book_of([("x'); drop table", good.rows)]),
    "name_is_markup": lambda good: book_of([("<b>&amp;", good.rows)]),
    "chart_of_people": lambda good: book_of(
        [("统计", [("年份", "人数"), (2023, 5)]), ("台账", good.rows)]
    ),
}

"""Deliveries with one cell changed into what clerks, spreadsheets and attackers make of it."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable
from typing import Final

import openpyxl
import xlsxwriter
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from hostile.goods import MARK, Cell, Good, number_of
from hostile.variants import variant

#: The record whose cell is changed: neither the first nor the last.
_AT: Final = 2
_ID: Final = "身份证号码"


@variant
def cell(good: Good, argument: str) -> bytes:
    """One cell of one record becomes this text: ``header=text``."""
    title, _, text = argument.partition("=")
    return _with_cell(good, title, lambda _: text)


@variant
def numeric_cell(good: Good, argument: str) -> bytes:
    """One cell of one record becomes a number: ``header=number``."""
    title, _, number = argument.partition("=")
    return _with_cell(good, title, lambda _: float(number) if "." in number else int(number))


@variant
def id_cell(good: Good, argument: str) -> bytes:
    """The ID number of one record in a form that spreadsheets, clerks or fraud give it."""
    return _with_cell(good, _ID, lambda was: _ID_FORMS[argument](str(was)))


@variant
def every_id(good: Good, argument: str) -> bytes:
    """The ID numbers of all records in such a form."""
    at = good.at(_ID)
    records = [
        (*row[:at], _ID_FORMS[argument](str(row[at])), *row[at + 1 :]) for row in good.records
    ]
    return good.having(good.header, *records).content()


@variant
def strange_text(good: Good, argument: str) -> bytes:
    """The place of training of one record is a text that some program would act on."""
    return _with_cell(good, "培训机构", lambda _: MARK + _STRANGE[argument])


@variant
def strange_text_alone(good: Good, argument: str) -> bytes:
    """The same with nothing before it, so that a formula would begin the cell."""
    return _with_cell(good, "培训机构", lambda _: _STRANGE[argument])


@variant
def live_formula(good: Good, argument: str) -> bytes:
    """A cell with a live formula and the result that the spreadsheet stored, or none."""
    formulas: dict[str, tuple[str, str, Cell]] = {
        "command": ("培训机构", "=cmd|' /C calc'!A0", MARK + "学校"),
        "hyperlink": ("培训机构", '=HYPERLINK("http://127.0.0.1:1/","学校")', MARK + "学校"),
        "sum": ("补贴金额", "=1000+200", 1200),
        "text": ("考核结果", '=IF(1,"合格","")', "合格"),
        "webservice": ("培训机构", '=WEBSERVICE("http://127.0.0.1:1/")', MARK + "学校"),
        "error": ("补贴金额", "=1/0", "#DIV/0!"),
        "error_in_a_key": ("培训工种", "=NA()", "#N/A"),
    }
    title, formula, result = formulas[argument]
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        page = book.add_worksheet(good.sheet)
        for at, row in enumerate(good.rows):
            page.write_row(at, 0, row)
        page.write_formula(_AT, good.at(title), formula, None, result)
    return content.getvalue()


@variant
def formula_without_result(good: Good, argument: str) -> bytes:
    """A program wrote formulas into a column and nobody ever opened the workbook."""
    book = openpyxl.Workbook()
    for at, row in enumerate(good.rows):
        book.active.append(row)
        if at == _AT or (at and argument.endswith("everywhere")):
            book.active.cell(at + 1, good.at(argument.partition(" ")[0]) + 1).value = "=1200+0"
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


@variant
def dates_of_1904(good: Good, argument: str) -> bytes:
    """A workbook in the date system of old Macs, its dates as dates or as bare serials."""
    book = openpyxl.Workbook()
    book.epoch = CALENDAR_MAC_1904
    starts, ends = good.at("开班时间"), good.at("结业时间")
    for row in good.rows:
        values: list[object] = list(row)
        if row is not good.rows[0]:
            values[starts], values[ends] = dt.date(2024, 1, 6), dt.date(2024, 1, 20)
            if argument == "serials":  # 2024-01-06 counted from 1904-01-01
                values[starts], values[ends] = 43835, 43849
        book.active.append(values)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


@variant
def date_cells(good: Good, argument: str) -> bytes:
    """Real dates, shown in this number format."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        page = book.add_worksheet(good.sheet)
        form = book.add_format({"num_format": argument})
        for at, row in enumerate(good.rows):
            page.write_row(at, 0, row)
            if at:
                page.write_datetime(at, good.at("开班时间"), dt.date(2024, 1, 6), form)
                page.write_datetime(at, good.at("结业时间"), dt.date(2024, 1, 20), form)
    return content.getvalue()


def _with_cell(good: Good, title: str, change: Callable[[Cell], Cell]) -> bytes:
    rows = [list(row) for row in good.rows]
    at = good.at(title)
    rows[_AT][at] = change(rows[_AT][at])
    return good.having(*rows).content()


def _bad_digit(number: str) -> str:
    return number[:-1] + ("1" if number[-1] != "1" else "2")


_FULL_WIDTH: Final = str.maketrans("0123456789X", "０１２３４５６７８９Ｘ")
_ARABIC: Final = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
_SUPERSCRIPT: Final = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")

_ID_FORMS: Final[dict[str, Callable[[str], Cell]]] = {
    "number": lambda was: int(was[:-1] + "0"),
    "scientific": lambda _: "5.29999E+17",
    "scientific_lower": lambda _: "5.29999198001010e+17",
    "precision_lost": lambda was: was[:15] + "000",
    "decimal_text": lambda was: was[:-1] + "0.0",
    "masked": lambda was: f"{was[:6]}********{was[14:]}",
    "masked_crosses": lambda was: f"{was[:6]}××××××××{was[14:]}",
    "masked_full_width": lambda was: f"{was[:6]}＊＊＊＊＊＊＊＊{was[14:]}",
    "cyrillic_x": lambda was: was[:-1] + "Х",
    "greek_x": lambda was: was[:-1] + "Χ",
    "times_sign": lambda was: was[:-1] + "×",
    "superscript": lambda was: was[:6] + was[6:].translate(_SUPERSCRIPT),
    "arabic_digits": lambda was: was.translate(_ARABIC),
    "full_width": lambda was: was.translate(_FULL_WIDTH),
    "lower_x": lambda was: was.lower(),
    "apostrophe": lambda was: f"'{was}",
    "wrapped": lambda was: f'="{was}"',
    "tab_at_end": lambda was: f"{was}\t",
    "blanks_inside": lambda was: f"{was[:6]} {was[6:14]} {was[14:]}",
    "zero_width_inside": lambda was: f"{was[:6]}\u200b{was[6:]}\ufeff",
    "no_break_space": lambda was: f"\u00a0{was}\u3000",
    "letter_o": lambda was: was.replace("0", "O", 1),
    "seventeen_digits": lambda was: was[:-1],
    "nineteen_digits": lambda was: was + "1",
    "bad_check_digit": _bad_digit,
    "bad_birth_date": lambda _: number_of(1, "19801301"),
    "born_tomorrow": lambda _: number_of(1, "20990101"),
    "child": lambda _: number_of(1, "20200101"),
    "old_fifteen_digits": lambda was: was[:6] + was[8:17],
    "placeholder": lambda _: "NULL",
    "placeholder_words": lambda _: "待补充",
    "ones": lambda _: "1" * 18,
    "blank": lambda _: None,
    "two_in_one_cell": lambda was: f"{was}、{number_of(9)}",
    "formula_text": lambda was: f"=cmd|' /C calc'!{was}",
    "sql": lambda was: f"{was}'); drop table batches; --",
}

_STRANGE: Final = {
    "command": "=cmd|' /C calc'!A0",
    "dde": '=DDE("cmd";"/C calc";"x")',
    "hyperlink": '=HYPERLINK("http://127.0.0.1:1/?x="&A1,"open")',
    "plus": "+1+cmd|' /C calc'!A0",
    "at_sign": "@SUM(1+1)*cmd|' /C calc'!A0",
    "minus": "-2+3+cmd|' /C calc'!A0",
    "tab_formula": "\t=1+1",
    "sql": "'); drop table landing.batches; copy (select 1) to 'pwned.csv'; --",
    "markup": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "script_end": "</script><script>alert(1)</script>",
    "entity": "&lt;b&gt; &amp;amp; &#x27;",
    "template": "{{ 7*7 }}{% for x in () %}${7*7}",
    "format": "%s%n%x {0} {password}",
    "control_characters": "\x1b[31m\x07\x08",
    "right_to_left": "\u202egnp.exe\u202c",
    "line_break": "第一行\n第二行",
    "emoji": "\U0001f468\u200d\U0001f393\U00020bb7",
    "combining": "e" + "\u0301" * 200,
    "path": "../../../../etc/passwd",
    "url": "file:///etc/hostname",
    "quotes": '"; \'; `; "',
    "backslash": "\\",
    "python": "__import__('os').system('touch pwned')",
    "shell": "$(touch pwned)`touch pwned`",
    "jndi": "${jndi:ldap://127.0.0.1:1/x}",
    "null_word": "NULL",
    "long": "长" * 40_000,
    "very_long": "长" * 400_000,
    "only_blanks": " \u3000\u00a0\u200b",
    "private_use": "\ue000\uf8ff",
    "not_a_character": "\uffff\ufffe",
}

"""Small good deliveries of several feeds, in every format: what the makers of bad ones spoil.

People and places of work are invented: region 529999 was never assigned, and every word about
them holds ``MARK``, so that a search for it finds any cell that got where none belongs.
"""

from __future__ import annotations

import csv
import html
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import xlsxwriter
import xlwt

from ingestion.contract import FeedContract, FileSource, load_contracts
from ingestion.identity import check_digit

MARK: Final = "样例"
#: What makes a file's name end in; the content is in the format before it.
SUFFIXES: Final = {
    "xlsx": "xlsx",
    "xls": "xls",
    "et": "et",
    "html": "xls",
    "csv": "csv",
    "json": "json",
}

Cell = str | int | float | None
Row = tuple[Cell, ...]


@dataclass(frozen=True)
class Good:
    """A delivery that lands whole."""

    contract: FeedContract
    form: str
    #: Folder within the feed's, and the file's stem: what names unit and period.
    folder: str
    stem: str
    #: The header first.
    rows: tuple[Row, ...]
    sheet: str = "台账"

    @property
    def name(self) -> str:
        """Path within the feed's folder."""
        return "/".join(filter(None, (self.folder, f"{self.stem}.{SUFFIXES[self.form]}")))

    @property
    def header(self) -> tuple[str, ...]:
        return tuple(str(cell) for cell in self.rows[0])

    @property
    def records(self) -> tuple[Row, ...]:
        return self.rows[1:]

    def at(self, title: str) -> int:
        """The place of a header."""
        return self.header.index(title)

    def having(self, *rows: Sequence[Cell]) -> Good:
        """The same delivery with other rows, the header first."""
        return replace(self, rows=tuple(tuple(row) for row in rows))

    def content(self, form: str | None = None) -> bytes:
        """The file's bytes, in its own format or another."""
        return _WRITERS[form or self.form](self)


# --- formats ----------------------------------------------------------------------------------


def book_of(sheets: Sequence[tuple[str, Sequence[Row]]]) -> bytes:
    """An .xlsx of these sheets; numbers are numbers, everything else is text."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"strings_to_formulas": False}) as book:
        for name, rows in sheets:
            page = book.add_worksheet(name)
            for at, row in enumerate(rows):
                for column, cell in enumerate(row):
                    if isinstance(cell, str):
                        page.write_string(at, column, cell)
                    elif cell is not None:
                        page.write_number(at, column, cell)
    return content.getvalue()


def lines_of(rows: Sequence[Row], delimiter: str = ",", end: str = "\r\n") -> str:
    """Delimited text, quoted where it must be."""
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator=end).writerows(rows)
    return text.getvalue()


def page_of(rows: Sequence[Row], head: str = "") -> str:
    """A web page with one table."""
    body = "".join(
        f"<tr>{''.join(f'<td>{html.escape(_shown(cell))}</td>' for cell in row)}</tr>"
        for row in rows
    )
    return f"<html><head>{head}</head><body><table border=1>{body}</table></body></html>"


def records_of(good: Good) -> list[dict[str, Cell]]:
    """The rows as objects, by the last alias of each header: the key that the service uses."""
    keys = [_key(good.contract, title) for title in good.header]
    return [dict(zip(keys, row, strict=True)) for row in good.records]


def _key(contract: FeedContract, title: str) -> str:
    column = next(column for column in contract.columns if column.title_zh == title)
    return column.aliases[-1] if column.aliases else column.name


def _shown(cell: Cell) -> str:
    return "" if cell is None else str(cell)


def _old_book(good: Good) -> bytes:
    content = io.BytesIO()
    book = xlwt.Workbook(encoding="utf-8")
    page = book.add_sheet(good.sheet)
    for at, row in enumerate(good.rows):
        for column, cell in enumerate(row):
            page.write(at, column, cell)
    book.save(content)
    return content.getvalue()


_WRITERS: Final = {
    "xlsx": lambda good: book_of([(good.sheet, good.rows)]),
    "xls": _old_book,
    "et": _old_book,
    "html": lambda good: page_of(good.rows).encode(),
    "csv": lambda good: lines_of(good.rows).encode("utf-8-sig"),
    "json": lambda good: json.dumps(records_of(good), ensure_ascii=False).encode(),
}


# --- people and rows --------------------------------------------------------------------------


def number_of(sequence: int, birth: str = "19800101", *, ends_in_x: bool = False) -> str:
    """An invented person's number; one with the check digit X is found among the next twenty."""
    if ends_in_x:
        sequence *= 20
    while True:
        seventeen = f"529999{birth}{sequence:03d}"
        digit = check_digit(seventeen)
        if not ends_in_x or digit == "X":
            return seventeen + digit
        sequence += 1


def name_of(sequence: int) -> str:
    return MARK + "甲乙丙丁戊己庚辛壬癸"[sequence % 10]


def phone_of(sequence: int) -> str:
    return f"199000000{sequence:02d}"


def trainee(sequence: int) -> Row:
    """One row of a county's ledger."""
    return (
        sequence,
        name_of(sequence),
        number_of(sequence, ends_in_x=True),
        phone_of(sequence),
        f"{MARK}学校",
        f"{MARK}工种",
        "2024-01-06",
        "2024-01-20",
        "合格",
        1200,
    )


_LEDGER_HEADER: Final = (
    "序号",
    "姓名",
    "身份证号码",
    "联系电话",
    "培训机构",
    "培训工种",
    "开班时间",
    "结业时间",
    "考核结果",
    "补贴金额",
)


def _ledger(*sequences: int) -> tuple[Row, ...]:
    return (_LEDGER_HEADER, *map(trainee, sequences))


def _funds(*areas: str) -> tuple[Row, ...]:
    header = ("县（市、区）", "资金来源", "安排金额", "支出金额")
    return (header, *((area, f"{MARK}资金", 120.5, 80.25) for area in areas))


def _plan(*occupations: str) -> tuple[Row, ...]:
    header = ("产业", "培训工种", "计划期数", "计划培训人次", "计划资金", "资金来源")
    return (
        header,
        *((f"{MARK}产业", MARK + word, 2, 80, 12.5, f"{MARK}资金") for word in occupations),
    )


def _returns(*industries: str) -> tuple[Row, ...]:
    header = ("产业", "培训期数", "本期培训人次", "本年累计培训人次", "取证人次", "投入资金")
    return (header, *((MARK + word, 2, 80, 160, 40, 12.5) for word in industries))


def _workshops(*sequences: int) -> tuple[Row, ...]:
    header = ("工作室编号", "工作室名称", "领办人", "所在地", "领域", "级别", "状态")
    return (
        header,
        *(
            (f"GZS{one:03d}", f"{MARK}工作室", name_of(one), "仁怀市", "先进制造业", "市级", "运行")
            for one in sequences
        ),
    )


def _results(*sequences: int) -> tuple[Row, ...]:
    header = ("竞赛编号", "赛项", "姓名", "身份证号码", "代表队", "名次", "奖项")
    return (
        header,
        *(
            ("JS001", f"{MARK}赛项", name_of(one), number_of(one), "仁怀市", one, f"{MARK}奖")
            for one in sequences
        ),
    )


def _certificates(*sequences: int) -> tuple[Row, ...]:
    header = (
        "证书编号",
        "姓名",
        "证件号码",
        "证书类别",
        "职业（工种）",
        "发证日期",
        "证书状态",
        "更新时间",
    )
    return (
        header,
        *(
            (
                f"S{one:04d}",
                name_of(one),
                number_of(one),
                "职业技能等级",
                f"{MARK}工种",
                "2024-05-06",
                "有效",
                "2024-05-06 08:00:00",
            )
            for one in sequences
        ),
    )


CONTRACTS: Final = load_contracts()
#: No agency drops JSON yet; the certificate service's records, as a file of its full list.
_JSON_FILES: Final = CONTRACTS["hrss/certificates"].model_copy(
    update={"source": FileSource(kind="files", formats=("json",))}
)
_HALF: Final = "2024年1-6月"

#: Feed → the good delivery to spoil and the good one that lies beside it.
_PAIRS: Final = {
    "county/training_ledgers": (
        ("仁怀市", _HALF, _ledger(1, 2, 3, 4)),
        ("习水县", _HALF, _ledger(5, 6)),
    ),
    "department/annual_plans": (
        ("市能源局", "2024年计划", _plan("一", "二", "三", "四")),
        ("市市场监管局", "2024年计划", _plan("五", "六")),
    ),
    "department/training_returns": (
        ("市能源局", "2024年第二季度", _returns("一", "二", "三", "四")),
        ("市市场监管局", "2024年第二季度", _returns("五", "六")),
    ),
    "finance/fund_allocations": (
        ("", "2024年第二季度", _funds("仁怀市", "习水县", "播州区", "汇川区")),
        ("", "2024年第一季度", _funds("红花岗区", "桐梓县")),
    ),
    "hrss/certificates": (
        ("", "全部证书", _certificates(1, 2, 3, 4)),
        ("", "另一批证书", _certificates(5, 6)),
    ),
    "hrss/competition_results": (
        ("", "2023年成绩", _results(1, 2, 3, 4)),
        ("", "2022年成绩", _results(5, 6)),
    ),
    "hrss/master_workshops": (
        ("", "2024年第二季度", _workshops(1, 2, 3, 4)),
        ("", "2024年第一季度", _workshops(5, 6)),
    ),
}


def pair(feed: str, form: str) -> tuple[Good, Good]:
    """A feed's good delivery in this format, and the other one, in one that the feed takes."""
    contract = _JSON_FILES if feed == _JSON_FILES.name else CONTRACTS[feed]
    source = contract.source
    if not isinstance(source, FileSource):
        raise TypeError(f"{feed} takes no files")
    spoilt, beside = _PAIRS[feed]
    plain = source.formats[0]
    return Good(contract, form, *spoilt), Good(contract, plain, *beside)

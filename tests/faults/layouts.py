"""Random ledgers of known truth: any layout that a clerk may choose, and what must land of it.

A ledger is generated from a seed: titles, decorated and grouped headers in any order, foreign
columns that look alike, records in every form, faulty records, totals, group titles, notes,
footers, blanks, repeated headers, several sheets. What the truth doesn't name must not land.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random
from typing import Final

import clerks
from clerks import YEAR, Landed, Written

from ingestion.contract import Column, FeedContract, load_contracts
from ingestion.sample_agencies.workbooks import Cell, Sheet, header_rows

LEDGER: Final = load_contracts()["county/training_ledgers"]
RETURN: Final = load_contracts()["department/training_returns"]
DELIVERED_AT: Final = dt.datetime(2024, 9, 10, 2, tzinfo=dt.UTC)

Rows = list[list[Cell]]
Place = tuple[str, int]


@dataclass
class Ledger:
    """Sheets of a file, and what they say: by sheet and row, what lands of a record."""

    seed: int
    contract: FeedContract
    hints: tuple[str, ...]
    sheets: list[Sheet] = field(default_factory=list, repr=False)
    #: Records that are right.
    truth: dict[Place, Landed] = field(default_factory=dict, repr=False)
    #: Records that must be rejected.
    faulty: set[Place] = field(default_factory=set)


@dataclass(frozen=True)
class Head:
    """One column of the sheet: the contract's, or one that nobody asked for."""

    column: str | None
    path: tuple[str, ...]
    decoy: str = ""


#: Headers of facts that nobody asked for, each beside something that it must not be taken for.
_FOREIGN: Final[dict[str, tuple[Cell, ...]]] = {
    "性别": ("男", "女"),
    "民族": ("汉族", "苗族", "仡佬族"),
    "年龄": (23, 44, "35"),
    "家庭住址": ("样例镇样例村1组", "样例街道"),
    "就业单位联系电话": ("13900000000",),
    "意愿培训工种": ("茶艺师", "电工"),
    "授课教师": ("周老师",),
    "法人姓名": ("吴法人",),
    "备注": ("", "", "合计", "同上年", "补录"),
    "紧急联系人姓名": ("郑某",),
    "培训机构地址": ("样例路1号",),
    "工种代码": ("4-03-02-01",),
    "上期补贴金额": (999, "888元"),
    "是否脱贫户": ("是", "否"),
}


def ledger(seed: int, *, is_typed: bool = True, may_merge: bool = True) -> Ledger:
    """A county's ledger. ``is_typed``: cells may be numbers and dates, not text alone."""
    rng = Random(seed)
    heads = _heads(rng, may_group=may_merge)
    count = rng.choice((1, 1, 1, 2, 3))
    hints = rng.choice(
        (
            ("仁怀市", f"{YEAR}年1-6月"),
            ("520382", f"{YEAR}年6月台账"),
            ("仁怀市人社局", f"{YEAR}年", "1-6月"),
        )
    )
    found = Ledger(seed, LEDGER, hints)
    writer = _Writer(rng, found, is_typed=is_typed, may_merge=may_merge)
    for number in range(count if may_merge else 1):
        writer.sheet("" if not may_merge else ("台账" if count == 1 else f"{number + 1}月"), heads)
    if may_merge and rng.random() < 0.2:
        found.sheets.append(Sheet("填表说明", [["填表说明"], ["1. 请如实填写。"]]))
    if may_merge and rng.random() < 0.2:
        decoy = [["姓名", "身份证号码"], ["作废", clerks.resident_number(seed + 77)]]
        found.sheets.append(Sheet("隐藏", decoy, is_hidden=True))
    return found


def _heads(rng: Random, *, may_group: bool) -> list[Head]:
    """Headers in any order; a group's leaves stay together."""
    plain = [
        [[_head(rng, "started_on")], [_head(rng, "ended_on")]],
        [[_head(rng, "training_dates")]],
    ]
    grouped = [
        [[Head("started_on", (group, first)), Head("ended_on", (group, last))]]
        for group, first, last in (
            ("培训时间", "起", "止"),
            ("培训起止时间", "开始时间", "结束时间"),
        )
    ]
    dates = rng.choice([*plain, *grouped] if may_group else plain)
    must = ["institution_name", "occupation", "completion"]
    may = ["person_phone", "person_type", "class_no", "level", "industry", "training_hours"]
    may += ["certificate_no", "subsidy_cny", "subsidy_cny"]
    who = [_head(rng, "person_name"), _head(rng, "person_id_no")]
    if may_group and rng.random() < 0.15:
        who = [
            Head(head.column, (rng.choice(("学员信息", "基本情况")), *head.path)) for head in who
        ]
        blocks = [who]
    else:
        blocks = [[head] for head in who]
    chosen = dict.fromkeys(rng.sample(may, rng.randint(0, 6)))
    blocks += [[_head(rng, name)] for name in [*must, *chosen]] + dates
    blocks += [
        [Head(None, (name,), name)] for name in rng.sample(sorted(_FOREIGN), rng.randint(0, 4))
    ]
    if rng.random() < 0.5:
        rng.shuffle(blocks)
    if rng.random() < 0.7:
        blocks.insert(0, [Head(None, ("序号",), "序号")])
    return [head for block in blocks for head in block]


def _head(rng: Random, name: str) -> Head:
    column = LEDGER.column(name)
    return Head(
        name, (decorated(rng, rng.choice([h for h in column.headers if "/" not in h]), column),)
    )


def decorated(rng: Random, header: str, column: Column) -> str:
    """The header as forms spell it."""
    notes = {
        "money": ["(元)", "（元）", "（元/人）"],
        "resident_id": ["（18位）", "(必填)"],
        "date": ["（年月日）"],
    }
    forms = (
        [header] * 4
        + [
            f"*{header}",
            f"{header[0]} {header[1:]}",
            f"{header[0]}\n{header[1:]}",
            f"{header}：",
            f"{header}（必填）",
            f"\u3000{header}\u3000",
            f"{header}*",
        ]
        + [header + note for note in notes.get(column.type, ())]
    )
    return rng.choice(forms)


class _Writer:
    """Writes one sheet after the other into a ledger."""

    def __init__(self, rng: Random, into: Ledger, *, is_typed: bool, may_merge: bool) -> None:
        self._rng = rng
        self._into = into
        self._is_typed = is_typed
        self._may_merge = may_merge
        self._sequence = rng.randrange(100_000)
        self._used: set[int] = set()

    def sheet(self, name: str, heads: list[Head]) -> None:
        """Titles, header, records and what else stands between them."""
        rng = self._rng
        unit, rows, merged = self._titles(heads)
        header, blocks = header_rows([head.path for head in heads], len(rows))
        unit = self._unit(heads, header, unit)
        rows += header
        merged += blocks
        if rng.random() < 0.1 and len(heads) > 3:
            rows.append(list(range(1, len(heads) + 1)))
        records = rng.randint(1, 9)
        for _ in range(records):
            if rng.random() < 0.25:
                self._beside(rows, merged, heads, header)
            self._record(name, rows, heads, unit)
        if self._may_merge and rng.random() < 0.2:
            self._merge_schools(name, rows, merged, heads, unit)
        for _ in range(rng.randint(0, 3)):
            self._beside(rows, merged, heads, [])
        self._into.sheets.append(Sheet(name, rows, merged if self._may_merge else ()))

    def _titles(self, heads: list[Head]) -> tuple[str, Rows, list[tuple[int, int, int, int]]]:
        rng = self._rng
        unit = "cny"
        rows: Rows = []
        merged: list[tuple[int, int, int, int]] = []
        width = len(heads)
        if rng.random() < 0.8:
            title = rng.choice(
                (
                    "{}年1-6月职业技能培训台账",
                    "仁怀市{}年1—6月培训花名册",
                    "{}年上半年补贴性培训人员名单（合计12人）",
                )
            )
            rows.append([title.format(YEAR), *[None] * (width - 1)])
            if self._may_merge and rng.random() < 0.7:
                merged.append((0, 0, 0, width - 1))
        if rng.random() < 0.5:
            says = rng.choice(
                (
                    "填报单位：仁怀市人力资源和社会保障局",
                    "填报单位（盖章）：仁怀市",
                    "填 报 单 位 ：仁怀市",
                )
            )
            more = rng.choice(
                (
                    [],
                    ["填报日期：2024年7月5日"],
                    ["单位：元"],
                    ["单位：万元"],
                    ["联系电话：0851-00000000"],
                )
            )
            if more == ["单位：万元"]:
                unit = "wan_cny"
            rows.append([says, *more, *[None] * (width - 1 - len(more))])
        if rng.random() < 0.2:
            rows.insert(rng.randint(0, len(rows)), [None] * width)
            merged = [(0, 0, 0, width - 1)] if merged and rows[0][0] else []
        return unit, rows, merged

    def _unit(self, heads: list[Head], header: Rows, unit: str) -> str:
        """The unit of the amounts: the header's beats the title's."""
        at = next((i for i, head in enumerate(heads) if head.column == "subsidy_cny"), None)
        if at is None:
            return unit
        row = next(row for row in header if row[at] is not None)
        text = str(row[at])
        if "元" in text:
            return "cny"
        if self._rng.random() < 0.25:
            row[at] = text + self._rng.choice(("（万元）", "(万元)", "\n（单位：万元）"))
            return "wan_cny"
        return unit

    def _record(self, sheet: str, rows: Rows, heads: list[Head], unit: str) -> None:
        rng = self._rng
        started = dt.date(YEAR, 1, 1) + dt.timedelta(days=rng.randrange(150))
        ended = started + dt.timedelta(days=rng.randrange(1, 28))
        lands: Landed = {}
        is_right = True
        cells: list[Cell] = []
        for head in heads:
            if head.column is None:
                cells.append(
                    len(rows) if head.decoy == "序号" else rng.choice(_FOREIGN[head.decoy])
                )
                continue
            written = self._cell(head.column, unit, started, ended)
            cells.append(written.cell)
            is_right = is_right and written.lands is not None
            lands |= written.lands or {}
        rows.append(cells)
        place = (sheet, len(rows))
        if is_right and not lands["started_on"] > lands["ended_on"]:
            self._into.truth[place] = lands
        else:
            self._into.faulty.add(place)

    def _cell(self, name: str, unit: str, started: dt.date, ended: dt.date) -> Written:
        rng, is_typed = self._rng, self._is_typed
        match name:
            case "person_id_no":
                self._sequence += 1
                return clerks.person(rng, self._sequence, is_typed=is_typed)
            case "started_on":
                return clerks.day(rng, name, started, is_typed=is_typed)
            case "ended_on":
                return clerks.day(rng, name, ended, is_typed=is_typed)
            case "training_dates":
                return clerks.span(rng, started, ended)
            case "training_hours":
                units = ("课时", "节", "学时")
                return clerks.count(rng, name, rng.randint(8, 240), units, is_typed=is_typed)
            case "subsidy_cny":
                yuan = Decimal(rng.randrange(100, 5000, 10))
                return clerks.money(rng, name, yuan, unit, is_typed=is_typed)
            case _:
                return clerks.words(rng, name, LEDGER, is_typed=is_typed)

    def _beside(
        self, rows: Rows, merged: list[tuple[int, int, int, int]], heads: list[Head], header: Rows
    ) -> None:
        """A row that is no record."""
        rng, width = self._rng, len(heads)
        row: list[Cell] = [None] * width
        match rng.choice(
            ("blank", "blank", "total", "total", "subtotal", "group", "note", "footer", "header")
        ):
            case "total":
                row = self._total(heads, rng.choice(("合计", "总计", "合 计", "合计：", "小计")))
            case "subtotal":
                row = self._total(heads, rng.choice(("电工小计", "1月合计", "（小计）")))
            case "group":
                row[0] = rng.choice(("一、仁怀市第一期", "（二）茅台镇", "坛厂街道", "第二批次"))
                if self._may_merge:
                    merged.append((len(rows), 0, len(rows), width - 1))
            case "note":
                row[0] = rng.choice(
                    ("注：本表一式两份。", "备注：补贴标准按文件执行", "填表说明：1.如实填写")
                )
            case "footer":
                row[0] = "填报人：样例"
                row[-1] = "审核人：样例"
            case "header" if header:
                rows += [list(one) for one in header]
                top = len(rows) - len(header)
                _, blocks = header_rows([head.path for head in heads], top)
                merged += blocks if len(header) > 1 else []
                return
        rows.append(row)

    def _total(self, heads: list[Head], word: str) -> list[Cell]:
        """The word in the first column or the first two, sums under the amounts."""
        row: list[Cell] = [None] * len(heads)
        row[self._rng.choice((0, 0, 1, self._rng.randrange(len(heads))))] = word
        for at, head in enumerate(heads):
            if head.column in ("training_hours", "subsidy_cny") and row[at] is None:
                row[at] = self._rng.choice((12_345, "12,345")) if self._is_typed else "12345"
        return row

    def _merge_schools(
        self,
        name: str,
        rows: Rows,
        merged: list[tuple[int, int, int, int]],
        heads: list[Head],
        unit: str,
    ) -> None:
        """Records below each other whose school is written once, in a merged cell."""
        at = next(i for i, head in enumerate(heads) if head.column == "institution_name")
        top = len(rows)
        for _ in range(self._rng.randint(2, 4)):
            self._record(name, rows, heads, unit)
        school = rows[top][at]
        for row in range(top + 1, len(rows)):
            rows[row][at] = None
            if (name, row + 1) in self._into.truth:
                self._into.truth[name, row + 1]["institution_name"] = str(school)
        merged.append((top, at, len(rows) - 1, at))

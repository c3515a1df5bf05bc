"""Random statistical tables of known truth: a department's quarterly return, a bureau's stock.

Few rows, nothing but counts, headers in groups, and totals that fill every column: what a
reader takes for a record by mistake doubles a figure.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from random import Random
from typing import Final

import clerks
from clerks import YEAR, Landed
from layouts import Head, Ledger

from ingestion.contract import load_contracts
from ingestion.sample_agencies.workbooks import Cell, Sheet, header_rows

RETURN: Final = load_contracts()["department/training_returns"]
STOCK: Final = load_contracts()["hrss/talent_stock"]

_INDUSTRIES: Final = (
    "白酒",
    "茶",
    "装备制造",
    "康养",
    "吉他制造",
    "竹",
    "辣椒",
    "建筑业",
    "现代服务业",
    "会计服务",
)
_AREAS: Final = (
    "红花岗区", "汇川区", "播州区", "桐梓县", "绥阳县", "正安县", "道真县", "务川县", "凤冈县",
    "湄潭县",
    "余庆县", "习水县", "赤水市", "仁怀市", "新蒲新区",
)  # fmt: skip
_OFFICIAL: Final = {"道真县": "道真仡佬族苗族自治县", "务川县": "务川仡佬族苗族自治县"}
_TOTALS: Final = ("合计", "总计", "合 计", "全市合计", "总  计", "小计", "全市", "合计：")
#: Columns that nobody asked for, and that look like those that were.
_FOREIGN: Final = (
    ("上年同期培训人次",), ("同比增长（%）",), ("计划培训人次",), ("占比",), ("备注",),
    ("培训人次", "其中：女"),
)  # fmt: skip
_PATHS: Final[dict[str, tuple[tuple[str, ...], ...]]] = {
    "person_times": (("本期培训人次",), ("培训人次", "本期"), ("本季度培训人次（人次）",),
    ("培训人次（人次）", "本季")),
    "person_times_ytd": (("本年累计培训人次",), ("培训人次", "累计"), ("累计培训人次",),
    ("培训人次（人次）", "本年累计")),
    "class_count": (("培训期数",), ("期数（期）",), ("*班次",)),
    "certificate_count": (("取证人次",), ("取证", "小计"), ("取证人次", "小计")),
    "high_skilled_count": (("新增高技能人才",), ("取证", "高技能人才"), ("取证人次",
    "高级工及以上")),
    "funds_cny": (("投入资金（万元）",), ("资金投入(元)",), ("培训资金",)),
    "skilled_count": (("技能人才总量",), ("技能人才", "合计"), ("技能人才总量（人）",)),
    "high": (("高技能人才总量",), ("高技能人才", "小计"), ("高技能人才\n总量",)),
    "senior_worker_count": (("高级工",), ("高技能人才", "高级工")),
    "technician_count": (("技师",), ("高技能人才", "技师")),
    "senior_technician_count": (("高级技师",), ("高技能人才", "高级技师")),
}  # fmt: skip


def quarterly_return(seed: int) -> Ledger:
    """A department's return for the second quarter."""
    rng = Random(seed)
    names = [
        "person_times",
        "person_times_ytd",
        *rng.sample(
            ("class_count", "certificate_count", "high_skilled_count", "funds_cny"),
            rng.randint(0, 4),
        ),
    ]
    hints = rng.choice(
        (
            ("市农业农村局", f"{YEAR}年第二季度"),
            ("市农业农村局", f"{YEAR}Q2"),
            ("市农业农村局", f"{YEAR}年1-6月"),
        )
    )
    found = Ledger(seed, RETURN, hints)
    _write(
        rng,
        found,
        Head("industry", (rng.choice(("产业", "所属产业", "行业")),)),
        _INDUSTRIES,
        names,
    )
    return found


def stock(seed: int) -> Ledger:
    """The stock of talent at the end of the second quarter."""
    rng = Random(seed)
    names = [
        "skilled_count",
        "high_skilled_count",
        *rng.sample(
            ("senior_worker_count", "technician_count", "senior_technician_count"),
            rng.randint(0, 3),
        ),
    ]
    found = Ledger(seed, STOCK, (f"{YEAR}年第二季度", f"{YEAR}年二季度技能人才"))
    _write(
        rng,
        found,
        Head("area", (rng.choice(("县（市、区）", "地区", "县市区", "单位名称")),)),
        _AREAS,
        names,
    )
    return found


def _write(rng: Random, into: Ledger, key: Head, keys: tuple[str, ...], names: list[str]) -> None:
    heads = _heads(rng, into, key, names)
    width = len(heads)
    rows, merged, title_unit = _titles(rng, into, width)
    header, blocks = header_rows([head.path for head in heads], len(rows))
    rows += header
    merged += blocks if rng.random() < 0.8 else []
    if rng.random() < 0.15:
        rows.append(["甲", *range(1, width)])
    unit = _unit(heads, title_unit)
    chosen = list(keys) if into.contract is STOCK else rng.sample(keys, rng.randint(2, 8))
    if rng.random() < 0.4:
        _total(rng, rows, heads)
    for at, word in enumerate(chosen):
        if rng.random() < 0.1:
            rows.append([None] * width)
        if at and rng.random() < 0.05:
            _total(rng, rows, heads)
        _record(rng, into, rows, heads, word, unit)
    if rng.random() < 0.6:
        _total(rng, rows, heads)
    if rng.random() < 0.4:
        rows.append(
            [
                rng.choice(
                    (
                        "单位负责人：样例",
                        "注：1.数据截至6月底",
                        "填报人：样例    联系电话：0851-00000000",
                    )
                ),
                *[None] * (width - 1),
            ]
        )
    into.sheets.append(Sheet("Sheet1", rows, merged))


def _titles(
    rng: Random, into: Ledger, width: int
) -> tuple[list[list[Cell]], list[tuple[int, int, int, int]], str]:
    rows: list[list[Cell]] = []
    merged: list[tuple[int, int, int, int]] = []
    unit = ""
    if rng.random() < 0.8:
        rows.append([f"{YEAR}年第二季度统计表", *[None] * (width - 1)])
        merged += [(0, 0, 0, width - 1)] if rng.random() < 0.7 else []
    if into.contract is RETURN and rng.random() < 0.6:
        unit = rng.choice(("", "单位：万元", "单位：人次、万元", "单位：元"))
        rows.append(["填报单位：遵义市农业农村局", *[None] * (width - 2), unit or None])
    return rows, merged, unit


def _heads(rng: Random, into: Ledger, key: Head, names: list[str]) -> list[Head]:
    """Leaves of one group stay together, whatever the order of the groups."""
    heads = [
        Head(
            name,
            rng.choice(
                _PATHS["high" if name == "high_skilled_count" and into.contract is STOCK else name]
            ),
        )
        for name in names
    ]
    if any(head.path == ("取证人次", "高级工及以上") for head in heads):
        heads = [
            replace(head, path=("取证人次", "小计")) if head.path == ("取证人次",) else head
            for head in heads
        ]
    heads += [Head(None, path, path[0]) for path in rng.sample(_FOREIGN, rng.randint(0, 3))]
    groups: dict[str, list[Head]] = {}
    for head in heads:
        groups.setdefault(head.path[0], []).append(head)
    order = sorted(groups)
    rng.shuffle(order)
    numbered = [Head(None, ("序号",), "序号")] if rng.random() < 0.5 else []
    return [*numbered, key, *(head for name in order for head in groups[name])]


def _unit(heads: list[Head], title: str) -> str:
    text = next(("".join(head.path) for head in heads if head.column == "funds_cny"), "")
    if "万元" in text or "元" in text:
        return "wan_cny" if "万元" in text else "cny"
    return "cny" if title == "单位：元" else "wan_cny"


def _total(rng: Random, rows: list[list[Cell]], heads: list[Head]) -> None:
    """The word stands in the key or before it; sums stand below the counts."""
    row: list[Cell] = [rng.choice((99_999, "99999")) for _ in heads]
    for at, head in enumerate(heads):
        if head.column in ("industry", "area") or head.decoy == "序号":
            row[at] = None
    key = next(at for at, head in enumerate(heads) if head.column in ("industry", "area"))
    row[rng.randint(0, key)] = rng.choice(_TOTALS)
    rows.append(row)


def _record(
    rng: Random, into: Ledger, rows: list[list[Cell]], heads: list[Head], word: str, unit: str
) -> None:
    lands: Landed = {}
    is_right = True
    cells: list[Cell] = []
    for head in heads:
        if head.column is None:
            cells.append(
                len(rows) if head.decoy == "序号" else rng.choice((7_777, "8888", None, "3.5%"))
            )
        elif head.column in ("industry", "area"):
            cells.append(rng.choice((word, f" {word}", f"{word}\u3000")))
            lands[head.column] = _OFFICIAL.get(word, word)
        else:
            most = 10_000 if head.column == "class_count" else 100_000
            if head.column == "funds_cny":
                written = clerks.money(
                    rng, head.column, Decimal(rng.randrange(0, 10**7, 100)), unit, is_typed=True
                )
            else:
                written = clerks.count(rng, head.column, rng.randrange(most), (), is_typed=True)
            is_right = is_right and written.lands is not None
            cells.append(written.cell)
            lands |= written.lands or {}
    rows.append(cells)
    if is_right and into.contract is STOCK:
        is_right = int(lands["skilled_count"] or 0) >= int(lands["high_skilled_count"] or 0)
    if is_right:
        into.truth["Sheet1", len(rows)] = lands
    else:
        into.faulty.add(("Sheet1", len(rows)))

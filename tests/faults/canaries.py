"""Invented people and secrets, and deliveries that hold them wherever a clerk can put them.

Every value is made here and belongs to nobody: resident IDs lie in region 529999, which is no
place. `CANARIES` names each, so that a report can say which was found without showing it.
"""

from __future__ import annotations

import csv
import os
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import openpyxl
from openpyxl.comments import Comment

from ingestion.identity import check_digit

LEDGERS: Final = "county/training_ledgers"
RESULTS: Final = "hrss/competition_results"
COMPETITIONS: Final = "hrss/competitions"
#: When all files were written.
WRITTEN_AT: Final = datetime(2025, 1, 6, 2, tzinfo=UTC)
#: A line of a ledger, less who is trained, by the titles of its columns.
USUAL: Final = {
    "姓名": "",
    "身份证号码": "",
    "联系电话": "",
    "培训机构": "样例立业技工学校",
    "班次": "第1期",
    "培训工种": "白酒酿造工",
    "开班时间": "2024-03-04",
    "结业时间": "2024-03-22",
    "考核结果": "合格",
}
HEADER: Final = tuple(USUAL)


def resident_id(number: int) -> str:
    """A valid ID of nobody, always the same for the same number."""
    born = f"19{60 + number % 40}{1 + number % 12:02d}{1 + number % 28:02d}"
    seventeen = f"529999{born}{100 + number:03d}"
    return seventeen + check_digit(seventeen)


def ruined_id(number: int) -> str:
    """The same with a wrong check digit."""
    right = resident_id(number)
    return right[:17] + ("0" if right[17] != "0" else "1")


def bank_card(number: int) -> str:
    """A number of a bank card that nobody has: the check digit is right."""
    body = f"621799{number:03d}0{number * 7919 % 10**8:08d}"
    total = sum(
        sum(divmod(int(digit) * (2 if place % 2 == 0 else 1), 10))
        for place, digit in enumerate(reversed(body))
    )
    return f"{body}{-total % 10}"


#: Right columns, wrong columns, and the places around a table.
VALID: Final = {f"resident ID {n}": resident_id(n) for n in range(1, 17)}
RUINED: Final = {f"ruined ID {n}": ruined_id(n) for n in range(17, 21)}
PHONES: Final = {f"phone {n}": f"1880851{4270 + n * 13}" for n in range(1, 11)}
CARDS: Final = {f"bank card {n}": bank_card(n) for n in range(1, 7)}
NAMES: Final = {
    f"name {n}": name
    for n, name in enumerate(
        ("欧阳霁曦", "令狐翯然", "司徒翀燊", "慕容龘轩", "尉迟玥彣", "濮阳婳祎", "澹台昶旻"),
        start=1,
    )
}
SECRETS: Final = {
    "person secret": "Zq7-canary-person-secret-0aVx93kLmW",
    "API token": "Tk-canary-api-4f9d0c2b7e61",
    "wrong API token": "Tk-canary-wrong-8b1e55d0c3",
    "database password": "Pw-canary-db-71c0e94a2f",
    "wrong database password": "Pw-canary-wrong-db-3e6610",
    "drop folder password": "Pw-canary-drop-d5a7e81f",
}
CANARIES: Final = MappingProxyType({**VALID, **RUINED, **PHONES, **CARDS, **NAMES, **SECRETS})


def write_deliveries(drop: Path) -> None:
    """Good and bad files, and files of no feed."""
    _write_good_ledger(drop / LEDGERS / "仁怀市" / "2024年1-6月台账.csv")
    _write_crowded_ledger(
        drop / LEDGERS / "湄潭县" / f"2024年1-6月台账 {VALID['resident ID 4']}.xlsx"
    )
    _write_headless_ledger(
        drop / LEDGERS / f"赤水市 {PHONES['phone 3']}" / f"{VALID['resident ID 5']}.csv"
    )
    _write_ledger_of_strangers(drop / LEDGERS / "桐梓县" / "2024年1-6月台账.xlsx")
    _write_results(drop / RESULTS / "2024" / f"2024年成绩 {PHONES['phone 4']}.xlsx")
    _write_competitions(drop / COMPETITIONS / "2024" / "2024年名录.xlsx")
    stray = drop / f"名册 {VALID['resident ID 6']}" / f"{CARDS['bank card 2']}.txt"
    stray.parent.mkdir(parents=True)
    stray.write_text("".join(CANARIES.values()), encoding="utf-8")
    torn = drop / LEDGERS / "绥阳县" / f"1-6月 {_full_width(PHONES['phone 5'])}.xlsx"
    torn.parent.mkdir(parents=True)
    torn.write_bytes(next((drop / LEDGERS / "湄潭县").iterdir()).read_bytes()[:3000])
    for path in drop.rglob("*"):
        # Nobody waits whether it is still being written.
        os.utime(path, (WRITTEN_AT.timestamp(),) * 2)


def line(who: int, **changed: str) -> tuple[str, ...]:
    """A line of a ledger; ``changed`` by Chinese title."""
    person = {
        "姓名": NAMES[f"name {1 + who % 3}"],
        "身份证号码": VALID[f"resident ID {who}"],
        "联系电话": PHONES["phone 1"],
    }
    return tuple({**USUAL, **person, **changed}.values())


def _write_good_ledger(path: Path) -> None:
    path.parent.mkdir(parents=True)
    with path.open("w", encoding="gb18030", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        writer.writerows(line(who) for who in (1, 2, 3))
        writer.writerow(line(1, 身份证号码=RUINED["ruined ID 17"]))


def _write_crowded_ledger(path: Path) -> None:
    """One good line; every other place of the workbook holds what it should not."""
    path.parent.mkdir(parents=True)
    book = openpyxl.Workbook()
    book.properties.creator = NAMES["name 4"]
    book.properties.title = VALID["resident ID 7"]
    page = _active(book)
    page.title = f"台账{PHONES['phone 2']}"
    page.append((f"湄潭县2024年1-6月职业技能培训台账 {VALID['resident ID 8']}",))
    page.append((f"填报单位：湄潭县　填表人：{NAMES['name 5']}　电话：{PHONES['phone 6']}",))
    page.append((*HEADER, f"备注{CARDS['bank card 1']}"))
    page.append((*line(9), f"{NAMES['name 6']}，{CARDS['bank card 3']}"))
    for wrong in (
        {},
        {"身份证号码": RUINED["ruined ID 18"]},
        {"身份证号码": PHONES["phone 7"]},
        {"身份证号码": NAMES["name 7"]},
        {"班次": VALID["resident ID 10"], "开班时间": "2024-03-05"},
        {"班次": RUINED["ruined ID 19"], "开班时间": "2024-03-06"},
        {"培训机构": f"样例学校（联系人{PHONES['phone 8']}）", "开班时间": "2024-03-07"},
        {"培训机构": f"样例学校 {CARDS['bank card 4']}", "开班时间": "2024-03-08"},
        {"培训工种": f"茶艺师 {_spaced(VALID['resident ID 11'])}"},
        {"开班时间": VALID["resident ID 12"]},
        {"考核结果": PHONES["phone 9"]},
    ):
        page.append(line(9, **wrong))
    page.append(("合计", f"{CARDS['bank card 5']}"))
    page.append((f"审核人：{NAMES['name 5']} {PHONES['phone 10']}",))
    page["A5"].comment = Comment(VALID["resident ID 13"], NAMES["name 4"])
    page["L5"] = f'=CONCATENATE("{VALID["resident ID 14"]}","{CARDS["bank card 6"]}")'
    page["B5"] = float(int(RUINED["ruined ID 20"]))
    hidden = book.create_sheet(f"隐藏 {VALID['resident ID 15']}")
    hidden.append(("".join(CANARIES.values()),))
    hidden.sheet_state = "hidden"
    book.save(path)


def _write_headless_ledger(path: Path) -> None:
    """People where a header should be, as in a file cut in two; refused."""
    path.parent.mkdir(parents=True)
    lines = [",".join(line(who)) for who in (1, 2, 3)]
    path.write_text("\n".join(lines), encoding="utf-8")


def _write_ledger_of_strangers(path: Path) -> None:
    """A required column is missing, and people stand among the headers; refused."""
    path.parent.mkdir(parents=True)
    book = openpyxl.Workbook()
    page = _active(book)
    strangers = (NAMES["name 5"], VALID["resident ID 3"], PHONES["phone 6"], CARDS["bank card 3"])
    page.append((*HEADER[:-1], *strangers))
    page.append((*line(3)[:-1], *strangers))
    book.save(path)


def _write_results(path: Path) -> None:
    """Numbers of people where ranks and competition numbers belong."""
    path.parent.mkdir(parents=True)
    book = openpyxl.Workbook()
    page = _active(book)
    page.append(("竞赛编号", "赛项", "姓名", "身份证号码", "名次", "是否遵义技工"))
    name, number = NAMES["name 2"], VALID["resident ID 16"]
    page.append(("JS2024-001", "茶艺", name, number, "1", "是"))
    page.append(("JS2024-001", "茶艺", name, VALID["resident ID 1"], PHONES["phone 4"], "否"))
    page.append((VALID["resident ID 2"], "酿酒", name, VALID["resident ID 2"], "2", "否"))
    book.save(path)


def _write_competitions(path: Path) -> None:
    """A good list, so that the results have something to refer to."""
    path.parent.mkdir(parents=True)
    book = openpyxl.Workbook()
    page = _active(book)
    page.append(("竞赛编号", "竞赛名称", "竞赛级别", "主办单位", "闭赛日期"))
    page.append(("JS2024-001", "样例茶艺大赛", "市级", "市总工会", "2024-05-20"))
    book.save(path)


def _full_width(number: str) -> str:
    return number.translate({code: code + 0xFEE0 for code in range(0x30, 0x3A)})


def _spaced(number: str) -> str:
    return f"{number[:6]} {number[6:14]} {number[14:]}"


def _active(book: openpyxl.Workbook) -> Any:
    page = book.active
    assert page is not None
    return page

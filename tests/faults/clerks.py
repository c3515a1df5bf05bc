"""How clerks write one cell: a value in one of its many forms, with what has to land of it.

Every form here is one that the contracts promise to read, or one that they promise to reject.
People are invented: region 529999 was never assigned.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from random import Random
from typing import Final

from ingestion.contract import FeedContract
from ingestion.identity import check_digit, person_name
from ingestion.sample_agencies.workbooks import Cell
from ingestion.vault import KeyRing

KEYS: Final = KeyRing(b"a secret for tests, of invented people", 1)
YEAR: Final = 2024
#: The least that a clerk may head a county's ledger with.
LEDGER_HEADER: Final = ("姓名", "身份证号码", "培训机构", "培训工种", "培训时间", "考核结果")
_DAY_ZERO: Final = dt.date(1899, 12, 30)
_WIDE: Final = {code: chr(code + 0xFEE0) for code in range(0x21, 0x7F)}
_HAN: Final = "〇一二三四五六七八九"

Landed = dict[str, str | None]

_NAMES: Final = (
    "张三",
    "李四光",
    "欧阳小花",
    "王·阿依古丽",
    "赵云",
    "钱多多",
    "孙合",
    "计小明",
    "全市芳",
    "总大江",
)
_SCHOOLS: Final = (
    "样例职业培训学校",
    "遵义样例会计学校",
    "合计样例技工学校",
    "样例县职业中心",
    "习水样例公司",
)
_OCCUPATIONS: Final = (
    "会计",
    "中式烹调师",
    "计算机操作员",
    "电工",
    "设计师",
    "茶艺师",
    "家政服务员",
    "总装工",
    "保育员",
)
_LEVELS: Final = ("初级", "五级/初级工", "中级工", "高级工", "无等级")
_INDUSTRIES: Final = ("白酒", "茶产业", "装备制造", "康养", "辣椒")
_PEOPLE: Final = ("农村转移就业劳动者", "脱贫劳动力", "城镇登记失业人员", "两后生")
_WORDS: Final = {
    "institution_name": _SCHOOLS,
    "occupation": _OCCUPATIONS,
    "level": _LEVELS,
    "industry": _INDUSTRIES,
    "person_type": _PEOPLE,
    "class_no": ("第1期", "第2期", "202401"),
}


@dataclass(frozen=True)
class Written:
    """A cell, and what lands of it; None where its row must be rejected."""

    cell: Cell
    lands: Landed | None


def wide(text: str) -> str:
    """In full-width characters."""
    return text.translate(_WIDE)


def resident_number(sequence: int) -> str:
    """The number of an invented person."""
    day = dt.date(1960, 1, 1) + dt.timedelta(days=sequence % 15_000)
    seventeen = f"529999{day:%Y%m%d}{sequence % 1000:03d}"
    return seventeen + check_digit(seventeen)


def person(rng: Random, sequence: int, *, is_typed: bool) -> Written:
    """A resident ID in a form that reads, or one that must never be taken."""
    number = resident_number(sequence)
    wrong = str((int(number[10]) + 1) % 10)
    faulty: list[Cell] = [
        number[:17] + ("0" if number[17] != "0" else "1"),
        number[:10] + wrong + number[11:],
        number[:17],
        number + "0",
        f"{number[0]}.{number[1:6]}E+17",
        number[:17] + "Х",
        number.replace("9", "９").replace("2", "²"),
        "无",
    ]
    if is_typed:
        faulty += [int(number[:17]) * 10, int(number[:15] + "000")] * 2
    if rng.random() < 0.06:
        return Written(rng.choice(faulty), None)
    about: Landed = {
        "person_key": str(KEYS.person_key(number)),
        "person_key_version": "1",
        "person_id_status": "valid",
        "person_id_masked": f"529*************{number[16:]}",
        "person_birth_year": number[6:10],
        "person_sex": "male" if int(number[16]) % 2 else "female",
    }
    if rng.random() < 0.03:
        hidden: Landed = dict.fromkeys(about) | {"person_id_status": "masked"}
        return Written(
            f"{number[:6]}********{number[14:]}",
            hidden | {"person_id_masked": f"529*************{number[16:]}"},
        )
    if rng.random() < 0.05 and number[6:8] == "19":
        return Written(number[:6] + number[8:17], about | {"person_id_status": "valid_15"})
    forms = [number] * 8 + [
        number.lower(), wide(number), f"'{number}", f"{number}\t", f" {number} ", f'="{number}"',
        f"{number[:6]} {number[6:14]} {number[14:]}", f"\u200b{number}", f"{number}\u3000",
    ]  # fmt: skip
    return Written(rng.choice(forms), about)


def _day_forms(rng: Random, day: dt.date, *, is_typed: bool) -> Cell:
    y, m, d = day.year, day.month, day.day
    forms: list[Cell] = [
        f"{day:%Y-%m-%d}", f"{y}-{m}-{d}", f"{y}/{m}/{d}", f"{y}.{m}.{d}", f"{day:%Y.%m.%d}",
        f"{day:%Y%m%d}", f"{y}年{m}月{d}日", f"{y}年{m:02d}月{d:02d}日", f"{y} 年 {m} 月 {d} 日",
        f"{y}年{m}月{d}号", f"{y}.{m}.{d}.", wide(f"{y}-{m}-{d}"), str((day - _DAY_ZERO).days),
        f"{day:%Y-%m-%d} 00:00:00", f"{y}、{m}、{d}", f"{y % 100}.{m}.{d}", f"{m}月{d}日",
        f"{y % 100}年{m}月{d}日", "".join(_HAN[int(c)] for c in str(y)) + f"年{m}月{d}日",
    ]  # fmt: skip
    if is_typed:
        forms += [day, (day - _DAY_ZERO).days, int(f"{day:%Y%m%d}")] * 2
    return rng.choice(forms)


_BAD_DAYS: Final[tuple[Cell, ...]] = (
    "05/06/2024", "3.4.2024", "23.5.6", "2024-02-30", "2024年13月1日", "2024年5月上旬",
    "农历四月初八",
    "1988-05-06", "2051-01-01", "待定", "2024", "2024-06-31", "2024.5-6", "20240631",
)  # fmt: skip


def day(rng: Random, name: str, day: dt.date, *, is_typed: bool) -> Written:
    """A date of month precision: mostly a day, sometimes a month."""
    if rng.random() < 0.02:
        return Written(rng.choice(_BAD_DAYS), None)
    if rng.random() < 0.05:
        is_first = name == "started_on"
        after = (day.replace(day=28) + dt.timedelta(days=4)).replace(day=1)
        lands = day.replace(day=1) if is_first else after - dt.timedelta(days=1)
        forms = [f"{day.year}年{day.month}月", f"{day:%Y-%m}", f"{day:%Y.%m}", f"{day:%Y/%m}"]
        return Written(rng.choice(forms), {name: lands.isoformat(), f"{name}_precision": "month"})
    lands_as: Landed = {name: day.isoformat(), f"{name}_precision": "day"}
    return Written(_day_forms(rng, day, is_typed=is_typed), lands_as)


def span(rng: Random, first: dt.date, last: dt.date) -> Written:
    """A range of days in one cell."""
    a = (first.year, first.month, first.day)
    b = (last.year, last.month, last.day)
    forms = [
        f"{first}至{last}", f"{first}~{last}", f"{first} - {last}", f"{first}—{last}",
        f"{first}到{last}",
        "{}.{}.{}-{}.{}.{}".format(*a, *b), "{}年{}月{}日-{}年{}月{}日".format(*a, *b),
        "{}/{}/{}--{}/{}/{}".format(*a, *b), wide(f"{first}~{last}"), f"{first}\n{last}",
        f"{first:%Y%m%d}-{last:%Y%m%d}",
    ]  # fmt: skip
    if first.year == last.year:
        forms += [
            "{}.{}.{}-{}.{}".format(*a, *b[1:]), "{}年{}月{}日至{}月{}日".format(*a, *b[1:]),
            f"{first:%Y.%m.%d}-{last:%m.%d}",
        ]  # fmt: skip
    if a[:2] == b[:2]:
        forms += ["{}年{}月{}日-{}日".format(*a, b[2]), "{}.{}.{}-{}".format(*a, b[2])]
    if rng.random() < 0.03:
        bad = ["2024.05-06", f"{last}至{first - dt.timedelta(days=400)}", "2024-05-06", "待定"]
        return Written(rng.choice(bad), None)
    return Written(
        rng.choice(forms),
        {
            "started_on": first.isoformat(),
            "started_on_precision": "day",
            "ended_on": last.isoformat(),
            "ended_on_precision": "day",
        },
    )


def money(rng: Random, name: str, yuan: Decimal, unit: str, *, is_typed: bool) -> Written:
    """An amount under a header or title that counts in ``unit``; cells may say their own."""
    if rng.random() < 0.02:
        return Written(
            rng.choice(["约1200", "1000+200", "1,20", "1200-1500", "一千二", "12OO"]), None
        )
    wan = (yuan / 10_000).normalize()
    forms: list[Cell] = [
        f"{yuan}元",
        f"{yuan:,}元",
        f"￥{yuan}元",
        f"{wan:f}万元",
        wide(f"{yuan}元"),
        f"{yuan:,.2f}元",
    ]
    if unit == "wan_cny":
        forms += [f"{wan:f}", wide(f"{wan:f}"), f"{wan:f}万"] + (
            [float(wan)] * 4 if is_typed else []
        )
    else:
        forms += [f"{yuan}", f"{yuan:,}", f"¥{yuan:,.2f}", f"{yuan}.00"] + (
            [int(yuan)] * 4 if is_typed else []
        )
    return Written(rng.choice(forms), {name: f"{yuan:.2f}"})


def count(
    rng: Random, name: str, number: int, units: tuple[str, ...], *, is_typed: bool
) -> Written:
    """A whole number."""
    if rng.random() < 0.02:
        bad: list[Cell] = [f"约{number}", f"{number}+2", f"{number}余", "若干"]
        return Written(rng.choice([*bad, number + 0.5] if is_typed else bad), None)
    forms: list[Cell] = [str(number), wide(str(number)), f"{number}.0", f" {number}"]
    forms += [f"{number}{unit}" for unit in units]
    forms += [number] * 4 if is_typed else []
    if abs(number) >= 1000:
        forms.append(f"{number:,}")
    return Written(rng.choice(forms), {name: str(number)})


def words(rng: Random, name: str, contract: FeedContract, *, is_typed: bool) -> Written:
    """A cell that is neither a number nor a date: a name, a phone, a choice, a text."""
    match name:
        case "person_name":
            text = rng.choice(_NAMES)
            key = KEYS.key("person_name", person_name(text) or "")
            return Written(
                rng.choice((text, f" {text}", f"{text}\u3000")), {f"{name}_key": str(key)}
            )
        case "person_phone":
            number = f"139{rng.randrange(10**8):08d}"
            forms: list[Cell] = [number, f"{number[:3]} {number[3:7]} {number[7:]}", f"+86{number}"]
            forms += [int(number)] if is_typed else []
            return Written(rng.choice(forms), {f"{name}_key": str(KEYS.key("phone", number))})
        case "certificate_no":
            number = f"S{rng.randrange(10**12):012d}"
            if rng.random() < 0.3:
                return Written(None, {})
            lands: Landed = {name: number, f"{name}_key": str(KEYS.key(name, number))}
            return Written(rng.choice((number, number.lower())), lands)
        case "completion":
            if rng.random() < 0.02:
                return Written(rng.choice(("待定", "合格/不合格", "？")), None)
            code = rng.choice(("completed", "completed", "completed", "not_completed", "withdrawn"))
            return Written(rng.choice(contract.column(name).values[code]), {name: code})
        case _:
            text = rng.choice(_WORDS[name])
            return Written(text, {name: text})

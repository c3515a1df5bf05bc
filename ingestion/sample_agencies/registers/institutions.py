"""What happens to training institutions: contract, review, visit, assessment, exit, entry."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from ingestion.sample_agencies.catalog import AREAS
from ingestion.sample_agencies.people import random_stream
from ingestion.sample_agencies.registers.forms import Form, Register, Row, write_form, yearly, yes
from ingestion.sample_agencies.tallies import Event
from ingestion.sample_agencies.world import World

_REPLACEMENT: Final = timedelta(days=180)
_REMOVAL: Final = timedelta(days=90)
_KIND_WORDS: Final = {
    "selected": "遴选入围", "contracted": "签约", "reviewed": "资质审查", "visited": "实地评估",
    "evaluated": "质量评估", "assessed": "成效考核", "exited": "退出", "entered": "进入",
}  # fmt: skip
_RESULT_WORDS: Final = {"excellent": "优秀", "passed": "合格", "failed": "不合格"}


def write_institution_events(world: World, drop: Path) -> Register:
    """What happens to each institution of the world, and to those that take a place."""
    form = Form(
        "hrss/institution_events",
        "培训机构监管事项台账",
        (("事项编号",), ("机构统一社会信用代码",), ("机构名称",), ("县（市、区）",), ("事项类型",),
         ("评定结果",), ("发生日期",), ("对应退出事项编号",), ("民办",)),
        ("no", "uscc", "name", "area_name", "kind_word", "result_word", "day", "replaces",
         "private"),
    )  # fmt: skip
    register = Register(form.feed, [])
    rng = random_stream(world.seed, "institution events")
    gone: set[int] = set()
    for turn, issue in enumerate(yearly(world, is_report=False)):
        for n in range(len(world.institutions)):
            if n not in gone:
                marks = int(rng.integers(0, 10))
                register.rows.extend(_year_of(world, n, turn, issue.starts.year, marks, gone))
        for place, row in enumerate(register.rows):
            row["no"] = f"SX{place + 1:05d}"
        rows = [
            row
            for row in register.rows
            if row["day"].year == issue.starts.year and row["day"] <= world.last_day
        ]
        for row in rows:
            row["replaces"] = row["for_exit"]["no"] if row["for_exit"] else None
        register.add(write_form(drop, form, issue, rows, turn=turn), issue, [])
    register.rows[:] = [row for row in register.rows if row["day"] <= world.last_day]
    return register


def _year_of(
    world: World, n: int, turn: int, year: int, marks: int, gone: set[int]
) -> Iterator[Row]:
    """What happens to one institution in a year; who leaves is noted as gone."""

    def happens(n: int, kind: str, day: date, result: str = "", exit_row: Row | None = None) -> Row:
        institutions = world.institutions
        is_private = str(institutions.kind[n]).startswith("民办")
        area = AREAS[int(institutions.area[n])]
        return {
            "uscc": str(institutions.credit_code[n]), "name": str(institutions.name[n]),
            "area": area.code, "area_name": area.name, "kind": kind,
            "kind_word": _KIND_WORDS[kind], "result": result,
            "result_word": _RESULT_WORDS.get(result), "day": day, "for_exit": exit_row,
            "is_private": is_private, "private": yes(is_private),
        }  # fmt: skip

    if turn == 0:
        yield happens(n, "selected", date(year, 1, 10))
        yield happens(n, "contracted", date(year, 1, 20))
    if (n + turn) % 10 != 9:
        yield happens(n, "reviewed", date(year, 2 + n % 6, 12))
    if (n + turn) % 8 != 7:
        yield happens(n, "visited", date(year, 3 + n % 6, 14))
    if (n + turn) % 7 != 6:
        result = "excellent" if marks > 5 else "passed"
        yield happens(n, "evaluated", date(year, 5, 1 + n % 25), result)
    is_failed = (n + 3 * turn) % 17 == 5
    if (n + turn) % 12 != 11:
        assessed_on = date(year, 4, 1 + n % 20)
        yield happens(n, "assessed", assessed_on, "failed" if is_failed else "passed")
        if is_failed:
            # some stay too long, and some are not replaced
            left = happens(n, "exited", assessed_on + timedelta(days=40 + 70 * (n % 2)))
            yield left
            gone.add(n)
            heir = (n + 1) % len(world.institutions)
            if n % 3 and heir not in gone:
                entered_on = left["day"] + timedelta(days=60 + 75 * (n % 3))
                yield happens(heir, "entered", entered_on, exit_row=left)


def supervision_events(register: Register, as_of: date) -> Iterator[Event]:
    known = [row for row in register.rows if row["day"] <= as_of]
    latest: dict[str, Row] = {}
    for row in known:
        best = latest.get(row["uscc"])
        if row["kind"] == "evaluated" and (
            best is None or (row["day"], row["no"]) > (best["day"], best["no"])
        ):
            latest[row["uscc"]] = row
    for row in latest.values():
        if row["is_private"] and row["result"] == "excellent":
            yield Event("M04-1", day=min(as_of, date(2025, 12, 31)), area=row["area"])
    yield from _contract_years(known, as_of)
    entries = {row["replaces"]: row["day"] for row in known if row["kind"] == "entered"}
    exits = {row["uscc"]: row["day"] for row in known if row["kind"] == "exited"}
    for row in known:
        where = {"day": row["day"], "area": row["area"]}
        if row["kind"] == "exited":
            entered, due = entries.get(row["no"]), row["day"] + _REPLACEMENT
            is_done = entered is not None and entered <= due
            if is_done or due <= as_of:
                yield Event("M13-2", **where, numerator=int(is_done), denominator=1)
        if row["kind"] == "assessed" and row["result"] == "failed":
            left, due = exits.get(row["uscc"]), row["day"] + _REMOVAL
            is_done = left is not None and left <= due
            if is_done or due <= as_of:
                yield Event("M13-3", **where, numerator=int(is_done), denominator=1)


def _contract_years(known: Sequence[Row], as_of: date) -> Iterator[Event]:
    """Per institution in contract and year: whether it was watched in it."""
    own: dict[tuple[str, str], list[Row]] = {}
    for row in known:
        own.setdefault((row["uscc"], row["area"]), []).append(row)
    for year in range(2023, as_of.year + 1):
        first, last = date(year, 1, 1), min(date(year, 12, 31), as_of)
        for (_, area), rows in own.items():
            seen = [row for row in rows if row["day"] <= last]
            is_contracted = any(row["kind"] == "contracted" for row in seen)
            is_gone = any(row["kind"] == "exited" and row["day"] < first for row in seen)
            if not is_contracted or is_gone:
                continue
            kinds = {row["kind"] for row in seen if row["day"] >= first}
            for indicator, needed in (
                ("M04-2", {"evaluated", "visited"}), ("M11-2", {"reviewed", "visited"}),
                ("M13-1", {"assessed"}),
            ):  # fmt: skip
                yield Event(
                    indicator, day=last, area=area, numerator=int(needed <= kinds), denominator=1
                )

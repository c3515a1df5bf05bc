"""What no register can prove: documents that departments file, and who has confirmed them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Final

from ingestion.sample_agencies.catalog import AREA_INDEX, AREAS
from ingestion.sample_agencies.registers.forms import (
    DEPARTMENT_NAMES,
    Form,
    Register,
    write_form,
    yearly,
)
from ingestion.sample_agencies.tallies import Event
from ingestion.sample_agencies.world import World

#: Indicator, area, document, day, number, day of confirmation: what the city could show.
_PROOFS: Final = (
    ("M19-4", "520303", "遵人社函〔2023〕18号", date(2023, 5, 10), 1, date(2023, 6, 1)),
    ("M19-4", "520381", "遵人社函〔2024〕7号", date(2024, 3, 4), 1, date(2024, 4, 2)),
    ("M19-4", "520330", "遵人社函〔2025〕3号", date(2025, 2, 17), 1, date(2025, 3, 12)),
    ("M19-5", "520324", "正府函〔2023〕41号", date(2023, 9, 20), 1, date(2023, 10, 9)),
    ("M19-5", "520324", "遵人社函〔2024〕26号", date(2024, 8, 6), 1, date(2024, 9, 3)),
    # Nobody has confirmed this one yet.
    ("M19-5", "520324", "遵人社函〔2025〕15号", date(2025, 5, 22), 1, None),
)


def write_proofs(world: World, drop: Path) -> Register:
    form = Form(
        "department/manual_evidence",
        "人工佐证材料登记表",
        (("指标编号",), ("县（市、区）",), ("依据文号",), ("发生日期",), ("数量",), ("核查单位",),
         ("核查日期",)),
        ("indicator", "area_name", "document", "happened_on", "count", "confirming",
         "confirmed_on"),
    )  # fmt: skip
    register = Register(form.feed, [])
    for turn, span in enumerate(yearly(world, is_report=False)):
        rows = [
            {
                "indicator": indicator, "area": area, "area_name": AREAS[AREA_INDEX[area]].name,
                "document": document, "happened_on": happened_on, "count": count,
                "confirming": DEPARTMENT_NAMES["education_sports"] if confirmed_on else None,
                "confirmed_on": confirmed_on, "starts": span.starts,
            }
            for indicator, area, document, happened_on, count, confirmed_on in _PROOFS
            if happened_on <= min(span.ends, world.last_day)
        ]  # fmt: skip
        if rows:
            told = write_form(drop, form, span, rows, turn=turn, unit=DEPARTMENT_NAMES["hrss"])
            register.add(told, span, rows)
    return register


def proof_events(register: Register, as_of: date) -> Iterator[Event]:
    """Each list states all that holds in its year."""
    for row in register.rows:
        if row["starts"] > as_of or row["happened_on"] > as_of:
            continue
        confirmed_on = row["confirmed_on"]
        yield Event(
            row["indicator"], day=row["starts"], area=row["area"], numerator=row["count"],
            is_confirmed=confirmed_on is not None and confirmed_on <= as_of,
        )  # fmt: skip

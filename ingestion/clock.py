"""Clocks: this machine's, held against what the manifest has recorded, and those of others.

Nothing is ordered by a clock here, but days that are due, and what was known on a past day, hang
on it; and what was recorded under a wrong one stays wrong. So a clock that has gone back, or that
is so far ahead that nobody can have meant it, is refused before anything is touched. It never
corrects a clock and never guesses which of the two is right. The time that a file carries is
believed unless it can't be: archives and old disks give 1970 or 1980, other clocks run ahead.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from ingestion.landing import Manifest
from ingestion.periods import FIRST_YEAR, LOCAL_TIME

#: What time servers put right by themselves.
TOLERANCE: Final = timedelta(minutes=5)
#: No installation rests for longer.
LONGEST_REST: Final = timedelta(days=400)
#: No file of the plan is older.
_OLDEST_FILE: Final = datetime(FIRST_YEAR, 1, 1, tzinfo=UTC)


class ClockError(Exception):
    """The clock can't be right, or the manifest's can't have been; the message says what to do."""


def refuse_implausible_clock(manifest: Manifest, now: datetime) -> None:
    """Raises ClockError when ``now`` lies before what is recorded, or far behind it."""
    last = manifest.last_moment()
    if last is None or last - TOLERANCE <= now <= last + LONGEST_REST:
        return
    fault_zh, fault = (
        ("早于", "before") if now < last else (f"晚了超过 {LONGEST_REST.days} 天于", "far after")
    )
    raise ClockError(
        f"本机时钟为 {_shown(now)}，{fault_zh}最后一次入库记录 {_shown(last)}：请先校准时钟 · "
        f"The clock of this machine says {_shown(now)}, {fault} the last record of {_shown(last)} "
        "(Asia/Shanghai). Nothing was touched. Set the clock right, then try again. If the clock "
        "is right and the record is wrong: skills refresh --trust-clock"
    )


def refuse_going_back(manifest: Manifest, feed: str, now: datetime) -> None:
    """Raises ClockError when the feed was handled later than ``now``, as a caller may name it."""
    last = manifest.last_moment(feed)
    if last is not None and now < last - TOLERANCE:
        raise ClockError(
            f"{feed} was handled at {_shown(last)} and can't be handled as of {_shown(now)} "
            "(Asia/Shanghai): pull a past span with `until`, not with an earlier moment"
        )


def credible_moment(told: datetime, now: datetime) -> datetime:
    """When a delivery came, as its file tells; or now, when that can't be."""
    return told if _OLDEST_FILE <= told <= now else now


def _shown(moment: datetime) -> str:
    return f"{moment.astimezone(LOCAL_TIME):%Y-%m-%d %H:%M}"

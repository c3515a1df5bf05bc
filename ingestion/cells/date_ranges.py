"""Cells that hold a whole range of dates, such as 2024.05.06-05.20 or 2024年5月6日至20日.

The second part may leave out what it shares with the first; two full dates side by side, on two
lines or divided by a comma are the first and the last day. A single month is its first to its
last day. Refused: a single date, a range whose end lies before its start (nothing is swapped,
no year is added), 2024.05-06 (two readings), and whatever ``ingestion.cells.dates`` refuses in
either part.
"""

from __future__ import annotations

import re

from ingestion.cells.dates import Day, checked_day, normalise, read_day
from ingestion.cells.values import CellContext, Parsed
from ingestion.contract import Column
from ingestion.reasons import RowReason

_CLOCKS = re.compile(r"(?:T|\s+|(?<=日))\d{1,2}:\d{2}(?::\d{2})?(?:\.\d+)?(?=$|[^\d])", re.ASCII)
#: 共15天, (10天): a length beside the range, not part of it.
_LENGTH = re.compile(r"(?:[,，;]\s*|\(|共)共?计?\d{1,3}(?:天|日|个工作日|课时|学时)\)?$", re.ASCII)
#: A remark in words after the range: (晚班). Numbers in it may be other dates.
_REMARK = re.compile(r"\([^()\d]{1,20}\)$", re.ASCII)
_FROM_UNTIL = re.compile(r"^[自从由](?=\d)|(?<=[\d日月])[起始止]", re.ASCII)
#: The numeral one as it is typed for a dash, and a full stop at the end of a date.
_DASH_LOOKALIKE = re.compile(r"(?<=[\d日月])[一ー丨](?=\d)", re.ASCII)
_FULL_STOP = re.compile(r"(?<=\d)\.(?=[-~至到\u2014\u2015\u2013]|$)", re.ASCII)
_SIDE_BY_SIDE = re.compile(r"(?<=[\d日])[\s,、;/]*(?=\d{4}[年./-]\d{1,2}[月./-]\d)", re.ASCII)
#: 3.5 or 3/5, a day where a range of the delivery's year stands.
_MONTH_DOT_DAY = re.compile(r"(\d{1,2})[./](\d{1,2})", re.ASCII)
_STRONG = re.compile(r"至|到|~|[\u2014\u2015\u2013\u2192]+|--+")
_DASHED = re.compile(
    r"(?P<start>\d{4}-\d{1,2}-\d{1,2})-(?P<end>\d{4}-\d{1,2}-\d{1,2}|\d{1,2}-\d{1,2}|\d{1,2})"
    r"|(?P<start_month>\d{4}-\d{1,2})-(?P<end_month>\d{4}-\d{1,2})",
    re.ASCII,
)
_BARE = re.compile(r"(\d{1,2})", re.ASCII)
_DAY_ONLY = re.compile(r"(\d{1,2})日", re.ASCII)
_MONTH_ONLY = re.compile(r"(\d{1,2})月", re.ASCII)
_MONTH_AND_DAY = re.compile(r"(\d{1,2})[月./-](\d{1,2})日?|(\d{2})(\d{2})", re.ASCII)


def parse_date_range(
    raw: str, kind: str, column: Column, context: CellContext
) -> Parsed | RowReason:
    """(start, start precision, end, end precision)."""
    text = _bare(raw)
    if not text:
        return RowReason.CELL_BLANK
    if isinstance(single := read_day(text, kind, context), Day):
        return _whole_month(single, column)
    parts = _split(text)
    if parts is None or single is RowReason.DATE_VAGUE:
        return single
    start = _read_start(parts[0], context)
    if isinstance(start, RowReason):
        return start
    end = _read_end(parts[1], start, strong=_STRONG.search(text) is not None, context=context)
    if isinstance(end, RowReason):
        return end
    if column.precision == "day" and "month" in (start.precision, end.precision):
        return RowReason.DATE_MONTH_ONLY
    first, last = start.at("first_day"), end.at("last_day")
    if last < first:
        return RowReason.DATE_RANGE_REVERSED
    return Parsed((first.isoformat(), start.precision, last.isoformat(), end.precision))


def _bare(raw: str) -> str:
    """The range without clocks, its length, remarks and the words 自, 起 and 止."""
    text = _REMARK.sub("", _LENGTH.sub("", _CLOCKS.sub("", normalise(raw))).strip())
    text = _FROM_UNTIL.sub("", text)
    return _FULL_STOP.sub("", _DASH_LOOKALIKE.sub("-", text)).strip()


def _whole_month(single: Day, column: Column) -> Parsed | RowReason:
    """A month is a range of its own; that a day is the first as well as the last is not said."""
    if single.day is not None:
        return RowReason.DATE_UNPARSED
    if column.precision == "day":
        return RowReason.DATE_MONTH_ONLY
    first, last = single.at("first_day"), single.at("last_day")
    return Parsed((first.isoformat(), single.precision, last.isoformat(), single.precision))


def _read_start(text: str, context: CellContext) -> Day | RowReason:
    if (found := _MONTH_DOT_DAY.fullmatch(text)) and context.year is not None:
        return checked_day(context.year, int(found[1]), int(found[2]))
    return read_day(text, "t", context)


def _split(text: str) -> tuple[str, str] | None:
    """The two parts, or none when the text does not fall into exactly two."""
    if len(strong := _STRONG.split(text)) == 2:
        return strong[0].strip(), strong[1].strip()
    if len(strong) > 2:
        return None
    if dashed := _DASHED.fullmatch(text):
        start, end, start_month, end_month = dashed.groups()
        return (start or start_month, end or end_month)
    if len(weak := text.split("-")) == 2:
        return weak[0].strip(), weak[1].strip()
    if len(beside := _SIDE_BY_SIDE.split(text)) == 2:
        return beside[0].strip(), beside[1].strip()
    return None


def _read_end(text: str, start: Day, *, strong: bool, context: CellContext) -> Day | RowReason:
    """The second part, completed from the first one."""
    if found := _BARE.fullmatch(text):
        if start.day is not None:
            return checked_day(start.year, start.month, int(found[1]))
        return checked_day(start.year, int(found[1]), None) if strong else RowReason.DATE_AMBIGUOUS
    if found := _DAY_ONLY.fullmatch(text):
        if start.day is None:
            return RowReason.DATE_UNPARSED
        return checked_day(start.year, start.month, int(found[1]))
    if found := _MONTH_ONLY.fullmatch(text):
        return checked_day(start.year, int(found[1]), None)
    if (found := _MONTH_AND_DAY.fullmatch(text)) and start.day is not None:
        month, day = found[1] or found[3], found[2] or found[4]
        return checked_day(start.year, int(month), int(day))
    return read_day(text, "t", context)

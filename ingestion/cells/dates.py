"""Cells of one date or time: every form that ledgers use and that can be read in one way only.

Canonical text is ``YYYY-MM-DD``; a month stands for its first or last day and says so. Refused
with a reason: 05/06/2024 (two readings), 24.5.6 unless the delivery is of that year, 5月6日
without a year from the delivery, 上旬 and lunar dates, days that don't exist, years outside
1990 to 2049.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal

from ingestion.cells.numbers import han_number
from ingestion.cells.values import CellContext, Parsed, clean
from ingestion.contract import Column
from ingestion.reasons import RowReason

Edge = Literal["first_day", "last_day"]
Precision = Literal["day", "month"]

FIRST_YEAR: Final = 1990
LAST_YEAR: Final = 2049
_LOCAL: Final = dt.timezone(dt.timedelta(hours=8))
#: Day 0 of a spreadsheet that counts from 1900, and of one that counts from 1904.
_DAY_ZERO_1900: Final = dt.date(1899, 12, 30)
_DAY_ZERO_1904: Final = dt.date(1904, 1, 1)

_VAGUE = re.compile(
    r"[上中下]旬|农历|阴历|旧历|正月|腊月|冬月|初[一二三四五六七八九十]|[月年][初底末中]|上半|下半|季度"
    r"|约|左右|前后|春节|中秋|至今|待定|不详"
)
_WEEKDAY = re.compile(r"\(?(?:星期|周)[一二三四五六日天]\)?")
_HAN_DATE = re.compile(r"[〇零一二三四五六七八九十]+(?=[年月日])")
_AROUND_SEPARATOR = re.compile(r"\s*([年月日./~-])\s*")
_CLOCK = re.compile(
    r"(?:T|\s+|(?<=日))(?P<half>上午|下午|AM|PM)?\s*"
    r"(?P<hour>\d{1,2})(?::|时|点)(?P<minute>\d{2})(?:(?::|分)(?P<second>\d{2}))?(?:\.\d+)?[分秒]?"
    r"\s*(?P<zone>Z|[+-]\d{2}:?\d{2})?$",
    re.ASCII,
)

#: 2024、5、6 and 2024 5 6 as well: three numbers, a year first, can be but one day.
_YEAR_FIRST = re.compile(r"(\d{4})([年./、, -])(\d{1,2})([月./、, -])(\d{1,2})[日.]?", re.ASCII)
_EIGHT_DIGITS = re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII)
_SIX_DIGITS = re.compile(r"(\d{2})(\d{2})(\d{2})", re.ASCII)
_MONTH = re.compile(r"(\d{4})(?:年|[./-])(\d{1,2})月?", re.ASCII)
_SHORT_HAN_YEAR = re.compile(r"(\d{2})年(\d{1,2})月(?:(\d{1,2})日?)?", re.ASCII)
_SHORT_YEAR = re.compile(r"(\d{2})([./-])(\d{1,2})\2(\d{1,2})", re.ASCII)
_YEAR_LAST = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4})", re.ASCII)
_NO_YEAR = re.compile(r"(\d{1,2})月(?:(\d{1,2})日?)?", re.ASCII)
_TWO_NUMBERS = re.compile(r"\d{1,2}[./-]\d{1,2}", re.ASCII)
_NUMERIC_MONTH = re.compile(r"(\d{4})\.(\d{1,2})", re.ASCII)
_SERIAL = re.compile(r"(\d{5})(\.\d+)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Day:
    """A day, or a month when ``day`` is none; always one that the calendar knows."""

    year: int
    month: int
    day: int | None

    @property
    def precision(self) -> Precision:
        return "month" if self.day is None else "day"

    def at(self, edge: Edge) -> dt.date:
        """The day itself; of a month its first or last day."""
        if self.day is not None:
            return dt.date(self.year, self.month, self.day)
        last = calendar.monthrange(self.year, self.month)[1]
        return dt.date(self.year, self.month, last if edge == "last_day" else 1)


def parse_date(raw: str, kind: str, column: Column, context: CellContext) -> Parsed | RowReason:
    """(date,), or (date, precision) for a column of month precision."""
    text = normalise(raw)
    if not text:
        return RowReason.CELL_BLANK
    day = read_day(_without_clock(text), kind, context)
    if isinstance(day, RowReason):
        return day
    if column.precision == "month":
        return Parsed((day.at(column.month_as).isoformat(), day.precision))
    if day.day is None:
        return RowReason.DATE_MONTH_ONLY
    return Parsed((day.at("first_day").isoformat(),))


def parse_datetime(raw: str, kind: str, context: CellContext) -> Parsed | RowReason:
    """Local time ``YYYY-MM-DD HH:MM:SS``; a stated offset is converted to China's."""
    text = normalise(raw)
    if not text:
        return RowReason.CELL_BLANK
    if serial := _SERIAL.fullmatch(text):
        seconds = round(Decimal(serial[2] or 0) * 86_400)
        day = read_day(serial[1], kind, context)
        clock: dt.timedelta | RowReason = dt.timedelta(seconds=int(seconds))
        zone = None
    else:
        found = _CLOCK.search(text)
        day = read_day(_without_clock(text), kind, context)
        clock = _clock(found) if found else dt.timedelta()
        zone = found["zone"] if found else None
    if isinstance(day, RowReason):
        return day
    if isinstance(clock, RowReason):
        return clock
    if day.day is None:
        return RowReason.DATE_MONTH_ONLY
    moment = dt.datetime.combine(day.at("first_day"), dt.time(), _offset(zone)) + clock
    return Parsed((f"{moment.astimezone(_LOCAL):%Y-%m-%d %H:%M:%S}",))


def normalise(raw: str) -> str:
    """NFKC, Chinese numerals as digits, no blanks around separators, no weekday."""
    text = unicodedata.normalize("NFKC", clean(raw)).replace("号", "日").replace("。", ".")
    text = text.replace("\u2212", "-").replace("\u2010", "-").replace("\u301c", "~")
    text = _HAN_DATE.sub(lambda found: _han_digits(found[0]), text)
    text = _WEEKDAY.sub("", text)
    return _AROUND_SEPARATOR.sub(r"\1", " ".join(text.split())).strip()


def read_day(text: str, kind: str, context: CellContext) -> Day | RowReason:
    """The one day or month that a normalised text without clock stands for."""
    if kind == "n" and (found := _NUMERIC_MONTH.fullmatch(text)):
        # 2024.1 may have been typed as 2024.10, the cell no longer tells
        if found[2] == "1":
            return RowReason.DATE_AMBIGUOUS
        return checked_day(int(found[1]), int(found[2]), None)
    if _VAGUE.search(text):
        return RowReason.DATE_VAGUE
    if found := _YEAR_FIRST.fullmatch(text):
        year, first, month, second, day = found.groups()
        if first != second and first != "年" and second != "月":
            return RowReason.DATE_AMBIGUOUS
        return checked_day(int(year), int(month), int(day))
    if found := _EIGHT_DIGITS.fullmatch(text):
        return checked_day(*map(int, found.groups()))
    if found := _SIX_DIGITS.fullmatch(text):
        return _six_digits(text, found, context)
    if found := _MONTH.fullmatch(text):
        return checked_day(int(found[1]), int(found[2]), None)
    if found := _SERIAL.fullmatch(text):
        return _serial_day(int(found[1]), context)
    return _read_incomplete(text, context)


def checked_day(year: int, month: int, day: int | None) -> Day | RowReason:
    """The day, or why there is none: not in the calendar, or out of range."""
    last = calendar.monthrange(year, month)[1] if 1 <= month <= 12 and year >= 1 else 0
    if not last or (day is not None and not 1 <= day <= last):
        return RowReason.DATE_INVALID
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return RowReason.DATE_OUT_OF_RANGE
    return Day(year, month, day)


def _read_incomplete(text: str, context: CellContext) -> Day | RowReason:
    """Forms with a short year, the year at the end, or no year."""
    if found := _SHORT_HAN_YEAR.fullmatch(text):
        short = int(found[1])
        year = short + (2000 if short < 50 else 1900)
        return checked_day(year, int(found[2]), int(found[3]) if found[3] else None)
    if found := _SHORT_YEAR.fullmatch(text):
        if context.year is None or context.year % 100 != int(found[1]):
            return RowReason.DATE_AMBIGUOUS
        return checked_day(context.year, int(found[3]), int(found[4]))
    if found := _YEAR_LAST.fullmatch(text):
        first, second, year = int(found[1]), int(found[3]), int(found[4])
        readings = {
            reading
            for reading in (checked_day(year, first, second), checked_day(year, second, first))
            if isinstance(reading, Day)
        }
        if len(readings) == 1:
            return readings.pop()
        return RowReason.DATE_AMBIGUOUS if readings else checked_day(year, first, second)
    if found := _NO_YEAR.fullmatch(text):
        if context.year is None:
            return RowReason.DATE_NO_YEAR
        return checked_day(context.year, int(found[1]), int(found[2]) if found[2] else None)
    if _TWO_NUMBERS.fullmatch(text):
        return RowReason.DATE_NO_YEAR
    return RowReason.DATE_UNPARSED


def _six_digits(text: str, found: re.Match[str], context: CellContext) -> Day | RowReason:
    """202405, or 240506 in a delivery of 2024; 201203 may be either."""
    as_month = checked_day(int(text[:4]), int(text[4:]), None)
    short, month, day = map(int, found.groups())
    as_day = checked_day((2000 if short < 50 else 1900) + short, month, day)
    if isinstance(as_month, Day):
        return RowReason.DATE_AMBIGUOUS if isinstance(as_day, Day) else as_month
    if context.year is None or context.year % 100 != short:
        return RowReason.DATE_AMBIGUOUS if isinstance(as_day, Day) else RowReason.DATE_UNPARSED
    return as_day


def _serial_day(serial: int, context: CellContext) -> Day | RowReason:
    day = (_DAY_ZERO_1904 if context.date_1904 else _DAY_ZERO_1900) + dt.timedelta(days=serial)
    return checked_day(day.year, day.month, day.day)


def _without_clock(text: str) -> str:
    return _CLOCK.sub("", text)


def _clock(found: re.Match[str]) -> dt.timedelta | RowReason:
    hour, minute, second = int(found["hour"]), int(found["minute"]), int(found["second"] or 0)
    if found["half"] in ("下午", "PM") and hour < 12:
        hour += 12
    if hour > 23 or minute > 59 or second > 59:
        return RowReason.DATE_INVALID
    return dt.timedelta(hours=hour, minutes=minute, seconds=second)


def _offset(zone: str | None) -> dt.timezone:
    """The time zone of ``Z`` or ``+08:00``; China's when none is stated."""
    if zone is None:
        return _LOCAL
    if zone == "Z":
        return dt.UTC
    hours, minutes = int(zone[1:3]), int(zone[-2:])
    offset = dt.timedelta(hours=hours % 24, minutes=minutes % 60)
    return dt.timezone(-offset if zone[0] == "-" else offset)


def _han_digits(numeral: str) -> str:
    if "十" in numeral:
        return str(han_number(numeral))
    return "".join(str("零一二三四五六七八九".find(digit.replace("〇", "零"))) for digit in numeral)

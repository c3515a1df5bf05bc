"""Which period a delivery speaks for, read from titles, sheet, folder and file names.

Understands 2024年1-6月, 2024年6月, 2024年第二季度, 2024Q2, 2024-06, 202406, 2024年上半年,
2024年度, 截至2024年6月30日, 二〇二四年六月, and parts that are spread over several places (a folder
2024年, a sheet 6月). It refuses to take for a period a plain date (a file name often ends with the
day it was sent), a document number, and the years of the plan itself; and where two places
disagree, the delivery is refused. The clock is a parameter.
"""

from __future__ import annotations

import calendar
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal
from zoneinfo import ZoneInfo

from ingestion.contract import FeedContract
from ingestion.reasons import Breach, BreachCode

#: Of the city: its days, its periods, and the local times that agencies' systems write.
LOCAL_TIME: Final = ZoneInfo("Asia/Shanghai")

FIRST_YEAR: Final = 2000
#: So many periods that disagree are enough for a message.
_SHOWN: Final = 5
Grain = Literal["month", "quarter", "half", "year"]


@dataclass(frozen=True)
class Period:
    """Closed span of whole months that a delivery covers within its scope."""

    start: date
    end: date

    @property
    def rank(self) -> int:
        """Further months rank higher; the furthest batch of a scope is the truth."""
        return self.end.year * 12 + self.end.month


@dataclass(frozen=True)
class Mention:
    """What one piece of text says about a period; parts may be missing."""

    year: int | None
    grain: Grain | None = None
    first: int | None = None
    last: int | None = None

    def __str__(self) -> str:
        year = "????" if self.year is None else str(self.year)
        if self.last is None:
            return year
        first = "" if self.first in (None, self.last) else f"{self.first}-"
        return f"{year}年{first}{self.last}月"


Part = str | None

_YEAR: Final = r"(?<![0-9])(?:(?:19|20)[0-9]{2}|[0-9]{2}(?=年))"
_MONTH: Final = r"(?:1[0-2]|0?[1-9]|十[一二]?|[一二三四五六七八九])"
_MM: Final = r"(?:0[1-9]|1[0-2])"
_PLAIN_MONTH: Final = r"(?:1[0-2]|0?[1-9])(?![0-9])"
_DAY: Final = r"(?:3[01]|[12][0-9]|0?[1-9])"
_TO: Final = r"(?:--?|~|至|到)"
_DATE: Final = (
    rf"(?:{_YEAR}年{_MONTH}月{_DAY}[日号]"
    rf"|{_YEAR}-{_PLAIN_MONTH}-{_DAY}(?![0-9月])"
    rf"|{_YEAR}\.{_PLAIN_MONTH}\.{_DAY}(?![0-9月])"
    rf"|{_YEAR}/{_PLAIN_MONTH}/{_DAY}(?![0-9月])"
    rf"|{_YEAR}{_MM}(?:0[1-9]|[12][0-9]|3[01])(?![0-9])"
    rf"|(?<![0-9]){_MONTH}月{_DAY}[日号])"
)
#: A year that may stand in front, as a group.
_OF: Final = rf"(?:({_YEAR})(?:年度?|[-./])?)?"

_CHINESE_DIGITS: Final = str.maketrans("〇零○一二三四五六七八九", "000123456789")
_DASHES: Final = str.maketrans("—–－―−～〜_", "-----~~-")


def _year(text: Part) -> int | None:
    if text is None:
        return None
    return int(text) if len(text) == 4 else 2000 + int(text)


def _month(text: str) -> int:
    if text.startswith("十"):
        return 10 + int(text[1:].translate(_CHINESE_DIGITS) or "0")
    return int(text.translate(_CHINESE_DIGITS))


def _nothing(*_: Part) -> tuple[Mention, ...]:
    return ()


def _months(year: Part, first: str, until: Part, last: str) -> tuple[Mention, ...]:
    """A range of months. One over two years names two years, which never agree."""
    from_year, to_year = _year(year), _year(until)
    from_month, to_month = _month(first), _month(last)
    if from_year is not None and to_year is not None and from_year != to_year:
        return (Mention(from_year), Mention(to_year))
    if from_month > to_month:  # the copy number of a file: 2024-06-2
        return (Mention(from_year or to_year, "month", from_month, from_month),)
    return (Mention(from_year or to_year, "month", from_month, to_month),)


def _dates(first: str, last: str) -> tuple[Mention, ...]:
    """From one full date to another."""
    (from_year, from_month), (to_year, to_month) = _year_and_month(first), _year_and_month(last)
    return _months(from_year, from_month, to_year, to_month)


def _year_and_month(date_text: str) -> tuple[Part, str]:
    """The year and month of what ``_DATE`` has matched."""
    if re.fullmatch(r"[0-9]{8}", date_text):
        return date_text[:4], date_text[4:6]
    *year, month, _ = re.findall(rf"[0-9]+|{_MONTH}", date_text)
    return (year[0] if year else None), month


def _until_month(year: Part, month: str) -> tuple[Mention, ...]:
    return (Mention(_year(year), "month", None, _month(month)),)


def _until_december(year: Part) -> tuple[Mention, ...]:
    return (Mention(_year(year), "month", None, 12),)


def _until_september(year: Part) -> tuple[Mention, ...]:
    return (Mention(_year(year), "month", 1, 9),)


def _month_alone(year: Part, month: str) -> tuple[Mention, ...]:
    return (Mention(_year(year), "month", _month(month), _month(month)),)


def _quarter(year: Part, quarter: str) -> tuple[Mention, ...]:
    last = _month(quarter) * 3
    return (Mention(_year(year), "quarter", last - 2, last),)


def _half(year: Part, half: Part) -> tuple[Mention, ...]:
    first = 1 if half == "上" else 7
    return (Mention(_year(year), "half", first, first + 5),)


def _whole_year(year: Part) -> tuple[Mention, ...]:
    return (Mention(_year(year), "year", 1, 12),)


def _year_alone(year: Part) -> tuple[Mention, ...]:
    return (Mention(_year(year)),)


#: Tried in this order; what one has read, the later ones do not see.
_READINGS: Final[tuple[tuple[str, Callable[..., tuple[Mention, ...]]], ...]] = (
    # 〔2023〕12号 · the years of the plan · the day on which the form was filled in
    (r"[〔\[(【](?:19|20)[0-9]{2}[〕\])】]第?[0-9]+号", _nothing),
    (rf"(?:19|20)[0-9]{{2}}年?{_TO}(?:19|20)[0-9]{{2}}(?![0-9./])年?(?![0-9])", _nothing),
    (
        r"(?:填报|填表|报送|制表|上报|打印|编制)(?:日期|时间):?"
        rf"(?:{_DATE}|{_YEAR}[年\-./]{_MONTH}月?)?",
        _nothing,
    ),
    (rf"({_DATE}){_TO}({_DATE})", _dates),
    (
        rf"(?:截[至止]到?|统计(?:截止)?(?:时间|日期):?){_OF}({_MONTH})"
        rf"(?:月(?:{_DAY}[日号]|底|末)|[-./]{_DAY}(?![0-9月]))",
        _until_month,
    ),
    (_DATE, _nothing),
    (rf"{_OF}(?<![0-9])({_MONTH})(?:月份?)?{_TO}(?:({_YEAR})[年\-./])?({_MONTH})月", _months),
    (rf"({_YEAR})[年\-./]({_PLAIN_MONTH}){_TO}(?:({_YEAR})[年\-./])?({_PLAIN_MONTH})", _months),
    (rf"({_YEAR})({_MM}){_TO}({_YEAR})?({_MM})(?![0-9])", _months),
    (rf"{_OF}前三季度", _until_september),
    (rf"{_OF}第?([1-4一二三四])季(?:度|报|末)", _quarter),
    (rf"{_OF}[Qq]([1-4])(?![0-9])", _quarter),
    (rf"{_OF}([上下])半年", _half),
    (rf"({_YEAR})年?年?(?:末|底)", _until_december),
    (rf"截[至止]到?{_OF}({_MONTH})月", _until_month),
    (rf"{_OF}(?<![0-9第])({_MONTH})月", _month_alone),
    (rf"({_YEAR})[-./]({_PLAIN_MONTH})", _month_alone),
    (rf"({_YEAR})({_MM})(?![0-9])", _month_alone),
    (rf"({_YEAR})年?(?:年?度|全年|年报)", _whole_year),
    # 2023人 counts people, 2024人社 is a year before an office
    (rf"({_YEAR})(?![0-9万名元个户家项%]|人(?!社|力))", _year_alone),
)
_COMPILED: Final = tuple((re.compile(pattern), reading) for pattern, reading in _READINGS)


def _squeeze(text: str) -> str:
    """Half-width, one kind of dash, no white space, years in digits."""
    plain = unicodedata.normalize("NFKC", text).translate(_DASHES)
    plain = re.sub(r"(?<=[0-9])\s+(?=[0-9])", "-", plain)
    plain = re.sub(r"\s+", "", plain)
    return re.sub(
        r"[〇零○一二三四五六七八九]{4}(?=年)", lambda m: m[0].translate(_CHINESE_DIGITS), plain
    )


def mentions(text: str) -> tuple[Mention, ...]:
    """Everything that this text says about a period, each part of it once."""
    rest = _squeeze(text)
    found: list[Mention] = []
    for pattern, reading in _COMPILED:
        for match in pattern.finditer(rest):
            found.extend(reading(*match.groups()))
        rest = pattern.sub("□", rest)
    return tuple(found)


def local_day(moment: datetime) -> date:
    """The calendar day in Zunyi at that moment."""
    return moment.astimezone(LOCAL_TIME).date()


@dataclass(frozen=True)
class Evidence:
    """What the places around a table say about its period."""

    inside: tuple[Mention, ...]
    outside: tuple[Mention, ...]
    where: str

    @property
    def all(self) -> tuple[Mention, ...]:
        return (*self.inside, *self.outside)

    def conflict(self) -> Breach:
        places = {"title or sheet name": self.inside, "folder or file name": self.outside}
        words = "; ".join(f"{place} says {_listed(said)}" for place, said in places.items() if said)
        return Breach(
            BreachCode.PERIOD_CONFLICT,
            self.where,
            f"the period is not the same everywhere: {words}. Correct it and send the file again.",
        )

    def unknown(self, lacks: str) -> Breach:
        return Breach(
            BreachCode.PERIOD_UNKNOWN,
            self.where,
            f"the title, sheet, folder and file name do not tell the {lacks}. "
            "Write the period into the title, such as 2024年1-6月.",
        )

    def out_of_range(self) -> Breach:
        return Breach(
            BreachCode.PERIOD_OUT_OF_RANGE,
            self.where,
            f"the period had not begun when the file was delivered, or lies before {FIRST_YEAR}. "
            "Correct the year and month in the title or file name.",
        )


def period_of(
    contract: FeedContract,
    *,
    sheet: str,
    titles: Sequence[str],
    hints: Sequence[str],
    delivered_on: date,
    where: str,
    is_one_of_several: bool = False,
) -> Period | None:
    """The period that a table covers, or None when the contract knows no periods.

    ``titles`` are title rows, ``hints`` the folders and the file's stem. A sheet may be named
    for a single month within what is said elsewhere, and the titles of one sheet of several may
    speak of a part of what the file's name says. Raises Breach: PERIOD_UNKNOWN, PERIOD_CONFLICT,
    PERIOD_OUT_OF_RANGE.
    """
    covers = contract.delivery.covers
    if covers is None and not {"year", "quarter", "month"} & set(contract.delivery.scope):
        return None
    outside = _said(hints)
    titled = _said([title for title in titles if title != sheet])
    if is_one_of_several:
        titled = tuple(mention for mention in titled if not _lies_within(mention, outside))
    elsewhere = (*titled, *outside)
    named = tuple(mention for mention in mentions(sheet) if not _lies_within(mention, elsewhere))
    evidence = Evidence((*titled, *named), outside, where)

    year = _year_of(evidence)
    if not FIRST_YEAR <= year <= delivered_on.year + 1:
        raise evidence.out_of_range()
    if covers in (None, "year"):
        return Period(date(year, 1, 1), date(year, 12, 31))
    is_yearly = contract.cadence in ("yearly", "irregular")
    is_over = delivered_on >= date(year, 12, 1)
    last = _last_month(evidence, covers == "quarter", may_be_whole_year=is_yearly or is_over)
    if last is None and not is_yearly:
        raise evidence.unknown(f"month or quarter of {year} up to which it counts")
    period = _span(contract, year, last or 12)
    last_part_begins = date(year, period.end.month - (2 if covers == "quarter" else 0), 1)
    if last_part_begins > delivered_on and not (is_yearly and period.end.month == 12):
        raise evidence.out_of_range()
    return period


def _listed(said: Iterable[Mention]) -> str:
    """The first few different ones, in words."""
    words = list(dict.fromkeys(map(str, said)))
    return "、".join(words[:_SHOWN]) + ("…" if len(words) > _SHOWN else "")


def _said(texts: Iterable[str]) -> tuple[Mention, ...]:
    return tuple(mention for text in texts for mention in mentions(text))


def _lies_within(mention: Mention, spans: Iterable[Mention]) -> bool:
    """Whether a month ends no later than another one that is named for its year."""
    return mention.grain == "month" and any(
        span.grain == "month"
        and span.last is not None
        and mention.last is not None
        and mention.year in (None, span.year or mention.year)
        and mention.last <= span.last
        for span in spans
    )


def _year_of(evidence: Evidence) -> int:
    years = {mention.year for mention in evidence.all if mention.year is not None}
    if len(years) > 1:
        raise evidence.conflict()
    if not years:
        raise evidence.unknown("year")
    return years.pop()


def _last_month(evidence: Evidence, by_quarter: bool, *, may_be_whole_year: bool) -> int | None:
    """The last month covered.

    All months named must agree, and lie in every quarter, half or year that is named; where no
    month is named, the end of the finest of these counts.
    """
    ends = {mention.last for mention in evidence.all if mention.grain == "month" and mention.last}
    if by_quarter:
        ends = {(end + 2) // 3 * 3 for end in ends}
    spans = sorted(
        (mention for mention in evidence.all if mention.grain in ("quarter", "half", "year")),
        key=lambda mention: (mention.last or 0) - (mention.first or 0),
    )
    if not may_be_whole_year:
        spans = [mention for mention in spans if mention.grain != "year"]
    if not ends and spans and spans[0].last:
        ends = {spans[0].last}
    if not ends:
        return None
    end, *others = ends
    if others or any(not (span.first or 1) <= end <= (span.last or 12) for span in spans):
        raise evidence.conflict()
    return end


def _span(contract: FeedContract, year: int, last: int) -> Period:
    """Whole months from the begin of the scope to the last month covered."""
    if "month" in contract.delivery.scope:
        first = last
    elif "quarter" in contract.delivery.scope:
        first = (last + 2) // 3 * 3 - 2
    else:
        first = 1
    return Period(date(year, first, 1), date(year, last, calendar.monthrange(year, last)[1]))

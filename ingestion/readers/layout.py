"""Where a table's header is and which grid column stands for which contract column.

The header is the span of one to three rows that maps the most contract columns, required ones
first. Refuses to settle an ambiguity: two headers for one column, or one for two, are reported.
"""

from __future__ import annotations

import difflib
import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

from ingestion.cells import compact
from ingestion.contract import AMOUNT_TYPES, Column, FeedContract
from ingestion.readers.grid import Line, Merge
from ingestion.readers.headers import (
    MAX_HEADER,
    HeaderMatcher,
    Level,
    Path,
    count_word,
    is_unit,
    money_word,
    normalise,
    printable,
)
from ingestion.readers.titles import holds_label

#: A header lies within this many lines of the top.
HEAD_LINES = 200
#: Nearly always it is found whole within these, see `is_settled`.
LINES_THAT_SETTLE = 40
#: Within fewer where they are far wider than a ledger: looking costs time for every text.
_TEXTS_LOOKED_AT = 20_000
_FEWEST_LINES = 5
#: Rows that one header may span, and with what hangs below by merged cells.
MAX_SPAN = 3
MAX_SPAN_MERGED = 5


#: A header without leaves is told from its leaves' absence by this many lines below it.
_LINES_BELOW = 5
_DAY = re.compile(r"(?:\d{2}|\d{4})[年./-]?\d{1,2}[月./-]?\d{1,2}日?|\d{1,2}月\d{1,2}日?|\d{5}")


@dataclass(frozen=True)
class HeaderMap:
    """What one span of header rows stands for."""

    #: Contract column -> grid column.
    columns: dict[str, int]
    #: Contract columns that must be there and are not.
    missing: tuple[str, ...]
    #: Headers that clash, in words for people.
    clashes: tuple[str, ...]
    #: Headers that stand for nothing in the contract.
    unknown: tuple[str, ...]
    #: Amount column -> unit named by its header: 元, 万元 or one that was not agreed.
    unit_words: dict[str, str]
    #: How firmly the headers match, all told.
    firmness: int
    #: Grid columns that have a header at all.
    width: tuple[int, ...]

    @property
    def meaning(self) -> tuple[dict[str, int], tuple[str, ...], dict[str, str]]:
        """All that reading the rows depends on."""
        return self.columns, self.clashes, self.unit_words


@dataclass(frozen=True)
class Header:
    """A header found: lines ``start`` to ``end`` (excluded) of the window searched."""

    start: int
    end: int
    map: HeaderMap

    @property
    def rank(self) -> tuple[bool, int, bool, int, int, int]:
        """Complete first, then most columns, no clash, firmest, fewest rows, topmost."""
        found = self.map
        return (
            not found.missing,
            len(found.columns),
            not found.clashes,
            found.firmness,
            self.start - self.end,
            -self.start,
        )


def find_header(
    window: Sequence[Line], merges: Sequence[Merge], contract: FeedContract, matcher: HeaderMatcher
) -> Header | None:
    """The best header among the window's lines; none when no line maps at least two columns.

    The header found may lack columns or clash: the caller judges ``Header.map``.
    """
    window = _within_reach(window)
    near = [m for m in merges if window and window[0].number <= m.top <= window[-1].number]
    headers = _candidates(window, near, contract, matcher)
    best = max(
        (header for header in _topmost(headers) if header.map.columns),
        key=lambda header: header.rank,
        default=None,
    )
    if best is None:
        return None
    best = _with_groups_above(best, window, near, contract, matcher)
    best = _with_units_below(best, window, near, contract, matcher)
    best = _with_rows_below(best, window, near)
    return _with_open_headers(best, window[best.end :], contract)


def is_settled(header: Header | None, lines: int) -> bool:
    """Whether it stays the header whatever follows so many lines: no line far below a whole header
    is ever looked at."""
    return (
        header is not None
        and not header.map.missing
        and header.end + 3 * MAX_SPAN + _LINES_BELOW < lines
    )


def _within_reach(window: Sequence[Line]) -> Sequence[Line]:
    """The lines from the top that hold no more texts than may be looked at."""
    texts = 0
    for at, line in enumerate(window):
        texts += len(line.cells) - line.cells.count("")
        if texts > _TEXTS_LOOKED_AT and at >= _FEWEST_LINES:
            return window[:at]
    return window


def nearest_header(name: str, contract: FeedContract, unknown: Sequence[str]) -> str | None:
    """The unmapped header that looks most like the column, for the error's next step."""
    forms = {normalise(header): header for header in unknown}
    best = max(
        (
            (difflib.SequenceMatcher(None, normalise(alias), form).ratio(), header)
            for alias in contract.column(name).headers
            for form, header in forms.items()
        ),
        default=(0.0, ""),
    )
    return printable(best[1]) if best[0] >= 0.5 else None


def build_paths(lines: Sequence[Line], merges: Sequence[Merge]) -> dict[int, Path]:
    """Grid column -> header texts from the group down to the leaf.

    A merged group covers its columns; without any merge in its row, a group covers the blank
    cells to its right that have a header below. A merged cell without anything of its own
    below it is one header, at its leftmost column.
    """
    numbers = {line.number for line in lines}
    cover = [merge for merge in merges if merge.top in numbers]
    own = {column for line in lines for column, text in enumerate(line.cells) if text}
    layers = [_spread(line, lines[depth + 1 :], cover, own) for depth, line in enumerate(lines)]
    paths: dict[int, Path] = {}
    for column in sorted(own):
        texts = [layer[column] for layer in layers if layer.get(column)]
        path = tuple(text for at, text in enumerate(texts) if at == 0 or text != texts[at - 1])
        if path:
            paths[column] = path
    return paths


def _spread(
    line: Line, below: Sequence[Line], merges: Sequence[Merge], own: set[int]
) -> dict[int, str]:
    """The line's texts with those of its merged or open groups over the columns below."""
    texts = {column: line.text(column) for column in own if line.text(column)}
    across = [m for m in merges if m.top == line.number and m.right > m.left]
    for merge in across:
        if group := line.text(merge.left):
            texts |= {c: group for c in own if merge.left < c <= merge.right and c not in texts}
    if across or not below:
        return texts
    last = ""
    for column in range(max(own, default=-1) + 1):
        if text := line.text(column):
            last = text
        elif last and any(lower.text(column) for lower in below):
            texts.setdefault(column, last)
    return texts


def map_paths(paths: dict[int, Path], contract: FeedContract, matcher: HeaderMatcher) -> HeaderMap:
    """Give each contract column its firmest header; equal claims clash."""
    matches = {at: found for at, path in paths.items() if (found := matcher.match(path))}
    clashes = [
        f"header '{printable(paths[at][-1])}' stands for {' and '.join(found.columns)}"
        for at, found in matches.items()
        if len(found.columns) > 1
    ]
    claims: dict[str, list[tuple[Level, int]]] = {}
    for at, found in matches.items():
        if len(found.columns) == 1:
            claims.setdefault(found.columns[0], []).append((found.level, at))
    columns: dict[str, int] = {}
    for name, claimed in claims.items():
        firmest = max(level for level, _ in claimed)
        winners = [at for level, at in claimed if level == firmest]
        columns[name] = winners[0]
        if len(winners) > 1:
            headers = " and ".join(f"'{printable('/'.join(paths[at]))}'" for at in winners)
            clashes.append(
                f"column {name} ({contract.column(name).title_zh}) has headers {headers}"
            )
    mapped = set(columns.values())
    return HeaderMap(
        columns=columns,
        missing=_missing(contract, columns),
        clashes=tuple(clashes),
        unknown=tuple("/".join(path) for at, path in paths.items() if at not in mapped),
        unit_words=_unit_words(columns, paths, matcher),
        firmness=sum(matches[at].level for at in mapped),
        width=tuple(sorted(paths)),
    )


def _map(
    lines: Sequence[Line], merges: Sequence[Merge], contract: FeedContract, matcher: HeaderMatcher
) -> HeaderMap:
    return map_paths(build_paths(lines, merges), contract, matcher)


def _missing(contract: FeedContract, columns: dict[str, int]) -> tuple[str, ...]:
    """Required or filled columns that no header gives; a range and its two dates stand in for
    each other."""
    given = set(columns)
    for column in contract.columns:
        if column.into:
            if column.name in given:
                given |= set(column.into)
            elif set(column.into) <= given:
                given.add(column.name)
    return tuple(
        column.name
        for column in contract.columns
        if (column.required or column.filled) and column.name not in given
    )


def _unit_words(
    columns: dict[str, int], paths: dict[int, Path], matcher: HeaderMatcher
) -> dict[str, str]:
    words: dict[str, str] = {}
    for name, at in columns.items():
        kind = matcher.column(name).type
        if kind not in AMOUNT_TYPES:
            continue
        find = money_word if kind == "money" else count_word
        if word := next((word for text in reversed(paths[at]) if (word := find(text))), None):
            words[name] = word
    return words


def _candidates(
    window: Sequence[Line], merges: Sequence[Merge], contract: FeedContract, matcher: HeaderMatcher
) -> list[Header]:
    """The spans that begin in a line that holds headers, or just above it, where groups may stand.

    Where all headers but one stand below groups, the one that stands alone will do. Nearly every
    line is a row, so that below a whole header no more lines are looked at than `_topmost` needs.
    """

    @cache
    def spans_from(start: int) -> list[Header]:
        return [
            Header(start, end, _map(window[start:end], merges, contract, matcher))
            for end in range(start + 1, min(start + MAX_SPAN, len(window)) + 1)
        ]

    least = min(2, len(contract.columns))
    known: list[int] = []
    last = len(window)
    for at, line in enumerate(window):
        if at == last:
            break
        known.append(sum(1 for text in line.cells if text and matcher.match((text,))))
        if known[at] >= least and last == len(window):
            spans = itertools.chain.from_iterable(map(spans_from, _with_lines_above(at)))
            ends = (span.end for span in spans if not span.map.missing)
            last = min(min(ends, default=last) + 2 * MAX_SPAN, last)
    enough = least if any(count >= least for count in known) else 1
    lines = (at for at, count in enumerate(known) if count >= enough)
    starts = sorted(set(itertools.chain.from_iterable(map(_with_lines_above, lines))))
    return list(itertools.chain.from_iterable(map(spans_from, starts)))


def _with_lines_above(at: int) -> range:
    """The line, and those that may begin a header whose lowest line it is."""
    return range(max(0, at - MAX_SPAN + 1), at + 1)


def _topmost(headers: Sequence[Header]) -> Sequence[Header]:
    """The spans in which the first whole header stands, all of them where none is whole.

    What stands between it and the next one like it are rows, however well they would fit.
    """
    whole = [header for header in headers if not header.map.missing]
    if not whole:
        return headers
    end = min(header.end for header in whole)
    later = [header for header in whole if header.start >= end]
    again = min(later, key=lambda header: (header.end, -header.start), default=None)
    limit = again.start if again else max(header.end for header in headers)
    return [header for header in headers if header.start < end and header.end <= limit]


def _with_groups_above(
    header: Header,
    window: Sequence[Line],
    merges: Sequence[Merge],
    contract: FeedContract,
    matcher: HeaderMatcher,
) -> Header:
    """Take in the group rows above that veto a leaf or name its unit of money.

    Rows that change nothing are left to the titles: one may be spread over several cells.
    """
    for start in range(header.start - 1, max(header.end - MAX_SPAN, 0) - 1, -1):
        if not _is_group_row(window[start], header.map.width, merges):
            break
        above = _map(window[start : header.end], merges, contract, matcher)
        if not header.map.missing and above.missing:
            break
        if above.meaning != header.map.meaning:
            header = Header(start, header.end, above)
    return header


def _is_group_row(line: Line, width: tuple[int, ...], merges: Sequence[Merge]) -> bool:
    """Short texts over parts of the header; not a title over all of it, not 填报单位：…"""
    texts = [(column, text) for column, text in enumerate(line.cells) if text]
    if not texts or any(len(text) > MAX_HEADER // 2 for _, text in texts):
        return False
    if line.kinds.strip("t ") or holds_label(line):
        return False
    if len(texts) > 1:
        return all(column <= width[-1] for column, _ in texts)
    column = texts[0][0]
    return any(
        merge.top == line.number
        and merge.left == column
        and width[0] < merge.left
        and 1 < merge.right - merge.left + 1 <= len(width) / 2
        for merge in merges
    )


def _with_units_below(
    header: Header,
    window: Sequence[Line],
    merges: Sequence[Merge],
    contract: FeedContract,
    matcher: HeaderMatcher,
) -> Header:
    """Take in a row of nothing but units: (元), (人), (万元)."""
    if header.end >= len(window):
        return header
    texts = [text for text in window[header.end].cells if text]
    if not texts or not all(map(is_unit, texts)):
        return header
    end = header.end + 1
    return Header(header.start, end, _map(window[header.start : end], merges, contract, matcher))


def _with_rows_below(header: Header, window: Sequence[Line], merges: Sequence[Merge]) -> Header:
    """Take in the rows that merged header cells reach down to, and leaves of unmapped groups."""
    end = header.end
    top, bottom = window[header.start].number, window[end - 1].number
    mapped = set(header.map.columns.values())
    reach = max(
        (m.bottom for m in merges if top <= m.top <= bottom < m.bottom and m.left in mapped),
        default=bottom,
    )
    while end < len(window) and end - header.start < MAX_SPAN_MERGED:
        line = window[end]
        texts = [column for column, text in enumerate(line.cells) if text]
        is_leaf_row = (
            len(texts) > 1
            and not mapped & set(texts)
            and not line.kinds.strip("t ")
            and not any(line.text(at).isdigit() for at in texts)
        )
        if line.number <= reach or is_leaf_row:
            end += 1
        else:
            break
    return Header(header.start, end, header.map)


def _with_open_headers(header: Header, below: Sequence[Line], contract: FeedContract) -> Header:
    """Look at headers over several columns that have no leaves of their own.

    A range over two columns of days is its start and its end (also with a 至 between them); a
    choice over a column per answer (合格 | 不合格) clashes, for a tick would be read as a yes.
    """
    found = header.map
    lines = [line for line in below[:_LINES_BELOW] if not line.is_blank]
    for column in contract.columns:
        at = found.columns.get(column.name)
        if at is None:
            continue
        open_to = next((other for other in found.width if other > at), at + MAX_SPAN)
        beside = range(at + 1, open_to)
        if column.into and not set(column.into) & set(found.columns):
            if last := _column_of_ends(at, beside, lines):
                start, end = column.into
                columns = {n: c for n, c in found.columns.items() if n != column.name}
                found = replace(found, columns={**columns, start: at, end: last})
        elif column.type == "code" and lines and _are_answers(lines[0], at, beside, column):
            clash = f"header '{column.title_zh}' stands over a column for each answer, not one"
            found = replace(found, clashes=(*found.clashes, clash))
    return replace(header, map=found)


def _column_of_ends(at: int, beside: Sequence[int], lines: Sequence[Line]) -> int | None:
    """The last of the columns beside, if it holds a day wherever there is one at ``at``."""
    last = max((to for to in beside if any(line.text(to) for line in lines)), default=None)
    begun = [line for line in lines if line.text(at)]
    if last is None or not begun:
        return None
    are_days = all(_is_day(line, at) and _is_day(line, last) for line in begun)
    return last if are_days else None


def _is_day(line: Line, at: int) -> bool:
    return line.kind(at) == "d" or _DAY.fullmatch(compact(line.text(at))) is not None


def _are_answers(line: Line, at: int, beside: Sequence[int], column: Column) -> bool:
    spellings = {compact(word) for words in column.values.values() for word in words}
    texts = [compact(line.text(to)) for to in (at, *beside)]
    return texts[0] in spellings and any(text in spellings for text in texts[1:])

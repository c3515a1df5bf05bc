"""Header texts → contract columns.

A whole header is compared first, with its group ("取证/小计"), then without, then without
brackets; only then the longest alias that the header contains. Refuses to match on less: a
header about somebody else (就业单位联系电话, 意愿培训工种, 授课教师/姓名) or about something else
(工种代码, 培训机构地址) stays unmapped, and a header for two columns is ambiguous.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from typing import Final

from ingestion.cells import compact
from ingestion.contract import AMOUNT_TYPES, Column, FeedContract

Path = tuple[str, ...]


class Level(IntEnum):
    """How firmly a header stands for a column; the firmer header wins the column."""

    CONTAINS = 1
    LOOSE = 2
    WHOLE = 3
    PATH = 4


@dataclass(frozen=True, slots=True)
class Match:
    """The columns that a header may stand for; more than one is ambiguous."""

    columns: tuple[str, ...]
    level: Level


#: So many unknown columns are named to people.
_MOST_NOTES: Final = 50
#: Longer texts are notes or data, never headers.
MAX_HEADER: Final = 60
#: So many cells of a row tell whether it may be a header again.
_CELLS_LOOKED_AT: Final = 16

_BRACKETS = str.maketrans("【】〔〕[]{}〈〉《》", "()()()()()()")
_DECORATION = re.compile(
    r"[*★☆▲△※#]|^(?:\d{1,2}|[一二三四五六七八九十]{1,2})[.、]|^\(\d{1,2}\)|^其中:?(?=.)"
)
_BRACKETED = re.compile(r"\(([^()]*)\)")
_UNIT = (
    r"(?:金额)?(?:单位:?)?(?:[万千百亿]?元|[万千百亿])(?:/人|/人次|/期|/班)?"
    r"|(?:单位:?)?(?:人次|人|名|个|期|班|课时|学时|小时|节|天|日|岁|项|场|%|万人|万人次)"
)
_NOTE = re.compile(
    rf"{_UNIT}|必填项?|选填|可选|非必填|文本|文本格式|日期格式|数字|下拉选?项?|下拉选择|全称|规范名称"
    r"|\d{1,2}位|年/?月/?日?|[ymdYMDhs/.:\-]{4,}|(?:如|例如?|格式|请).{0,20}|可多选|单选|与身份证一致"
)
_UNIT_LEAF = re.compile(rf"\((?:{_UNIT})\)|(?:单位:?)?[万千百亿]?元(?:/人|/人次|/期|/班)?")
_MONEY_WORD = re.compile(
    r"(?<![单多美公纪状])(?P<scale>[万千百亿]?)元(?:/人|/人次|/期|/班)?$|^(?:单位:?)?(?P<bare>[万千百亿])$"
)
_COUNT_WORD = re.compile(r"(?:单位:?)?(?P<word>[万千百亿](?:人次?|名|个))")
#: Units of what a day or an hour is not: 培训时间(天) is no date, 课时(天) no number of lessons.
_LENGTH_UNIT = re.compile(r"(?:单位:?)?(?:课时|学时|小时|节|天|日|个?月|周|人次?|期)")
_LENGTH_IN_DAYS = re.compile(r"(?:单位:?)?(?:天|日|个?月|周)")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_LETTER = re.compile(r"[^\W\d_]")

#: Somebody else's or another time's: what is so qualified, or grouped, is another fact.
_OTHERS = re.compile(
    r"就业|用人单位|工作单位|企业|雇主|意愿|意向|拟|紧急|联系人|监护人|家长|家属|亲属|父亲|母亲|配偶|子女"
    r"|教师|老师|讲师|师资|授课|任课|法人|法定代表|经办|审核|填报|填表|制表|负责人|班主任|校长|户主|开户|银行"
    r"|原|上年|去年|上期|上季|上月|同期|同比|环比|增长|增幅|占比|比例|率|推荐|预计|预算|计划|目标|任务"
    r"|应发|应付|上一|曾|历史|既往|以往|新增|参考|关联|对应"
)
#: Narrower than what follows: another fact as a prefix, but harmless as a group.
_NARROWER = re.compile(r"女|男|累计|本期|本季|本年|高技能")
#: Words before a short alias that leave its meaning alone.
_MODIFIERS = re.compile(
    r"(?:学员|参训|培训|参培|人员|劳动者|劳动力|学生|考生|选手|本人|个人|申请人|所属|所在|实际|本次|具体|主要"
    r"|手机|申报|鉴定|认定|评价|报考|取得|获得|获证|的)*"
)
#: Words after an alias that leave its meaning alone.
_TAILS = re.compile(r"名称|全称|号|号码|数|数量|总数|情况|日期|时间|")
_SHORT_ALIAS: Final = 2
_JOINED = re.compile(r"[/及和与、或]|以及")
_TOTAL_LEAF: Final = frozenset(
    {"小计", "合计", "总计", "总量", "总数", "名称", "数量", "人数", "个数", "金额", "内容"}
)
_START: Final = frozenset(
    {
        "起",
        "始",
        "开始",
        "起始",
        "自",
        "从",
        "由",
        "起始日期",
        "起始时间",
        "开始日期",
        "开始时间",
        "起始年月",
    }
)
_END: Final = frozenset(
    {
        "止",
        "终",
        "讫",
        "结束",
        "终止",
        "截止",
        "至",
        "到",
        "终止日期",
        "终止时间",
        "结束日期",
        "结束时间",
    }
    | {"截止日期", "截止时间", "终止年月"}
)
_SYNONYMS: Final = (
    ("日期", "时间"),
    ("起始", "开始"),
    ("终止", "结束"),
    ("截止", "结束"),
    ("本季度", "本期"),
    ("本季", "本期"),
    ("本年累计", "累计"),
    ("号码", "号"),
    ("单位名称", "单位"),
    ("机构名称", "机构"),
)


def normalise(text: str) -> str:
    """NFKC without blanks, line breaks, asterisks, numbering and closing colons; lower case."""
    folded = compact(text).translate(_BRACKETS).casefold()
    return _DECORATION.sub("", folded).rstrip(":。")


def without_notes(header: str) -> str:
    """The header without bracketed units and notes, such as (元), (必填) or (18位)."""
    bare = _BRACKETED.sub(lambda found: "" if _NOTE.fullmatch(found[1]) else found[0], header)
    return bare.rstrip(":")


def is_unit(text: str) -> bool:
    """Whether the text is but a unit, as it may stand in a row of its own below the headers."""
    return _UNIT_LEAF.fullmatch(normalise(text)) is not None


def printable(header: str) -> str:
    """A header as it may stand in a message: one short line, runs of digits masked."""
    flat = " ".join(unicodedata.normalize("NFKC", header).split())
    return re.sub(r"[0-9]{5,}[0-9Xx]?", "…", flat)[:40]


def unknown_columns(headers: Iterable[str]) -> tuple[str, ...]:
    """Notes on headers that stand for nothing: the first by name, the others counted."""
    shown = [text for text in map(printable, headers) if text]
    notes = [f"unknown column '{text}'" for text in shown[:_MOST_NOTES]]
    more = len(shown) - len(notes)
    return (*notes, *([f"{more} more unknown columns"] if more else []))


def money_word(text: str) -> str | None:
    """The unit of money that a header or title names: 元, 万元, 千元, 百元, 亿元; else None."""
    flat = normalise(text)
    bracketed = _BRACKETED.findall(flat)
    for part in (*bracketed, flat):
        if found := _MONEY_WORD.search(part):
            return f"{found['scale'] or found['bare'] or ''}元"
    return None


def count_word(text: str) -> str | None:
    """The unit that a header counts people in, when it is no single person: 万人, 万人次."""
    flat = normalise(text)
    for part in (*_BRACKETED.findall(flat), flat):
        if found := _COUNT_WORD.fullmatch(part):
            return found["word"]
    return None


@dataclass(frozen=True)
class _Aliases:
    """What a contract's columns are called, in the forms that headers are compared in."""

    exact: Mapping[str, str]
    loose: Mapping[str, set[str]]
    #: The longest first.
    contained: tuple[str, ...]
    initials: frozenset[str]


@lru_cache(maxsize=256)
def _aliases(headers: tuple[tuple[str, ...], ...]) -> _Aliases:
    """Of columns, each as its name and its headers: every delivery of a feed asks the same."""
    exact: dict[str, str] = {}
    loose: dict[str, set[str]] = {}
    for name, *others in headers:
        for header in (name, *others):
            exact.setdefault(_alias_form(header), name)
    for alias, name in exact.items():
        loose.setdefault(_synonym_form(alias), set()).add(name)
    contained = sorted(
        (alias for alias in exact if "/" not in alias and _HAN.search(alias)),
        key=len,
        reverse=True,
    )
    initials = frozenset(alias[0] for alias in exact) | frozenset("*★☆(【（")
    return _Aliases(exact, loose, tuple(contained), initials)


class HeaderMatcher:
    """Matches header paths against one contract; remembers what it has seen."""

    def __init__(self, contract: FeedContract) -> None:
        self._columns = {column.name: column for column in contract.columns}
        aliases = _aliases(tuple((column.name, *column.headers) for column in contract.columns))
        self._exact, self._loose = aliases.exact, aliases.loose
        self._contained, self._initials = aliases.contained, aliases.initials
        self._seen: dict[Path, Match | None] = {}

    def column(self, name: str) -> Column:
        """The contract's column of that name."""
        return self._columns[name]

    def match(self, path: Path) -> Match | None:
        """What the header path (groups first, leaf last; raw texts) stands for, if anything."""
        if path not in self._seen:
            if not any(map(_LETTER.search, path)):  # numbers and days: most cells are
                return None
            parts = tuple(part for part in map(normalise, path) if part)
            fits = parts and all(len(part) <= MAX_HEADER for part in parts)
            found = self._match(parts) if fits else None
            self._seen[path] = found if found and self._fits_unit(found, parts[-1]) else None
        return self._seen[path]

    def may_be_header(self, cells: Sequence[str]) -> bool:
        """Whether two of the first filled cells are whole headers; cheap enough for every row."""
        if self._initials.isdisjoint([text[:1] for text in cells]):
            return False
        known = looked_at = 0
        for text in cells:
            if not text:
                continue
            looked_at += 1
            known += self.is_header(text)
            if known > 1:
                return True
            if looked_at == _CELLS_LOOKED_AT:
                break
        return False

    @property
    def initials(self) -> frozenset[str]:
        """How a cell begins that may be a header."""
        return self._initials

    def is_header(self, text: str) -> bool:
        """Whether the text by itself is a whole header."""
        return (
            text[:1] in self._initials
            and len(text) <= MAX_HEADER
            and self._whole(normalise(text)) is not None
        )

    def match_key(self, key: str) -> str | None:
        """The column that a record's key names: whole headers only, no longest alias."""
        return self._exact.get(_alias_form(key))

    def _fits_unit(self, found: Match, leaf: str) -> bool:
        """Whether the unit in the leaf's brackets can be that of the columns found."""
        units = _BRACKETED.findall(leaf)
        for column in map(self.column, found.columns):
            is_date = column.type in ("date", "date_range")
            wrong = _LENGTH_UNIT if is_date else _LENGTH_IN_DAYS
            if (is_date or column.name.endswith("_hours")) and any(map(wrong.fullmatch, units)):
                return False
        return True

    def _whole(self, header: str) -> str | None:
        return self._exact.get(header) or self._exact.get(without_notes(header))

    def _match(self, parts: Path) -> Match | None:
        parts = _without_unit_leaf(tuple(without_notes(part) or part for part in parts))
        *groups, leaf = parts
        if groups and (found := self._match_path(tuple(groups), leaf)):
            return found
        if (bracket := re.fullmatch(r"([^()]+)\(([^()]+)\)", leaf)) and (
            found := self._match_path((bracket[1],), bracket[2])
        ):
            return found
        if any(self._speaks_of_others(group) for group in groups):
            return None
        if name := self._exact.get(leaf):
            return Match((name,), Level.WHOLE)
        return self._match_loosely(groups[-1] if groups else "", leaf)

    def _match_path(self, groups: Path, leaf: str) -> Match | None:
        """By the group and the leaf together."""
        for depth in range(len(groups)):
            upper = groups[depth:]
            for form in ("/".join((*upper, leaf)), "".join((*upper, leaf)), f"{upper[0]}/{leaf}"):
                if name := self._exact.get(form):
                    return Match((name,), Level.PATH)
        for group in groups:
            if (outer := self._exact.get(group)) and (found := self._part_of(outer, leaf)):
                return found
        return self._match_similar_path(groups, leaf)

    def _part_of(self, outer: str, leaf: str) -> Match | None:
        """The leaf as the start, the end or the total of what its group stands for."""
        if into := self._columns[outer].into:
            if leaf in _START:
                return Match((into[0],), Level.PATH)
            if leaf in _END:
                return Match((into[1],), Level.PATH)
        return Match((outer,), Level.LOOSE) if leaf in _TOTAL_LEAF else None

    def _match_similar_path(self, groups: Path, leaf: str) -> Match | None:
        """取证人次/高技能人才 where the contract says 取证/高技能人才."""
        for form in {_synonym_form(f"{group}/{leaf}") for group in groups}:
            if names := self._loose.get(form):
                return Match(tuple(sorted(names)), Level.LOOSE)
        for alias, name in self._exact.items():
            above, _, below = alias.rpartition("/")
            if above and below == leaf and any(above in g or g in above for g in groups):
                return Match((name,), Level.LOOSE)
        return None

    def _speaks_of_others(self, group: str) -> bool:
        """Whether the group makes its leaves facts of another party or of another thing.

        A total's group (高技能人才 over 高级工) and a time's only divide what they head.
        """
        outer = self._exact.get(group)
        if outer:
            return self._columns[outer].type not in AMOUNT_TYPES | {"date_range"}
        return _OTHERS.search(group) is not None

    def _match_loosely(self, group: str, leaf: str) -> Match | None:
        bare = _BRACKETED.sub("", leaf)
        for form in (bare, _synonym_form(leaf), _synonym_form(bare)):
            names = {self._exact[form]} if form in self._exact else self._loose.get(form, set())
            if names:
                return Match(tuple(sorted(names)), Level.LOOSE)
        if group and (found := self._contained_alias(group + bare)):
            return found
        return self._joined(bare) or self._contained_alias(bare)

    def _joined(self, header: str) -> Match | None:
        """A/B: one column when every part that is known says so, ambiguous when they differ."""
        parts = [part for part in _JOINED.split(header) if part]
        if len(parts) < 2 or parts[0] not in self._exact:
            return None
        names = {self._exact[part] for part in parts if part in self._exact}
        return Match(tuple(sorted(names)), Level.CONTAINS)

    def _contained_alias(self, header: str) -> Match | None:
        """The longest alias inside the header, if what surrounds it leaves its meaning alone."""
        for alias in self._contained:
            before, found, after = header.partition(alias)
            if not found or not before + after or not _TAILS.fullmatch(after):
                continue
            if (
                _OTHERS.search(before)
                or _NARROWER.search(before)
                or any(other in before for other in self._contained)
            ):
                continue
            if len(alias) <= _SHORT_ALIAS and not _MODIFIERS.fullmatch(before):
                continue
            return Match((self._exact[alias],), Level.CONTAINS)
        return None


def _alias_form(header: str) -> str:
    return "/".join(normalise(part) for part in header.split("/"))


def _synonym_form(header: str) -> str:
    for word, same in _SYNONYMS:
        header = header.replace(word, same)
    return header


def _without_unit_leaf(parts: Path) -> Path:
    """补贴金额 over 元 is one header with its unit below."""
    return parts[:-1] if len(parts) > 1 and _UNIT_LEAF.fullmatch(parts[-1]) else parts

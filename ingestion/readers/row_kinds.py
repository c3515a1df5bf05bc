"""Which rows below a header are no records: totals, group titles, notes, footers, blanks.

Refuses to drop a record: a row that carries what its key needs is data whatever it is called,
and a row with a single value in an ordinary column is a (faulty) record, not a title.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar, Final

from ingestion.cells import compact
from ingestion.contract import AMOUNT_TYPES, FeedContract
from ingestion.readers.grid import Line, Merge
from ingestion.reasons import SkipReason

_TOTAL = re.compile(
    r"[(\[]?(?P<of>.{0,16}?)(?:小计|合计|总计|累计|共计)[)\]]?(?:数|人数|人次)?(?:\((?:人次?|元|万元|期|班)\))?"
    r"[:：]?(?:[0-9,.万千百，、;]|人次?|元|期|班|个|课时|名)*"
)
#: The character that most words for a total end in.
_COUNT: Final = "计"
#: Other words for it, and for the whole place, as they stand in a key column.
_TOTAL_WORDS: Final = frozenset(
    {"全市", "全县", "全区", "全省", "全州", "总人数", "总人次", "总数", "总量", "汇总"}
)
_TOTAL_INITIALS: Final = frozenset(word[0] for word in _TOTAL_WORDS)
_SIGNATURE: Final = (
    "制表人?|审核人?|填表人?|填报人|复核人?|复审人?|经办人|联系人|联系电话|联系方式|电话|统计负责人|单位负责人|部门负责人"
    "|负责人|分管领导|分管负责人|主管领导|主要领导|领导|校长|班主任|财务负责人|统计人|统计员|监审|审批人?"
)
_FOOTER = re.compile(
    rf"(?:{_SIGNATURE})(?:\((?:签字|签名|签章|盖章)\)|签字|签名|签章)?(?:[:：].*)?"
    r"|(?:填报|填表|报送|上报|制表|打印|导出)(?:日期|时间)(?:[:：].*)?|(?:日期|时间)[:：].*"
    r"|.{0,12}意见(?:\((?:盖?公?章|签章|签字)\))?(?:[:：].*)?|.{0,12}审批[:：].*"
    r"|(?:填报|填表|报送|上报|制表|编制|承办)(?:单位|部门)(?:\((?:盖?公?章|签章)\))?[:：].*"
    r"|(?:填报)?(?:单位|部门)?\(?(?:盖章|公章|签章|签字)(?:处)?\)?[:：]?.*"
    r"|\d{4}年\d{1,2}月\d{1,2}日|年月日"
    r"|第\d+页(?:[,/共]*\d+页)?|共\d+页.*|打印时间.*|[-—_=*]*(?:(?:此|本)?页?以下(?:空白|无正文|无内容)|此页无正文)[-—_=*]*"
)
#: 校对：王某 and any other label with what it labels; a line of nothing else is no record.
_LABELLED = re.compile(r"[\u4e00-\u9fff()/、]{2,14}(?P<colon>[:：]).*")
#: A date stands at the foot of a form with whose it is beside it; in front of more, of a record.
_DATED_TEXTS: Final = 2
_BARE_DATE = re.compile(r"\d{4}[年./-]\d{1,2}[月./-]\d{1,2}日?|年月日")
_NOTE = re.compile(
    r"\(?(?:注|备注|说明|附注|附|填表说明|填报说明|填写说明|填报要求|注意|注意事项|温馨提示|数据来源|统计口径|指标解释)"
    r"\d{0,2}\)?(?:[:：.、].*|\d[.、].*)|※.+|\*注.*|(?:填表说明|填报说明|填写说明|注意事项|指标解释)"
    r"|[此本该]表.+|以[上下].+"
)
#: What neither a name nor a number has, and the words of a form that reports nothing.
_SENTENCE = re.compile(
    r"[。；;！!？?]|.{30}|^[本当](?:月|季度?|年|期|半年)度?份?(?:暂?无|没有|未)"
    r"|^暂?无(?:培训|数据|记录|内容)?$"
)
_NUMBERED = re.compile(r"(?:\(?[0-9一二三四五六七八九十]{1,3}\)?[.、．)）]).+")
_EXAMPLE = re.compile(r"示例|样例|填写示例|填写样例|例|例如|样表")
_GROUP = re.compile(
    r"(?:[一二三四五六七八九十]{1,3}[、.]|\([一二三四五六七八九十]{1,3}\))..*|第.{1,6}[期批班次部].*"
    r"|.{1,24}(?:类|县|区|市|镇|乡|街道|班|期|批次|部分|表|台账|名册|名单|局|学校|公司|中心|产业|行业|工种|项目|专业|年|月|季度)[:：]?"
)
_BRACKET_AT_END = re.compile(r"(?<=.)\([^()]*\)$")
_ORDINAL_WORDS: Final = ("甲", "乙", "丙", "丁")
_ZERO: Final = frozenset({"0", "0.0", "0.00"})


@dataclass(frozen=True)
class TableShape:
    """What telling rows apart needs to know of the table's header."""

    #: Finds, in a cell of the key, all that can make a whole row a signature or a total.
    LABEL_OR_TOTAL: ClassVar[str] = f"[:：{_COUNT}]|^[{''.join(sorted(_TOTAL_INITIALS))}]"

    #: Grid columns of the key, amounts apart.
    key: tuple[int, ...]
    #: Grid columns of the key and of all that must be filled.
    needed: tuple[int, ...]
    last_needed: int
    amounts: frozenset[int]
    #: Grid columns of choices, which a form may hold before it is filled in.
    choices: frozenset[int]
    mapped: frozenset[int]
    #: Leftmost grid column that has a header.
    left: int
    header_columns: int

    @classmethod
    def of(
        cls, columns: dict[str, int], width: Sequence[int], contract: FeedContract
    ) -> TableShape:
        amounts = {at for name, at in columns.items() if contract.column(name).type in AMOUNT_TYPES}
        key = {columns[name] for name in contract.key if name in columns}
        filled = {at for name, at in columns.items() if contract.column(name).filled}
        return cls(
            key=tuple(sorted(key - amounts)),
            needed=tuple(sorted(key | filled)),
            last_needed=max(key | filled, default=-1),
            amounts=frozenset(amounts),
            choices=frozenset(
                at
                for name, at in columns.items()
                if contract.column(name).type in ("code", "boolean")
            )
            - key,
            mapped=frozenset(columns.values()),
            left=min(width, default=0),
            header_columns=len(width),
        )

    def is_whole(self, line: Line) -> bool:
        """Whether the line holds all that a record must: its key and what must be filled."""
        cells, kinds = line.cells, line.kinds
        if not self.needed or len(cells) <= self.last_needed:
            return False
        if all(map(cells.__getitem__, self.needed)):
            return True
        return not any(not cells[at] and kinds[at] == " " for at in self.needed)

    def has_key(self, line: Line) -> bool:
        """Whether any cell of the key is filled in the line itself, not by a merged cell above."""
        return any(line.text(at) for at in self.key)

    def may_be_total(self, line: Line) -> bool:
        """Whether a cell of the key may be the word for a total."""
        for at in self.key:
            text = line.cells[at]
            if _COUNT in text or text[:1] in _TOTAL_INITIALS:
                return True
        return False

    def may_be_label(self, line: Line) -> bool:
        """Whether a cell of the key may be a label with what it labels."""
        for at in self.key:
            text = line.text(at)
            if ":" in text or "：" in text:
                return True
        return False


def skip_reason(
    line: Line,
    filled: Line,
    shape: TableShape,
    spans: Sequence[Merge],
    *,
    after_note: bool,
    is_first: bool,
) -> SkipReason | None:
    """Why the line is no record, or none.

    ``filled`` is the line with what merged cells above say for it too: a total stands in the
    line itself, but a record may owe a merged cell some of what it must hold.
    ``spans`` are the merged ranges that begin in the line; ``after_note``: the line follows a
    note or footer; ``is_first``: no record stands between it and the header.
    """
    is_whole = shape.is_whole(line)
    if is_whole and _is_signature_row(line, shape):
        return SkipReason.FOOTER_ROW
    if is_whole and not is_first and not shape.may_be_total(line):
        return None
    texts = [(at, text) for at, text in enumerate(line.cells) if text]
    if not is_whole and _is_prepared(line, texts, shape):
        return SkipReason.BLANK_ROW
    if not texts:
        return None
    is_record = is_whole or (shape.has_key(line) and shape.is_whole(filled))
    if _is_total(line, texts, shape, is_record=is_record):
        return SkipReason.TOTAL_ROW
    if is_first and (reason := _part_of_header(texts, shape)):
        return reason
    if is_whole or shape.is_whole(filled):
        return None
    return _small_print(texts) or _single_text(texts, line, shape, spans, after_note=after_note)


def _is_signature_row(line: Line, shape: TableShape) -> bool:
    """Signatures spread over the very columns that a record must fill."""
    return shape.may_be_label(line) and all(
        _FOOTER.fullmatch(word) or _LABELLED.fullmatch(word)
        for word in (compact(text) for text in line.cells if text)
    )


def _part_of_header(texts: Sequence[tuple[int, str]], shape: TableShape) -> SkipReason | None:
    """What may stand between a header and the records: numbers of the columns, an example."""
    if _is_column_numbers(texts):
        return SkipReason.REPEATED_HEADER
    at, text = texts[0]
    is_example = at not in shape.mapped and _EXAMPLE.fullmatch(compact(text))
    return SkipReason.NOTE_ROW if is_example else None


def _small_print(texts: Sequence[tuple[int, str]]) -> SkipReason | None:
    label = compact(texts[0][1])
    is_dated = _BARE_DATE.fullmatch(label) is not None and len(texts) > _DATED_TEXTS
    if not is_dated and _FOOTER.fullmatch(label):
        return SkipReason.FOOTER_ROW
    if _NOTE.fullmatch(label):
        return SkipReason.NOTE_ROW
    return SkipReason.FOOTER_ROW if _is_labels(texts) else None


def _is_labels(texts: Sequence[tuple[int, str]]) -> bool:
    """Whether every text is a label with its value, what follows a bare label, or a date."""
    is_value = False
    for _, text in texts:
        word = compact(text)
        if not (is_value or _LABELLED.fullmatch(word) or _BARE_DATE.fullmatch(word)):
            return False
        is_value = word.endswith((":", "："))
    return True


def _single_text(
    texts: Sequence[tuple[int, str]],
    line: Line,
    shape: TableShape,
    spans: Sequence[Merge],
    *,
    after_note: bool,
) -> SkipReason | None:
    """A row of one text: a group title, a note going on, or a record with all else missing."""
    at, label = texts[0][0], compact(texts[0][1])
    if len(texts) > 1 or line.kind(at) != "t" or shape.header_columns < 2:
        return None
    merged = any(span.left <= at and span.right - span.left >= 1 for span in spans)
    if after_note and (
        _NUMBERED.fullmatch(label) or merged or at not in shape.mapped or len(label) > 12
    ):
        return SkipReason.NOTE_ROW
    if at <= shape.left + 1 and _SENTENCE.search(label):
        return SkipReason.NOTE_ROW
    if merged or at not in shape.mapped or (at == shape.left and _is_group_title(label)):
        return SkipReason.GROUP_TITLE_ROW
    return None


def _is_group_title(label: str) -> bool:
    """东皇街道, also with its number of rows: 东皇街道(12人)."""
    return _GROUP.fullmatch(_BRACKET_AT_END.sub("", label)) is not None


def _is_prepared(line: Line, texts: Sequence[tuple[int, str]], shape: TableShape) -> bool:
    """Nothing at all, or what a form holds before it is filled in.

    That is a number of its own, zeros, formulas, and the answers that were dragged down.
    """
    if any(
        line.kind(at) == "e" or (line.kind(at) == "f" and at not in shape.amounts)
        for at in shape.mapped
    ):
        return False
    return all(
        at in shape.choices
        or (
            (at in shape.amounts or at not in shape.mapped)
            and (text in _ZERO or _is_own_number(at, text, shape))
        )
        for at, text in texts
    )


def _is_own_number(at: int, text: str, shape: TableShape) -> bool:
    return at not in shape.mapped and at <= shape.left + 1 and _is_sequence(text)


def _is_sequence(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 7


def _is_total(
    line: Line, texts: Sequence[tuple[int, str]], shape: TableShape, *, is_record: bool
) -> bool:
    """A total word in the key; or as the first word or in any other, where no record stands."""
    keys = [compact(line.text(at)) for at in shape.key]
    if any(map(_names_total, keys)):
        return True
    if is_record:
        return False
    words = [compact(text) for at, text in texts if at not in shape.amounts]
    first = [word for word in words[:2] if not _is_sequence(word)][:1]
    return any(map(_names_total, first)) or (not any(keys) and any(map(_names_total, words)))


def _names_total(word: str) -> bool:
    return word in _TOTAL_WORDS or (_COUNT in word and _TOTAL.fullmatch(word) is not None)


def _is_column_numbers(texts: Sequence[tuple[int, str]]) -> bool:
    """The row below a header that numbers its columns: 甲 乙 1 2 3, or (1) (2) (3)."""
    words = [compact(text).strip("()栏") for _, text in texts]
    while words and words[0] in _ORDINAL_WORDS:
        words = words[1:]
    if len(texts) < 3 or len(words) < 2 or not all(map(_is_sequence, words)):
        return False
    numbers = [int(word) for word in words]
    return all(after - before == 1 for before, after in pairwise(numbers))

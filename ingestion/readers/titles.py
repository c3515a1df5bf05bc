"""What stands above (or below) a table: who reports, for which period, in which unit.

Refuses to take a reporting date for the period: 填报日期, 制表时间 and bare dates are left out,
and so are the people who filled, checked or signed the form.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Final

from ingestion.cells import compact
from ingestion.readers.grid import Line
from ingestion.readers.reading import TitleFacts

_UNIT_LABELS: Final = frozenset(
    {
        "填报单位",
        "填报部门",
        "填报机构",
        "填报地区",
        "填表单位",
        "报送单位",
        "报送部门",
        "上报单位",
        "上报部门",
    }
    | {
        "报表单位",
        "编报单位",
        "编制单位",
        "制表单位",
        "申报单位",
        "汇总单位",
        "统计单位",
        "单位名称",
        "部门名称",
    }
    | {
        "单位",
        "部门",
        "地区",
        "县(市、区)",
        "县市区",
        "区县",
        "主管部门",
        "行业主管部门",
        "责任单位",
    }
)
_MEASURE_LABELS: Final = frozenset({"单位", "金额单位", "计量单位", "货币单位", "数据单位"})
_PERIOD_LABELS: Final = frozenset(
    {
        "所属期",
        "所属时期",
        "所属期间",
        "报告期",
        "报表期",
        "统计期",
        "统计期间",
        "统计时间",
        "统计时段",
        "数据期",
    }
    | {
        "期间",
        "时期",
        "年度",
        "季度",
        "月份",
        "年份",
        "时间",
        "报表所属期",
        "填报期",
        "截止时间",
        "截止日期",
    }
)
_LABEL_WORDS: Final = (
    "填报日期|填报时间|填表日期|填表时间|报送日期|报送时间|上报日期|上报时间|制表日期|制表时间|打印日期|打印时间"
    "|导出日期|导出时间|生成时间|填报人|填表人|制表人|审核人|复核人|经办人|联系人|联系电话|单位负责人|负责人|电话"
)
#: A label this short is the end of another word (培训单位, 开班时间) where one stands before it.
_SHORT_LABEL: Final = 2
_KNOWN_LABEL: Final = (
    "|".join(
        rf"(?<![\u4e00-\u9fff]){label}" if len(label) <= _SHORT_LABEL else re.escape(label)
        for label in sorted(_UNIT_LABELS | _MEASURE_LABELS | _PERIOD_LABELS, key=len, reverse=True)
    )
    + f"|{_LABEL_WORDS}"
)
_SEAL = r"(?:\((?:盖?公?签?章|签字|盖章处|全称)\))?"
_LABEL = re.compile(rf"(?P<label>{_KNOWN_LABEL}){_SEAL}(?P<colon>[:：]|$)")
#: Facts about a class or a course above its list: neither the form's unit nor its period.
_OTHER_LABEL = re.compile(
    r"(?P<label>[\u4e00-\u9fff]{0,4}(?:单位|部门|机构|学校|企业|公司|地点|地址|场所|专业|工种|班级|班次|期次|时间|日期"
    rf"|教师|老师|人|电话)){_SEAL}(?P<colon>[:：])"
)
_SEAL_AT_END = re.compile(r"\s*\((?:盖?公?签?章|签字|盖章处)\)$")
_MEASURE = re.compile(
    r"(?:人民币)?(?:[万千百亿]?元|万?人次?|个|期|班|课时|学时|%|名|家|场|次|项|天)(?:[/、,，;和及](?:[万千百亿]?元|万?人次?|个|期|班|课时|学时|%|名|家|场|次|项|天))*"
)
_MONEY = re.compile(r"[万千百亿]?元")
_SCALED_COUNT = re.compile(r"万人次?")
#: Longer texts state neither who reports nor for which period.
_LONGEST_TEXT: Final = 1_000
#: Longer texts are no pieces of one title.
_LONGEST_PIECE: Final = 12
_BARE_DATE = re.compile(r"\d{4}[年./-]\d{1,2}[月./-]\d{1,2}日?(?:\d{1,2}:\d{2}(?::\d{2})?)?")
_DIGITS_APART = re.compile(r"([0-9])\0(?=[0-9])")
_SPACED_LABEL = re.compile(r"(?<=[\u4e00-\u9fff])\s+(?=[\u4e00-\u9fff])")


def read_titles(lines: Sequence[Line], sheet: str) -> TitleFacts:
    """The facts in the lines above a header."""
    units: list[str] = []
    titles: list[str] = [sheet] if sheet else []
    measures: list[str] = []
    for line in lines:
        pairs = _pairs(line)
        for label, value in pairs:
            if label in _MEASURE_LABELS and (measure := _MEASURE.fullmatch(compact(value))):
                measures.append(measure[0])
            elif label in _UNIT_LABELS:
                units.append(value)
            elif label in _PERIOD_LABELS or not (label or _BARE_DATE.fullmatch(compact(value))):
                titles.append(value)
        titles += _joined([value for label, value in pairs if not label])
    words = " ".join(measures)
    return TitleFacts(
        _distinct(units), _distinct(titles), _first(_MONEY, words), _first(_SCALED_COUNT, words)
    )


def unit_texts(lines: Iterable[Line]) -> tuple[str, ...]:
    """Only the texts after 填报单位 and the like, for footers."""
    return _distinct(
        value
        for line in lines
        for label, value in _pairs(line)
        if label in _UNIT_LABELS - _MEASURE_LABELS and label.startswith(("填", "报", "上报", "编"))
    )


def holds_label(line: Line) -> bool:
    """Whether the line states a fact such as 填报单位, rather than a header or a group."""
    texts = [text for text in line.cells if text and len(text) <= _LONGEST_TEXT]
    return any(_LABEL.match(_closed(text)) for text in texts[:1]) or any(
        (found := _LABEL.match(_closed(text))) is not None and found["colon"] for text in texts
    )


def _pairs(line: Line) -> list[tuple[str, str]]:
    """(label, value) of every fact of the line; texts without label have an empty one."""
    pairs: list[tuple[str, str]] = []
    waiting: str | None = None
    for text, kind in zip(line.cells, line.kinds, strict=True):
        if not text or len(text) > _LONGEST_TEXT:
            continue
        if waiting is not None:
            pairs.append((waiting, text))
            waiting = None
            continue
        if kind == "d":
            continue
        for label, value in _split(text):
            if label and not value:
                waiting = label
            elif value:
                pairs.append((label, value))
    return pairs


def _joined(pieces: Sequence[str]) -> list[str]:
    """One title spread over the cells of a line: 习水县 | 2024年 | 上半年."""
    if len(pieces) < 2 or any(len(piece) > _LONGEST_PIECE for piece in pieces):
        return []
    return [_DIGITS_APART.sub(r"\1 ", "\0".join(pieces)).replace("\0", "")]


def _first(pattern: re.Pattern[str], text: str) -> str | None:
    found = pattern.search(text)
    return found[0] if found else None


def _split(text: str) -> list[tuple[str, str]]:
    """One cell's facts: 填报单位：甲  填报日期：乙  单位：万元 gives three."""
    flat = _closed(text)
    if flat.startswith("(") and flat.endswith(")") and flat.count("(") == 1:
        flat = flat[1:-1]
    found = [
        label for label in _LABEL.finditer(flat) if label["colon"] == ":" or _is_whole(label, flat)
    ]
    ends_known = {label.end() for label in found}
    found += [label for label in _OTHER_LABEL.finditer(flat) if label.end() not in ends_known]
    found.sort(key=lambda label: label.start())
    if not found:
        return [("", flat)]
    parts: list[tuple[str, str]] = []
    if before := flat[: found[0].start()].strip(" ,;(、"):
        parts.append(("", before))
    ends = [label.start() for label in found[1:]] + [len(flat)]
    for label, end in zip(found, ends, strict=True):
        value = _SEAL_AT_END.sub("", flat[label.end() : end].strip(" ,;、"))
        parts.append((label["label"], value if "(" in value else value.rstrip(")")))
    return parts


def _is_whole(label: re.Match[str], text: str) -> bool:
    return label.start() == 0 and label.end() == len(text)


def _closed(text: str) -> str:
    """NFKC, with the blanks inside spaced-out labels closed: 填 报 单 位 ： 甲."""
    flat = " ".join(unicodedata.normalize("NFKC", text).split())
    flat = flat.replace(" :", ":").replace(": ", ":")
    head, colon, tail = flat.partition(":")
    if colon and len(head) <= 2 * len(compact(head)) + 2:
        flat = _SPACED_LABEL.sub("", head) + colon + tail
    return flat


def _distinct(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))

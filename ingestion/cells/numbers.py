"""Cells of numbers: whole numbers, decimals and money, exact in decimal arithmetic.

Takes units (31人, 40课时, 500元/人, 1.4万元), thousands separators, currency signs, brackets for
a negative and Chinese numerals (壹仟贰佰元整). Refuses what is not one exact number: 约30, 30+2,
30-40, 理论30节，实操50节, 1.5E+03, and groups of digits that are no thousands.
"""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from ingestion.cells.values import CellContext, Parsed, compact
from ingestion.contract import Column
from ingestion.reasons import RowReason

#: Longer runs of digits are no number of a ledger.
_MOST_DIGITS: Final = 40
#: Largest absolute value that lands; more digits are an identifier in the wrong column.
_CEILING: Final = Decimal(10) ** 15
_CENT: Final = Decimal("0.01")
_HALF_CENT: Final = Decimal("0.005")
_WAN: Final = Decimal(10_000)

_APPROXIMATE = re.compile(
    r"^(约|大约|大概|近|超过|超|逾|不足|不到|至少|最多|[<>≤≥≈~±])"
    r"|(左右|上下|余|多|以上|以下|以内|不等|\+)"
    r"|[几数][十百千万]|[0-9][+~-][0-9]"
    r"|[0-9一二三四五六七八九十百千][至到][0-9一二三四五六七八九十百千]"
    r"|^[0-9.]+E[+-]?[0-9]+$",
    re.IGNORECASE,
)
_DIGITS = re.compile(
    r"(?P<sign>[+-]?)"
    r"(?P<body>[0-9]{1,3}(?:,[0-9]{3})+(?![0-9])(?:\.[0-9]*)?|[0-9]+(?:\.[0-9]*)?|\.[0-9]+)"
)
#: Said where there is no amount at all.
_NONE: Final = frozenset(
    {"无", "暂无", "没有", "未发", "未发放", "暂未发放", "未拨付", "未补贴", "无补贴", "N/A"}
)
#: 第3名, as ranks are written; in any other column it would number a thing, not count.
_ORDINAL = re.compile(r"第(?P<number>[^第]+?)(?:名|位)?")
#: Units that hours (40课时) and people (31人) are not counted in.
_NOT_HOURS = re.compile(r"[^/]*(?:天|日|年|岁|人次?|名|期|班次?|元)(?:/.*)?")
_NOT_PEOPLE = re.compile(
    r"[^/]*(?:节|课时?|学时|小时|时|期|班次?|场|家|项|所|户|件|份|天|日|年|岁|元)(?:/.*)?"
)
_COUNT_UNIT = re.compile(
    r"(?P<wan>万)?(?:人次|人|名|个|节|课时|学时|小时|课|时|期|班次|班|次|场|家|项|所|户|件|份|天|日|年|岁|元)?"
    r"(?:/(?:人|期|班|次|年|天))?"
)
_MONEY_UNIT = re.compile(
    r"(?P<scale>亿|千万|百万|十万|万|千|百)?(?P<yuan>元|圆|块)?(?:整|正)?"
    r"(?:/(?:人|人次|期|班|次|年|课时|天)|每人)?(?:整|正)?"
)
_SCALES: Final = {
    "亿": Decimal(10) ** 8,
    "千万": Decimal(10) ** 7,
    "百万": Decimal(10) ** 6,
    "十万": Decimal(10) ** 5,
    "万": _WAN,
    "千": Decimal(1000),
    "百": Decimal(100),
}
_CURRENCY = re.compile(r"^(人民币|RMB|CNY|¥)[:：]?", re.IGNORECASE)
_MINUS = str.maketrans(
    {"\u2212": "-", "\u2013": "-", "\u2014": "-", "，": ",", "﹣": "-", "圓": "圆"}
)

_HAN_DIGITS: Final = {
    **{character: value for value, character in enumerate("零一二三四五六七八九")},
    **{character: value for value, character in enumerate("零壹贰叁肆伍陆柒捌玖")},
    "〇": 0,
    "两": 2,
    "貳": 2,
    "叄": 3,
    "陸": 6,
}
_HAN_UNITS: Final = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
_HAN_LARGE: Final = {"万": 10_000, "萬": 10_000, "亿": 100_000_000, "億": 100_000_000}
_NO_UNIT: Final = 10**9
_HAN_CHARACTERS = "".join((*_HAN_DIGITS, *_HAN_UNITS, *_HAN_LARGE))
_HAN_AMOUNT = re.compile(
    rf"(?P<whole>[{_HAN_CHARACTERS}]+)"
    r"(?:(?P<yuan>[元圆块])(?:(?P<jiao>[零一二三四五六七八九壹贰叁肆伍陆柒捌玖])角)?零?"
    r"(?:(?P<fen>[一二三四五六七八九壹贰叁肆伍陆柒捌玖])分)?(?:整|正)?)?(?:/人)?"
)
_HAN_COUNT = re.compile(
    rf"(?P<whole>[{_HAN_CHARACTERS}]+)(?:人次|人|名|个|节|课时|学时|期|班次|班|次|场|家|项)?"
)
#: 一千二 is said for 1200 and read as 1002: neither is taken.
_HAN_SHORTENED = re.compile(
    r"[百佰千仟万萬亿億][一二两三四五六七八九壹贰叁肆伍陆柒捌玖](?:$|[万萬亿億])"
)


def parse_integer(raw: str, kind: str, column: Column) -> Parsed | RowReason:
    """A whole number; ``31.0`` is one, ``31.5`` is not."""
    number = _read_count(raw, kind, column)
    if isinstance(number, RowReason):
        return number
    if number != number.to_integral_value():
        return RowReason.NUMBER_NOT_WHOLE
    return _bounded(number, column, plain_text(number))


def parse_decimal(raw: str, kind: str, column: Column) -> Parsed | RowReason:
    """A decimal number without trailing zeros."""
    number = _read_count(raw, kind, column)
    if isinstance(number, RowReason):
        return number
    return _bounded(number, column, plain_text(number))


def parse_money(raw: str, kind: str, column: Column, context: CellContext) -> Parsed | RowReason:
    """Yuan with two decimals; the cell's unit beats the header's, and that the contract's."""
    amount = _read_money(raw, kind, context.money_unit or column.unit)
    if isinstance(amount, RowReason):
        return amount
    rounded = amount.quantize(_CENT, rounding=ROUND_HALF_UP) if abs(amount) < _CEILING else amount
    if abs(rounded - amount) >= _HALF_CENT:
        return RowReason.NUMBER_UNPARSED
    return _bounded(rounded, column, f"{rounded + 0:.2f}")


def plain_text(number: Decimal) -> str:
    """The number without exponent, trailing zeros or a negative zero."""
    text = f"{number:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def _bounded(number: Decimal, column: Column, text: str) -> Parsed | RowReason:
    too_small = column.minimum is not None and number < Decimal(str(column.minimum))
    too_large = column.maximum is not None and number > Decimal(str(column.maximum))
    if too_small or too_large or abs(number) >= _CEILING:
        return RowReason.NUMBER_OUT_OF_RANGE
    return Parsed((text,))


def _prepared(raw: str, kind: str) -> str | RowReason:
    """The text without blanks and currency signs, a bracketed amount with its minus."""
    if kind in ("d", "b"):
        return RowReason.NUMBER_UNPARSED
    text = _CURRENCY.sub("", compact(raw).translate(_MINUS))
    if not text or text.upper() in _NONE:
        return RowReason.CELL_BLANK
    if text.startswith("(") and text.endswith(")"):
        return f"-{text[1:-1]}"
    return text


def _read_count(raw: str, kind: str, column: Column) -> Decimal | RowReason:
    text = _prepared(raw, kind)
    if isinstance(text, RowReason):
        return text
    if column.name.endswith("_no") and (rank := _ORDINAL.fullmatch(text)):
        text = rank["number"]
    if found := _DIGITS.match(text):
        unit = _COUNT_UNIT.fullmatch(text, found.end())
        if unit and _is_foreign(unit[0], column):
            return RowReason.NUMBER_UNPARSED
        if unit and (number := _decimal(found)) is not None:
            return number * (_WAN if unit["wan"] else 1)
    if (han := _HAN_COUNT.fullmatch(text)) and (whole := han_number(han["whole"])) is not None:
        return Decimal(whole)
    return _refusal(text)


def _is_foreign(unit: str, column: Column) -> bool:
    """Whether the cell's unit is another than the column's name states: 5天 for hours."""
    if column.name.endswith("_hours"):
        return _NOT_HOURS.fullmatch(unit) is not None
    return "person_times" in column.name and _NOT_PEOPLE.fullmatch(unit) is not None


def _read_money(raw: str, kind: str, unit_without_word: str) -> Decimal | RowReason:
    text = _prepared(raw, kind)
    if isinstance(text, RowReason):
        return text
    if found := _DIGITS.match(text):
        unit = _MONEY_UNIT.fullmatch(text, found.end())
        if unit and (number := _decimal(found)) is not None:
            if unit["scale"]:
                return number * _SCALES[unit["scale"]]
            return number * _factor(unit["yuan"], unit_without_word)
    if (han := _HAN_AMOUNT.fullmatch(text)) and (whole := han_number(han["whole"])) is not None:
        return (Decimal(whole) + _han_fraction(han)) * _factor(han["yuan"], unit_without_word)
    return _refusal(text)


def _factor(yuan_word: str | None, unit_without_word: str) -> Decimal:
    """What a bare number is multiplied by; a cell that says 元 is in yuan whatever its header."""
    return _WAN if unit_without_word == "wan_cny" and not yuan_word else Decimal(1)


def _refusal(text: str) -> RowReason:
    if _APPROXIMATE.search(text):
        return RowReason.NUMBER_APPROXIMATE
    return RowReason.NUMBER_UNPARSED


def _decimal(found: re.Match[str]) -> Decimal | None:
    body = found["body"].replace(",", "")
    return Decimal(f"{found['sign']}{body}") if len(body) <= _MOST_DIGITS else None


def _han_fraction(han: re.Match[str]) -> Decimal:
    jiao = _HAN_DIGITS[han["jiao"]] if han["jiao"] else 0
    fen = _HAN_DIGITS[han["fen"]] if han["fen"] else 0
    return Decimal(jiao) / 10 + Decimal(fen) / 100


def han_number(text: str) -> int | None:
    """The whole number that Chinese numerals write, such as 一千二百; none if they don't."""
    if len(text) > _MOST_DIGITS:
        return None
    if all(character in _HAN_DIGITS for character in text):
        return int("".join(str(_HAN_DIGITS[character]) for character in text)) if text else None
    if _HAN_SHORTENED.search(text):
        return None
    total = section = digit = 0
    last_unit = _NO_UNIT
    for character in text:
        if character in _HAN_DIGITS:
            if digit:
                return None
            digit = _HAN_DIGITS[character]
        elif unit := _HAN_UNITS.get(character):
            if unit >= last_unit:
                return None
            section += (digit or (1 if not section and not total else 0)) * unit
            digit, last_unit = 0, unit
        else:
            large = _HAN_LARGE[character]
            block = section + digit
            total = total + block * large if total >= large * 10 else (total + block) * large
            section = digit = 0
            last_unit = _NO_UNIT
    return total + section + digit

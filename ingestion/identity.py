"""Identity at the door: what a resident ID, a permit, a credit code or a certificate says.

Everything here is pure: text of one cell in, a verdict out, with the reference date as a
parameter. Rules: GB 11643-1999 (resident ID), GB 32100-2015 (credit code), GB 11714 (code of an
organisation); forms of permits as they are met in the field.

It refuses to repair: an ID that was a number, that lost digits, that holds a look-alike letter
or that fails its check digit is a reason, never a guess. It refuses to judge the region digits:
they tell where somebody was first registered, under codes that have changed since. It refuses
passports, whose numbers are unique only together with a nationality. And it never puts a value
into an error: verdicts are codes, and the full number is kept out of every ``repr``.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import lru_cache
from operator import mul
from typing import Final, Literal

from ingestion.personal_numbers import is_personal
from ingestion.reasons import RowReason

#: How cells say their type: text, number, date, boolean, error, formula without value, blank.
Kind = str
Sex = Literal["male", "female"]

YOUNGEST: Final = 14
OLDEST: Final = 100


class IdStatus(StrEnum):
    """What a document number that was accepted is worth."""

    VALID = "valid"  # 18 digits, date and check digit agree
    VALID_15 = "valid_15"  # 15 digits of the old form, converted
    PERMIT = "permit"  # a permit whose form fits; it has no public check digit
    MASKED = "masked"  # partly hidden by the sender: stands for nobody


@dataclass(frozen=True, slots=True)
class Identified:
    """A document number that was accepted.

    ``normalised`` is what keys are made of, None for a masked number; ``masked`` shows at most
    five characters and is the same for every spelling of one number.
    """

    status: IdStatus
    normalised: str | None = field(repr=False)
    masked: str
    birth_year: str | None = None
    sex: Sex | None = None


# --- cleaning ---------------------------------------------------------------------------------

#: Full-width forms of printable ASCII, to upper-case ASCII, and nothing else: NFKC would also
#: turn superscripts into digits, and ``upper`` would make letters of "ı" and "ſ".
_PLAIN: Final = {
    code: chr(plain).upper()
    for plain in range(0x21, 0x7F)
    for code in (plain, plain + 0xFEE0)
    if chr(code) != chr(plain).upper()
}
_WRAPPED: Final = re.compile(r'="?(.*?)"?', re.DOTALL)
#: Nothing around it, and nothing in it but what has one upper case: nearly every cell.
_BARE: Final = re.compile(r"[0-9A-Za-z._/()*-]+")
_UNSEEN: Final = ("Cc", "Cf", "Zl", "Zp", "Zs")


def _unwrapped(raw: str) -> str:
    """In upper case, without what spreadsheets put around it: ``="…"``, ``'``, blanks."""
    if _BARE.fullmatch(raw):
        return raw.upper()
    text = raw.translate(_PLAIN)
    text = "".join(c for c in text if unicodedata.category(c) not in _UNSEEN)
    if text.startswith("="):
        wrapped = _WRAPPED.fullmatch(text)
        text = wrapped[1] if wrapped else text
    return text.lstrip("'‘’").rstrip("'")


# --- resident IDs and permits -----------------------------------------------------------------

_EIGHTEEN: Final = re.compile(r"[1-9][0-9]{16}[0-9X]")
_FIFTEEN: Final = re.compile(r"[1-9][0-9]{14}")
_HONG_KONG_MACAO: Final = re.compile(r"([HM][0-9]{8})([0-9]{2})?")
_TAIWAN: Final = re.compile(r"([0-9]{8})([0-9]{2}(\([A-Z]\)|[A-Z])?)?")
_FOREIGN_RESIDENT: Final = re.compile(r"[A-Z]{3}[0-9]{12}")
_MASKED: Final = re.compile(
    r"([A-Z]{0,3}?[0-9]*)(?:[*×●•·#?_]{2,}|X{3,})(?:[0-9*×●•·#?_]*[*×●•·#?_])?([0-9]*X?)"
)
_SCIENTIFIC: Final = re.compile(r"[0-9]+(\.[0-9]*)?E[+-]?[0-9]+")
_NUMBER_AS_TEXT: Final = re.compile(r"[0-9]{15,18}\.0*")
_ONE_CHARACTER: Final = re.compile(r"[A-Z]{0,3}(.)\1*")
_PLACEHOLDERS: Final = frozenset(
    {"无", "暂无", "没有", "不详", "未知", "未提供", "待补", "待补充", "待定", "空", "无证"}
    | {"NULL", "NONE", "NA", "N/A", "NAN", "TEST", "12345678", "H12345678", "M12345678"}
    | {"123456789012345", "123456789012345678", "12345678901234567X"}
)
#: Longer texts are notes; matching them against masks could take for ever.
_LONGEST: Final = 64
_KIND_REASONS: Final = {
    "n": RowReason.ID_WAS_NUMBER,
    "e": RowReason.CELL_ERROR,
    "f": RowReason.FORMULA_NOT_CALCULATED,
}

WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK_DIGITS: Final = "10X98765432"
#: What the ASCII codes of seventeen zeros add to the weighted sum.
_ZEROS: Final = sum(weight * ord("0") for weight in WEIGHTS)


def check_digit(seventeen: str) -> str:
    """The check digit of a resident ID's first seventeen digits (ISO 7064 MOD 11-2)."""
    return CHECK_DIGITS[(sum(map(mul, WEIGHTS, seventeen.encode())) - _ZEROS) % 11]


def eighteen_digits(fifteen: str) -> str:
    """The 18-digit form of a 15-digit number: the century, then the check digit."""
    seventeen = f"{fifteen[:6]}19{fifteen[6:]}"
    return seventeen + check_digit(seventeen)


def identify(raw: str, kind: Kind, document_type: str | None, on: date) -> Identified | RowReason:
    """What one cell of an ID column says, or why it says nothing.

    ``kind`` is the cell's type (``t`` text, ``n`` number …): a number is never an ID, since nine
    in a hundred of the IDs that spreadsheets ruin still pass the check digit. ``document_type``
    is the sender's words (台湾居民来往大陆通行证 …) and settles forms that collide. ``on`` is the
    day at which the age is taken. Rules: GB 11643-1999.
    """
    if kind != "t":
        return _KIND_REASONS.get(kind, RowReason.ID_BAD_SHAPE)
    if _EIGHTEEN.fullmatch(raw):
        return _resident(raw, IdStatus.VALID, on)
    text = _unwrapped(raw)
    if not text:
        return RowReason.CELL_BLANK
    if len(text) > _LONGEST:
        return RowReason.ID_BAD_SHAPE
    if text in _PLACEHOLDERS or _ONE_CHARACTER.fullmatch(text):
        return RowReason.ID_PLACEHOLDER
    if masked := _MASKED.fullmatch(text):
        return _of_masked(masked[1], masked[2])
    if not text.isascii():
        return RowReason.ID_BAD_CHARACTER
    if _EIGHTEEN.fullmatch(text):
        return _resident(text, IdStatus.VALID, on)
    if _FIFTEEN.fullmatch(text):
        return _resident(eighteen_digits(text), IdStatus.VALID_15, on)
    return _permit(text, document_type) or _shape_reason(text)


def _resident(number: str, status: IdStatus, on: date) -> Identified | RowReason:
    """The verdict on eighteen characters of the right shape."""
    if number == number[0] * 18 or number in _PLACEHOLDERS:
        return RowReason.ID_PLACEHOLDER
    right_digit = check_digit(number[:17]) == number[17]
    if not right_digit and number.endswith("000"):
        return RowReason.ID_PRECISION_LOST
    age_reason = _age_reason(number[6:14], on)
    if age_reason is RowReason.ID_BAD_DATE:
        return age_reason
    if not right_digit:
        return RowReason.ID_BAD_CHECK_DIGIT
    if age_reason:
        return age_reason
    return Identified(
        status=status,
        normalised=number,
        masked=f"{number[:3]}*************{number[16:]}",
        birth_year=number[6:10],
        sex="male" if number[16] in "13579" else "female",
    )


@lru_cache(maxsize=65_536)
def _age_reason(birth: str, on: date) -> RowReason | None:
    """Whether a birth date (YYYYMMDD) exists and gives an age that a trainee may have."""
    try:
        born = date(int(birth[:4]), int(birth[4:6]), int(birth[6:]))
    except ValueError:
        return RowReason.ID_BAD_DATE
    age = on.year - born.year - ((on.month, on.day) < (born.month, born.day))
    return None if YOUNGEST <= age <= OLDEST else RowReason.ID_AGE_OUT_OF_RANGE


def _permit(text: str, document_type: str | None) -> Identified | None:
    """A permit by its form; eight digits only where the sender says that it is a permit.

    Renewals count up at the end of the older forms, so only what stays for life is kept.
    """
    if found := _HONG_KONG_MACAO.fullmatch(text):
        number = found[1]
    elif _FOREIGN_RESIDENT.fullmatch(text):
        number = text
    elif _says_taiwan_permit(document_type) and (found := _TAIWAN.fullmatch(text)):
        number = found[1]
    else:
        return None
    shown = 3 if len(number) > 9 else 1
    hidden = "*" * (len(number) - shown - 2)
    return Identified(IdStatus.PERMIT, number, f"{number[:shown]}{hidden}{number[-2:]}")


@lru_cache(maxsize=1024)
def _says_taiwan_permit(document_type: str | None) -> bool:
    words = unicodedata.normalize("NFKC", document_type or "")
    return "台胞" in words or (("台湾" in words or "臺灣" in words) and "通行证" in words)


def _of_masked(head: str, tail: str) -> Identified:
    """A number that the sender hid in part, shown in our one style, which hides more."""
    start = head[:3] if len(head) >= 3 else "***"
    end = tail[-2:] if len(tail) >= 2 else "**"
    return Identified(IdStatus.MASKED, None, f"{start}*************{end}")


def _shape_reason(text: str) -> RowReason:
    """Why plain text of no known form is no document number."""
    if _SCIENTIFIC.fullmatch(text):
        return RowReason.ID_SCIENTIFIC
    if _NUMBER_AS_TEXT.fullmatch(text):
        return RowReason.ID_WAS_NUMBER
    wrong = sum(1 for character in text if character not in "0123456789")
    if len(text) in (15, 18) and wrong == 1 and text[0] != "0":
        return RowReason.ID_BAD_CHARACTER
    return RowReason.ID_BAD_SHAPE


# --- credit codes -----------------------------------------------------------------------------

_CREDIT_ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CREDIT_VALUES: Final = {character: i for i, character in enumerate(_CREDIT_ALPHABET)}
_CREDIT_WEIGHTS: Final = tuple(pow(3, i, 31) for i in range(17))
#: First character: who registers (机构编制, 外交, 司法, … 工商, 军委 A, 农业 N, 其他 Y).
_CREDIT_CODE: Final = re.compile(r"[1-9ANY][0-9A-HJ-NP-RTUWXY]{17}")

_ORGANISATION_WEIGHTS: Final = (3, 7, 9, 10, 5, 8, 4, 2)
_ORGANISATION: Final = re.compile(r"([0-9A-Z]{8})-?([0-9X])")


def credit_code(raw: str, kind: Kind = "t") -> str | RowReason:
    """A unified social credit code in its one spelling (GB 32100-2015).

    A cell that is a number lost digits if it ever was a code. The inner code of the organisation
    is not judged here, see ``organisation_code_checks``.
    """
    code = _unwrapped(raw)
    if not code:
        return RowReason.CELL_BLANK
    if kind != "t" or not _CREDIT_CODE.fullmatch(code):
        return RowReason.CREDIT_CODE_INVALID
    if credit_check_character(code[:17]) != code[17]:
        return RowReason.CREDIT_CODE_INVALID
    return code


def credit_check_character(seventeen: str) -> str:
    """The check character of a credit code's first seventeen characters."""
    total = sum(map(mul, _CREDIT_WEIGHTS, (_CREDIT_VALUES[c] for c in seventeen)))
    return _CREDIT_ALPHABET[(31 - total % 31) % 31]


def organisation_code_checks(code: str) -> bool:
    """Whether a 9-character organisation code, or the one inside a credit code, fits GB 11714.

    A soft check: codes in force are known to fail it.
    """
    inner = code[8:17] if len(code) == 18 else code
    found = _ORGANISATION.fullmatch(inner)
    if not found:
        return False
    total = sum(map(mul, _ORGANISATION_WEIGHTS, (int(c, 36) for c in found[1])))
    return "0123456789X0"[11 - total % 11] == found[2]


# --- certificates -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CertificateNumber:
    """A certificate's number: ``normalised`` for its key, ``shown`` for the landing zone.

    Numbers of special operation permits are ``T`` and the holder's ID number, so they are shown
    masked like one.
    """

    normalised: str = field(repr=False)
    shown: str


_CERTIFICATE: Final = re.compile(r"[0-9A-Z\u4e00-\u9fff()\[\]〔〕【】第号字/_.-]{4,64}")
_DIGIT: Final = re.compile(r"[0-9]")
#: An ID number standing by itself, after ``T``, or with the kind and grade of a disability card.
_ID_INSIDE: Final = re.compile(
    r"(?<![0-9])([1-9][0-9]{2})[0-9]{3}(?:19|20)[0-9]{2}[01][0-9][0-3][0-9]{3}([0-9][0-9X])"
    r"(?=(?:[0-9]{2}(?:B[0-9])?)?(?![0-9A-Z]))"
)


def certificate_number(raw: str, kind: Kind = "t") -> CertificateNumber | RowReason:
    """A certificate's number in one spelling; any run that could be an ID number is masked.

    A number of more than 15 digits that a spreadsheet kept as a number has lost its end; what
    leads to a person in another way, such as a mobile number, is no certificate's number.
    """
    text = _unwrapped(raw)
    if not text:
        return RowReason.CELL_BLANK
    lost = kind == "n" and len(_DIGIT.findall(text)) > 15
    if kind not in "tn" or lost or _SCIENTIFIC.fullmatch(text):
        return RowReason.CERTIFICATE_NO_INVALID
    if not _CERTIFICATE.fullmatch(text) or not _DIGIT.search(text):
        return RowReason.CERTIFICATE_NO_INVALID
    shown = _ID_INSIDE.sub(r"\1*************\2", text)
    if is_personal(shown):
        return RowReason.CERTIFICATE_NO_INVALID
    return CertificateNumber(text, shown)


# --- names, phones, accounts: normalised for their keys only ----------------------------------

_MIDDLE_DOTS: Final = str.maketrans(dict.fromkeys("•・‧⋅∙.", "·"))
_HIDDEN_NAME: Final = re.compile(r"[*×●?□#]|某")
_PHONE_NOISE: Final = re.compile(r"[\s()\-—]")
_MOBILE: Final = re.compile(r"(?:\+?0{0,2}86)?(1[3-9][0-9]{9})(?:\.0+)?")
_LANDLINE: Final = re.compile(r"0?([1-9][0-9]{1,2}[2-9][0-9]{6,7})")
_ACCOUNT: Final = re.compile(r"[0-9]{9,30}")


def person_name(raw: str) -> str | None:
    """A name as its key is made: no blanks, one kind of middle dot, plain forms of letters.

    None where the sender hid a part (张*三): that would be the key of many people.
    """
    text = unicodedata.normalize("NFKC", raw)
    text = "".join(c for c in text if unicodedata.category(c) not in _UNSEEN)
    text = unicodedata.normalize("NFKC", text.translate(_MIDDLE_DOTS).upper())
    return None if _HIDDEN_NAME.search(text) else text or None


def phone(raw: str) -> str | None:
    """A mobile or landline number in one spelling, or None: then it lands without a key."""
    text = _PHONE_NOISE.sub("", _unwrapped(raw))
    found = _MOBILE.fullmatch(text) or _LANDLINE.fullmatch(text)
    return found[1] if found else None


def bank_account(raw: str, kind: Kind = "t") -> str | None:
    """An account number in one spelling, or None where digits may have been lost."""
    text = _unwrapped(raw).replace("-", "")
    if not _ACCOUNT.fullmatch(text) or _ONE_CHARACTER.fullmatch(text):
        return None
    return None if kind == "n" and len(text) > 15 else text

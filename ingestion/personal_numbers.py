"""Numbers that lead to a person, wherever they stand: resident IDs, mobile numbers, bank cards.

Where a column is meant for them, ``ingestion.identity`` makes keys of them. Everywhere else they
are either hidden, in names and words for people (``without_numbers``), or a reason to reject the
row (``is_personal``): a clerk's slip must not carry a person into the warehouse. Digits may be
full-width and parted by blanks or hyphens.

It refuses to know names: nothing tells a person's name from that of a school or a county.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

#: Blanks or hyphens within a number.
_GAP: Final = r"[ -]?"
#: Births from 1900 to 2014: nobody younger is trained, and record numbers made of a region and a
#: recent date stay free. A digit too few counts as well: what was mistyped leads to a person too.
RESIDENT_ID: Final = (
    rf"[1-9][0-9]{{5}}{_GAP}(?:19[0-9]{{2}}|200[0-9]|201[0-4])(?:0[1-9]|1[0-2])"
    rf"(?:0[1-9]|[12][0-9]|3[01]){_GAP}[0-9]{{2,3}}[0-9Xx]"
)
MOBILE: Final = rf"(?:\+?0{{0,2}}86{_GAP})?1[3-9][0-9]{_GAP}[0-9]{{4}}{_GAP}[0-9]{{4}}"
#: First digits of cards that banks of this country issue, and of the two foreign brands.
BANK_CARD: Final = (
    rf"(?:6[0-9]{{3}}|9558|9559){_GAP}[0-9]{{4}}{_GAP}[0-9]{{4}}{_GAP}[0-9]{{4}}{_GAP}[0-9]{{0,3}}"
    rf"|(?:4[0-9]|5[1-5])[0-9]{{2}}{_GAP}[0-9]{{4}}{_GAP}[0-9]{{4}}{_GAP}[0-9]{{4}}"
)
#: Letters beside a mobile number make it a part of some record's own number.
_FORMS: Final = (
    ("(?:^|[^0-9])", RESIDENT_ID, "(?:$|[^0-9])"),
    ("(?:^|[^0-9A-Za-z])", MOBILE, "(?:$|[^0-9A-Za-z])"),
    ("(?:^|[^0-9A-Za-z])", BANK_CARD, "(?:$|[^0-9A-Za-z])"),
)
#: Finds the first number of a text that may be personal, for engines that know no lookaround;
#: `is_personal` has the last word.
CANDIDATE: Final = "|".join(f"{before}(?:{form}){after}" for before, form, after in _FORMS)
#: No text of fewer characters holds any of them.
SHORTEST: Final = 11
#: The same numbers as shapes: 0 for a digit, A and a for letters. Whatever `is_personal` finds has
#: such a shape.
_SHAPED: Final = re.compile(
    rf"(?<!0)0{{6}}{_GAP}0{{8}}{_GAP}0{{2,3}}[0Aa](?!0)"
    rf"|(?<![0Aa])(?:\+?0{{2,4}}{_GAP})?000{_GAP}0000{_GAP}0000(?![0Aa])"
    rf"|(?<![0Aa])0000{_GAP}0000{_GAP}0000{_GAP}0000{_GAP}0{{0,3}}(?![0Aa])"
)

_NOT_A_CARD: Final = re.compile(
    rf"(?<![0-9])(?:{RESIDENT_ID})(?![0-9])|(?<![0-9A-Za-z])(?:{MOBILE})(?![0-9A-Za-z])"
)
_CARD: Final = re.compile(rf"(?<![0-9A-Za-z])(?:{BANK_CARD})(?![0-9A-Za-z])")
_PARTING: Final = re.compile(r"[ -]")

_DIGIT: Final = "[0-9０-９]"
_HIDDEN: Final = re.compile(
    rf"(?<![0-9０-９*])(?:"
    # mobile numbers, with what is dialled before them
    rf"(?:[+＋]?[0０]{{0,2}}[8８][6６][ -]?|[0０])?"
    rf"[1１][3-9３-９]{_DIGIT}[ -]?{_DIGIT}{{4}}[ -]?{_DIGIT}{{4}}"
    # telephone numbers of a town
    rf"|[0０]{_DIGIT}{{2,3}}[ -]{_DIGIT}{{7,8}}"
    # IDs and cards as people group them
    rf"|{_DIGIT}{{6}}[ -]{_DIGIT}{{8}}[ -]?{_DIGIT}{{3}}[0-9０-９XxＸｘ]"
    rf"|{_DIGIT}{{4}}(?:[ -]{_DIGIT}{{4}}){{3}}(?:[ -]?{_DIGIT}{{1,4}})?"
    # whatever is as long as they are
    rf"|{_DIGIT}[0-9０-９*]{{13,}}[0-9０-９XxＸｘ*]"
    rf")(?![0-9０-９*])"
)


def without_numbers(text: str) -> str:
    """Text for the manifest and for people, with every run of digits that could be personal hidden.

    Dates and short numbers stay.
    """
    return _HIDDEN.sub("…", text)


def is_personal(text: str) -> bool:
    """Whether a person's number stands in a text that is not meant for one.

    Numbers of cards need their check digit (ISO/IEC 7812); IDs count even when it is wrong.
    """
    plain = unicodedata.normalize("NFKC", text)
    return _NOT_A_CARD.search(plain) is not None or any(
        _has_check_digit(_PARTING.sub("", found)) for found in _CARD.findall(plain)
    )


def may_be_personal(shape: str) -> bool:
    """Whether an ASCII text of this shape may hold a person's number; `is_personal` decides.

    A shape has 0 for every digit, A and a for letters, see `ingestion.text_arrays`.
    """
    return _SHAPED.search(shape) is not None


def _has_check_digit(number: str) -> bool:
    """Luhn's sum of a card's number."""
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(number))]
    return sum(sum(divmod(value, 10)) for value in doubled) % 10 == 0

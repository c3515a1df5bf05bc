"""Which area or department a text names: 填报单位 rows, sheet, folder and file names, titles.

Names come from seeds (reference and alias lists), so that people maintain them. It refuses to
guess: a short name such as 习水 counts only where it stands as a name (never inside 学习水平),
the whole city is no reporting unit, and places that disagree refuse the delivery.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from ingestion.reasons import Breach, BreachCode
from ingestion.settings import REPOSITORY

UnitKind = Literal["area", "department"]

SEEDS_DIR = REPOSITORY / "seeds"

#: A short place name counts after the start, a number, a mark or one of these …
_BEFORE_SHORT_NAME = r"(?:^|(?<=[^一-龥])|(?<=[年月日份期度县区市省义]))"
#: … and before the end, a mark, a number or what an office or a ledger is called.
_AFTER_SHORT_NAME = (
    r"(?=$|[^一-龥]|[县区市年上下第各人就职技培劳报填台补花单部机教农工民商住应妇残林文能政统汇总])"
)


#: GB/T 2260 with the township, or the township and the village, behind it.
_VILLAGE_CODE = re.compile(r"[0-9]{6}(?:[0-9]{3}){1,2}")


@dataclass(frozen=True)
class Place:
    """An area or a department."""

    code: str
    name_zh: str
    name_en: str
    #: Speaks for itself; the whole city does not, as its counties do.
    is_unit: bool


@dataclass(frozen=True)
class Gazetteer:
    """The known places of one kind and every way to write them."""

    places: Mapping[str, Place]
    #: Written form -> code, for whole words (codes and English names, lower case).
    words: Mapping[str, str]
    #: Written form -> code, for names inside a longer text.
    names: Mapping[str, str]
    pattern: re.Pattern[str]

    def find(self, text: str) -> frozenset[str]:
        """Codes of all places that this text names, the longest names first."""
        squeezed = _squeeze(text)
        if whole := self.words.get(squeezed.lower()):
            return frozenset({whole})
        return frozenset(
            self.names.get(match[0], "") or self.words[match[0][:6]]
            for match in self.pattern.finditer(squeezed)
        )


def _squeeze(text: str) -> str:
    """Without white space and 和, which offices put into their names or leave out."""
    return re.sub(r"[\s和]+", "", unicodedata.normalize("NFKC", text))


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _is_short(name: str) -> bool:
    return len(name) <= 2


def _pattern(names: Iterable[str], codes: Iterable[str]) -> re.Pattern[str]:
    """Longest name first; a numeric code stands alone or opens a code of 9 or 12 digits."""
    alternatives = [
        f"{_BEFORE_SHORT_NAME}{re.escape(name)}{_AFTER_SHORT_NAME}"
        if _is_short(name)
        else re.escape(name)
        for name in sorted(names, key=lambda name: (-len(name), name))
    ]
    if digits := sorted(code for code in codes if re.fullmatch(r"[0-9]{6}", code)):
        alternatives.append(rf"(?<![0-9])(?:{'|'.join(digits)})(?:[0-9]{{3}}){{0,2}}(?![0-9])")
    return re.compile("|".join(alternatives))


@cache
def load_gazetteer(kind: UnitKind, seeds_dir: Path = SEEDS_DIR) -> Gazetteer:
    """The places of one kind, from ``seeds/reference`` and ``seeds/crosswalks``."""
    code_column = f"{kind}_code"
    places = {
        row[code_column]: Place(
            code=row[code_column],
            name_zh=row["name_zh"],
            name_en=row["name_en"],
            is_unit=row.get("area_type") != "city",
        )
        for row in _rows(seeds_dir / "reference" / f"{kind}s.csv")
    }
    written = {place.name_zh: code for code, place in places.items()}
    for row in _rows(seeds_dir / "crosswalks" / f"{kind}_aliases.csv"):
        written[row["alias"]] = row[code_column]
    own = {code.lower(): code for code in places} | {
        place.name_en.lower().replace(" ", ""): code for code, place in places.items()
    }
    # 市级 and 市直 inside a longer text are as a rule part of another word (市级竞赛).
    names = {
        _squeeze(name): code
        for name, code in written.items()
        if not re.fullmatch(r"[0-9]+", name) and name not in ("市级", "市直")
    }
    if kind == "department":
        names |= {name.removeprefix("市"): code for name, code in names.items()}
    words = own | {_squeeze(name).lower(): code for name, code in written.items()}
    return Gazetteer(places, words, names, _pattern(names, words))


@cache
def city_code(seeds_dir: Path = SEEDS_DIR) -> str:
    """The code of the city that the plan is about."""
    areas = _rows(seeds_dir / "reference" / "areas.csv")
    return next(row["area_code"] for row in areas if row["area_type"] == "city")


def find_units(texts: Iterable[str], kind: UnitKind) -> frozenset[str]:
    """Codes of the reporting units that these texts name; the whole city is none."""
    gazetteer = load_gazetteer(kind)
    found = frozenset().union(*(gazetteer.find(text) for text in texts))
    return frozenset(code for code in found if gazetteer.places[code].is_unit)


def place_name(code: str, kind: UnitKind) -> str:
    """The Chinese name of a code. Raises KeyError."""
    return load_gazetteer(kind).places[code].name_zh


def official_name(text: str, kind: UnitKind) -> str | None:
    """The Chinese name of what this text as a whole names; codes of areas may go on to villages."""
    gazetteer = load_gazetteer(kind)
    word = _squeeze(text).lower()
    if _VILLAGE_CODE.fullmatch(word):
        word = word[:6]
    code = gazetteer.words.get(word)
    return gazetteer.places[code].name_zh if code else None


def unit_of(
    kind: UnitKind,
    *,
    unit_texts: Sequence[str],
    sheet: str,
    hints: Sequence[str],
    titles: Sequence[str],
    where: str,
) -> str:
    """The code of the unit that a table speaks for.

    ``unit_texts`` stand after 填报单位, ``hints`` are the folders and the file's stem. All that
    name a unit must agree. Titles speak for an area as well; they name a department only where
    nothing else does, because the office that designed the form often stands there.
    Raises Breach: UNIT_UNKNOWN, UNIT_CONFLICT.
    """
    named = {
        "填报单位": find_units(unit_texts, kind),
        "sheet name": find_units([sheet], kind),
        "folder or file name": find_units(hints, kind),
    }
    titled = find_units(titles, kind)
    if kind == "area" or not any(named.values()):
        named["title"] = titled
    found = frozenset().union(*named.values())
    if len(found) > 1:
        words = "; ".join(
            f"{place} says {'、'.join(sorted(place_name(code, kind) for code in codes))}"
            for place, codes in named.items()
            if codes
        )
        raise Breach(
            BreachCode.UNIT_CONFLICT,
            where,
            f"{words}. Correct the one that is wrong and send the file again.",
        )
    if kind == "department" and (counties := find_units(unit_texts, "area") - {"5203SB"}):
        names = "、".join(sorted(place_name(code, "area") for code in counties))
        raise Breach(
            BreachCode.UNIT_CONFLICT,
            where,
            f"填报单位 names an office of {names}, but this feed is for municipal departments.",
        )
    if not found:
        known = "county unit or 市本级" if kind == "area" else "municipal department"
        raise Breach(
            BreachCode.UNIT_UNKNOWN,
            where,
            f"no {known} is named after 填报单位, in the sheet, folder or file name. "
            "Write 填报单位：<unit> above the header, or put the file in a folder of that name.",
        )
    (code,) = found
    return code

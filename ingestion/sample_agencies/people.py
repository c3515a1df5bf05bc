"""Invented people: names, resident IDs in the unassigned region 529999, telephone numbers.

Nobody here exists: the region code belongs to no place, the numbers are drawn without looking
at any list. Everything is made column by column, never person by person.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

Texts = npt.NDArray[np.object_]
Ints = npt.NDArray[np.int64]
Days = npt.NDArray[np.datetime64]
Flags = npt.NDArray[np.bool_]

REGION: Final = "529999"
_WEIGHTS: Final = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2])
_CHECKS: Final = np.array(list("10X98765432"))
_SURNAMES: Final = np.array(
    [
        *"王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕",
        "欧阳",
        "令狐",
        "犹",
        "冉",
        "娄",
        "雷",
    ],
    dtype=object,
)
_GIVEN: Final = np.array(
    list("伟芳娜敏静丽强磊洋艳勇军杰娟涛超明霞平刚玲桂英华建国志红梅春燕秋菊辉鹏飞云龙凤海波")
    + list("林森文武斌宇浩然欣怡子轩雨婷佳慧晨曦思远家兴"),
    dtype=object,
)
#: Names that break careless readers: middle dots, rare characters.
_RARE_NAMES: Final = np.array(["阿依古丽·买买提", "李䶮", "罗㧬", "迪丽努尔·艾力"], dtype=object)


def random_stream(seed: int, name: str) -> np.random.Generator:
    """An independent stream per purpose, so that one part's draws never shift another's."""
    return np.random.default_rng([seed, zlib.crc32(name.encode())])


def pick(rng: np.random.Generator, size: int, weights: npt.ArrayLike) -> Ints:
    """Indices drawn with the given weights."""
    cumulative = np.cumsum(np.asarray(weights, dtype=float))
    return np.searchsorted(cumulative / cumulative[-1], rng.random(size), side="right")


def check_characters(digits: Ints) -> npt.NDArray[np.str_]:
    """Check characters (ISO 7064 MOD 11-2) of rows of 17 digits."""
    checks: npt.NDArray[np.str_] = _CHECKS[(digits @ _WEIGHTS) % 11]
    return checks


def with_check(body: npt.NDArray[np.str_]) -> npt.NDArray[np.str_]:
    """17-digit texts with their check character appended."""
    codes = np.ascontiguousarray(body.astype("<U17")).view(np.uint32).reshape(-1, 17)
    checks = check_characters(codes.astype(np.int64) - ord("0"))
    whole: npt.NDArray[np.str_] = np.char.add(body, checks)
    return whole


#: Everybody is born on one of these days.
FIRST_BORN: Final = np.datetime64("1963-01-01")
_DAYS: Final = int((np.datetime64("2006-01-01") - FIRST_BORN).astype(int))
#: How many may be born on one day.
SEQUENCES: Final = 997
#: So many people have a resident ID of their own.
PLACES: Final = _DAYS * SEQUENCES
#: A walk over (day, sequence) with a step prime to their number never repeats.
STEP: Final = 7_368_787


def first_place(seed: int) -> int:
    """Where the walk over the places begins."""
    return int(random_stream(seed, "people").integers(PLACES))


@dataclass(frozen=True)
class People:
    """One entry per person; `id_no` is what the card says."""

    name: Texts
    id_no: Texts
    #: The same number as an old ledger writes it, in 15 digits; empty where there is none.
    old_id_no: Texts
    phone: Texts

    def __len__(self) -> int:
        return len(self.name)


def make_people(count: int, seed: int) -> People:
    """Adults born between 1963 and 2005, every ID different."""
    rng = random_stream(seed, "people")
    place = (np.arange(count, dtype=np.int64) * STEP + int(rng.integers(PLACES))) % PLACES
    born = FIRST_BORN + (place // SEQUENCES).astype("timedelta64[D]")
    birth = np.char.replace(np.datetime_as_string(born), "-", "")
    sequence = np.char.mod("%03d", place % SEQUENCES + 1)
    body = np.char.add(np.char.add(REGION, birth), sequence)
    id_no = with_check(body).astype(object)
    short_birth = np.datetime_as_string(born).astype(object)
    old = np.array([REGION + day[2:4] + day[5:7] + day[8:] for day in short_birth], dtype=object)
    old = old + sequence.astype(object)
    old[born >= np.datetime64("1998-01-01")] = ""

    given = _GIVEN[rng.integers(len(_GIVEN), size=count)]
    second = _GIVEN[rng.integers(len(_GIVEN), size=count)]
    second[rng.random(count) < 0.25] = ""
    name = _SURNAMES[rng.integers(len(_SURNAMES), size=count)] + given + second
    rare = np.flatnonzero(rng.random(count) < 0.002)
    name[rare] = _RARE_NAMES[rng.integers(len(_RARE_NAMES), size=len(rare))]

    # the permits of people from Hong Kong and Macao carry no check digit
    permit = np.flatnonzero(rng.random(count) < 0.0005)
    letter = np.array(["H", "M"], dtype=object)[rng.integers(2, size=len(permit))]
    id_no[permit] = letter + np.char.mod("%08d", permit + 1).astype(object)
    old[permit] = ""

    prefix = np.array(["130", "138", "151", "158", "180", "189"])[rng.integers(6, size=count)]
    tail = np.char.mod("%04d", rng.integers(10_000, size=count))
    phone = np.char.add(np.char.add(prefix, "0000"), tail).astype(object)
    return People(name, id_no, old, phone)


_CREDIT_ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def organisation_check(body: str) -> str:
    """Check character (GB 11714) of eight characters."""
    weights = (3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(int(char, 36) * weight for char, weight in zip(body, weights, strict=True))
    return "0123456789X0"[11 - total % 11]


def credit_code(kind: str, serial: int) -> str:
    """A credit code (GB 32100) in region 529999; kind is its first two characters."""
    organisation = f"MA{serial:06d}"
    body = f"{kind}{REGION}{organisation}{organisation_check(organisation)}"
    total = sum(_CREDIT_ALPHABET.index(char) * pow(3, place, 31) for place, char in enumerate(body))
    return body + _CREDIT_ALPHABET[(31 - total % 31) % 31]

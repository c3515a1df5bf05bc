"""Trying all numbers does not lead from a published key back to a person.

An attacker holds the repository, everything that is published and much patience, but no secret.
A thousand invented people are landed and published; then every number that could be theirs is
tried against their keys, with every hash and every secret that the repository, the published file
or habit suggests. The same attack with the right secret finds all of them, so it works.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Final

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from dagster_project.publishing.duckdb_file import write_database
from ingestion.checks import Sheet, check
from ingestion.contract import load_contracts
from ingestion.identity import check_digit
from ingestion.readers.reading import FAULT, KINDS, ROW_NUMBER, SKIP
from ingestion.settings import REPOSITORY
from ingestion.vault import KeyRing

KNOWN_TO_NOBODY: Final = "known to nobody but this city, 7f3a9c5e1d"
PEOPLE: Final = 1_000
#: Who is attacked was born in these years and has these sequence numbers: 29,220 candidates.
BIRTHS: Final = [date(1970, 1, 1) + timedelta(days) for days in range(7305)]
SEQUENCES: Final = range(100, 104)

Guess = Callable[[bytes], Iterable[int]]


def candidates() -> Iterator[str]:
    """Every number of that space; it certainly holds the people."""
    for born in BIRTHS:
        for sequence in SEQUENCES:
            seventeen = f"529999{born:%Y%m%d}{sequence}"
            yield seventeen + check_digit(seventeen)


@pytest.fixture(scope="module")
def people() -> set[str]:
    everybody = list(candidates())
    chosen = np.random.default_rng(5).choice(len(everybody), PEOPLE, replace=False)
    return {everybody[number] for number in chosen}


@pytest.fixture(scope="module")
def database(people: set[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A published file with their keys, after a delivery went through the checks."""
    folder = tmp_path_factory.mktemp("keys")
    contract = load_contracts()["county/training_ledgers"]
    count = len(people)
    cells = {
        "person_name": ["样例"] * count,
        "person_id_no": sorted(people),
        "institution_name": ["样例学校"] * count,
        "occupation": ["茶艺师"] * count,
        "started_on": ["2024-03-04"] * count,
        "ended_on": ["2024-03-22"] * count,
        "completion": ["合格"] * count,
        KINDS: ["t" * len(contract.columns)] * count,
        SKIP: pa.nulls(count, pa.string()),
        FAULT: pa.nulls(count, pa.string()),
        ROW_NUMBER: list(range(count)),
    }
    keys = KeyRing(KNOWN_TO_NOBODY.encode(), 1)
    checked = check([Sheet("", pa.table(cells))], contract, keys, delivered_on=date(2024, 7, 1))
    assert checked.rows_landed == PEOPLE
    work = folder / "work.duckdb"
    with duckdb.connect(work) as connection:
        connection.register("landed", checked.landed)
        connection.execute("create schema marts")
        connection.execute(
            "create table marts.dim_persons as"
            " select cast(person_key as bigint) as person_key from landed"
        )
    target = folder / "warehouse.duckdb"
    write_database(work, target, pa.table({"version": ["000001"]}))
    return target


@pytest.fixture(scope="module")
def published(database: Path) -> set[int]:
    """Their keys, as everybody may read them."""
    with duckdb.connect(database, read_only=True) as connection:
        rows = connection.execute("select person_key from marts.dim_persons").fetchall()
    return {key for (key,) in rows}


def recovered(published: set[int], guess: Guess, numbers: Iterable[str]) -> int:
    """How many keys this guess at the recipe leads back from, when these numbers are tried."""
    found: set[int] = set()
    for number in numbers:
        found.update(published.intersection(guess(number.encode())))
    return len(found)


# --- recipes ----------------------------------------------------------------------------------


def parts(digest: bytes) -> Iterator[int]:
    """Every way to make 64 bits of a hash: from either end, either way round, with sign or not."""
    for piece in (digest[:8], digest[-8:]):
        for order in ("big", "little"):
            yield int.from_bytes(piece, order, signed=True)
            yield int.from_bytes(piece, order)


def plain_hash(name: str) -> Guess:
    def guess(number: bytes) -> Iterator[int]:
        for text in (number, b"person|" + number):
            yield from parts(hashlib.new(name, text, usedforsecurity=False).digest())

    return guess


def with_secret(secret: bytes) -> Guess:
    """The recipe of the repository, and plain HMAC, under a guessed secret."""
    derived = [KeyRing(secret, version) for version in (1, 2)]

    def guess(number: bytes) -> Iterator[int]:
        for keys in derived:
            yield keys.person_key(number.decode())
        yield from parts(hmac.digest(secret, b"person|" + number, "sha256"))

    return guess


def suggested_secrets() -> list[bytes]:
    """What the repository and habit suggest: quoted texts long enough to be one, and the usual."""
    quoted = re.compile(r"""["']([^"'\n]{32,80})["']""")
    texts = {
        text
        for folder in ("ingestion", "dagster_project", "tests")
        for path in sorted((REPOSITORY / folder).rglob("*.py"))
        if path != Path(__file__)
        for text in quoted.findall(path.read_text(encoding="utf-8"))
        if re.search("secret|invented|0123456789", text)
    }
    usual = {"", "secret", "changeme", "password", "zunyi", "skills", "0" * 32, "20230101"}
    return [text.encode() for text in sorted(texts | usual)]


# --- the attack -------------------------------------------------------------------------------

HASHES: Final = ("md5", "sha1", "sha256", "sha512", "sha3_256", "blake2b", "sm3")


def test_with_the_right_secret_the_attack_finds_everybody(published: set[int]) -> None:
    assert len(published) == PEOPLE
    assert recovered(published, with_secret(KNOWN_TO_NOBODY.encode()), candidates()) == PEOPLE


@pytest.mark.parametrize("name", HASHES)
def test_no_plain_hash_leads_back(published: set[int], name: str) -> None:
    if name not in hashlib.algorithms_available:
        pytest.skip(f"this machine's OpenSSL has no {name}")
    assert recovered(published, plain_hash(name), candidates()) == 0


def test_no_secret_that_the_repository_or_habit_suggests_leads_back(
    published: set[int], people: set[str]
) -> None:
    """Only the people's own numbers are tried: no other can lead to them."""
    secrets = suggested_secrets()
    assert len(secrets) >= 20
    assert sum(recovered(published, with_secret(secret), people) for secret in secrets) == 0


@pytest.mark.promise("published keys traced back by trying all numbers: none", PEOPLE)
def test_nothing_that_is_published_leads_back(
    published: set[int], database: Path, record_property: Callable[[str, object], None]
) -> None:
    """Each text beside the keys may be the secret, as far as an attacker knows."""
    with duckdb.connect(database, read_only=True) as connection:
        texts = [
            text for (text,) in connection.execute("select version from publication").fetchall()
        ]
    for text in [*texts, "1", "v1", "keys|v1", "person"]:
        assert recovered(published, with_secret(text.encode()), candidates()) == 0
    record_property("cases", len(published))


def test_equal_people_in_two_cities_have_unequal_keys(
    people: set[str], published: set[int]
) -> None:
    elsewhere = KeyRing(b"known to nobody but that city, 91c4e07b22", 1)
    assert published.isdisjoint(map(elsewhere.person_key, people))

"""Does anything that a refresh leaves behind show a person of the sample?

Every number and telephone number of the sample, and the names of a few hundred of its people, are
looked for in the values of each table and in the bytes of each file that a refresh leaves. Only
the sample itself, which plays the agencies, may hold them.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from typing import Final

import pyarrow.parquet as pq
import pytest
from installations import Installation
from leak_search import LeakSearch, values_of_duckdb

PEOPLE: Final = 300
#: Shorter names are found by chance in place names and in compressed bytes.
LEAST_NAME: Final = 3
LONG_NUMBER: Final = re.compile(r"\d{17}[\dXx]|1\d{10}|\d{19}")
#: What plays the agencies, and so knows its people.
AGENCIES: Final = "sample"
ROOMS: Final = ("dagster", "landing", "logs", "published", "vault", "work")


@pytest.fixture(scope="module")
def people(refreshed: Installation) -> LeakSearch:
    """The people on the training platform of the sample."""
    with sqlite3.connect(refreshed.home / AGENCIES / "platform.sqlite") as platform:
        rows = platform.execute(
            """
            select aac003, aac002, person_phone from enrolment
            union all
            select null, null, payee_account from subsidy_payment
            """
        ).fetchall()
    numbers = {value for row in rows for value in row[1:] if value and LONG_NUMBER.fullmatch(value)}
    names = sorted({row[0] for row in rows if row[0] and len(row[0]) >= LEAST_NAME})
    assert len(names) >= PEOPLE
    assert len(numbers) >= PEOPLE
    wanted = [*names[:: len(names) // PEOPLE], *sorted(numbers)]
    return LeakSearch({f"person {n}": value for n, value in enumerate(wanted)}, as_binary=False)


def test_the_sample_holds_who_is_looked_for(refreshed: Installation, people: LeakSearch) -> None:
    """The search finds people where they are, so that finding nobody elsewhere means something."""
    found = {finding.canary for finding in people.under(refreshed.home / AGENCIES)}
    assert found == set(people.canaries)


@pytest.mark.parametrize("room", ROOMS)
def test_nothing_that_a_refresh_leaves_shows_a_person(
    refreshed: Installation, people: LeakSearch, room: str
) -> None:
    assert any((refreshed.home / room).rglob("*"))
    assert [str(finding) for finding in people.under(refreshed.home / room)] == []


def test_nothing_else_in_the_home_shows_a_person(
    refreshed: Installation, people: LeakSearch
) -> None:
    rooms = [refreshed.home / room for room in (*ROOMS, AGENCIES)]
    assert [str(finding) for finding in people.under(refreshed.home, leave_out=rooms)] == []


def certificate_numbers(refreshed: Installation) -> Iterator[str]:
    issued = pq.read_table(
        refreshed.home / AGENCIES / "certificates.parquet", columns=["certificateNo"]
    )
    yield from issued.column(0).to_pylist()


def test_no_certificate_number_is_published(refreshed: Installation) -> None:
    """A certificate is known by its key; its number leads to a person (P2)."""
    numbers = set(certificate_numbers(refreshed))
    shown = {
        where
        for where, text in values_of_duckdb(refreshed.database)
        if not numbers.isdisjoint(re.findall(r"\w+", text.decode()))
    }
    assert shown == set()

"""The search for canaries finds what is planted: in every encoding, in every kind of file.

Without this, "found nowhere" would mean nothing.
"""

from __future__ import annotations

import gzip
import sqlite3
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

import duckdb
import msgpack
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from canaries import CANARIES, CARDS, NAMES, PHONES, SECRETS, VALID
from leak_search import LeakSearch, binary_of, forms_of

SEARCH: Final = LeakSearch(CANARIES)
#: One of each kind.
KINDS: Final = ("resident ID 1", "phone 1", "bank card 1", "name 1", "person secret")
PLANTED: Final = [
    pytest.param(name, pattern, id=f"{name}, {form}")
    for name in KINDS
    for form, pattern in (*forms_of(CANARIES[name]), *binary_of(CANARIES[name]))
]
NUMBER: Final = VALID["resident ID 1"]


def canaries_found(folder: Path) -> set[str]:
    return {finding.canary for finding in SEARCH.under(folder)}


@pytest.mark.parametrize(("name", "pattern"), PLANTED)
def test_each_encoding_of_each_kind_of_canary_is_found(
    name: str, pattern: bytes, tmp_path: Path
) -> None:
    noise = np.random.default_rng(7).bytes(50_000)
    (tmp_path / "some.log").write_bytes(noise + b"\n" + pattern + b"\n" + noise)
    assert canaries_found(tmp_path) == {name}


def in_parquet(path: Path) -> None:
    # Compressed together with its likes, the plain bytes do not show it.
    values = [f"{n} {NUMBER} {n}" for n in range(2_000)]
    pq.write_table(pa.table({"text": values}), path, compression="zstd")


def in_duckdb(path: Path) -> None:
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema s")
        connection.execute(
            "create table s.t as select range || ' ' || ? as text from range(5000)", [NUMBER]
        )


def as_integer_in_duckdb(path: Path) -> None:
    phone = int(PHONES["phone 1"])
    with duckdb.connect(str(path)) as connection:
        connection.execute("create table t as select ? + range * 0 as n from range(5000)", [phone])


def in_a_comment(path: Path) -> None:
    with duckdb.connect(str(path)) as connection:
        connection.execute("create table t (n integer)")
        connection.execute(f"comment on column t.n is '{NAMES['name 2']}'")


def in_sqlite(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("create table t (content blob)")
        # Longer than a page, so that the plain bytes hold it in pieces.
        text = ("x" * 4_070 + NUMBER) * 3
        connection.execute("insert into t values (?)", (text.encode("utf-16-le"),))


def in_zip(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inside.xml", f"<c>{NUMBER}</c>" * 500)


def in_gzip(path: Path) -> None:
    path.write_bytes(gzip.compress(f"{NUMBER}\n".encode() * 500))


def in_msgpack(path: Path) -> None:
    path.write_bytes(msgpack.packb({"rows": [{"who": NAMES["name 3"]}]}))


@pytest.mark.parametrize(
    "hide",
    [
        in_parquet,
        in_duckdb,
        as_integer_in_duckdb,
        in_a_comment,
        in_sqlite,
        in_zip,
        in_gzip,
        in_msgpack,
    ],
)
def test_each_kind_of_file_is_opened(hide: Callable[[Path], None], tmp_path: Path) -> None:
    hide(tmp_path / "state")
    assert len(canaries_found(tmp_path)) == 1


def test_names_of_files_and_folders_count(tmp_path: Path) -> None:
    (tmp_path / CARDS["bank card 2"]).mkdir()
    (tmp_path / CARDS["bank card 2"] / f"{PHONES['phone 2']}.txt").touch()
    assert canaries_found(tmp_path) == {"bank card 2", "phone 2"}


def test_a_number_within_a_longer_one_is_met_by_chance(tmp_path: Path) -> None:
    (tmp_path / "keys.csv").write_text(f"9{PHONES['phone 1']}\n{PHONES['phone 2']}0\n")
    assert canaries_found(tmp_path) == set()


def test_noise_holds_no_canary() -> None:
    noise = np.random.default_rng(11).integers(0, 256, 20_000_000, dtype=np.uint8).tobytes()
    digits = np.random.default_rng(12).integers(48, 58, 5_000_000, dtype=np.uint8).tobytes()
    assert SEARCH.found_in(noise) == set()
    assert SEARCH.found_in(digits) == set()


def test_what_is_told_of_a_finding_does_not_hold_it() -> None:
    findings = SEARCH.findings("a log", "\n".join(CANARIES.values()).encode())
    assert {finding.canary for finding in findings} == set(CANARIES)
    said = "\n".join(map(str, findings)) + repr(findings) + repr(SEARCH)
    assert SEARCH.found_in(said.encode()) == set()
    assert SECRETS["person secret"] not in said

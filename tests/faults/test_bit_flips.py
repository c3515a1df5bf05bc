"""Is every damage to what has landed noticed before anything is built from it?

Each case damages one file of a landing zone of the sample, keeps its modification time, and asks
for the sources of the warehouse: that must end before a single view is made, and name the file.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Final

import duckdb
import pyarrow.parquet as pq
import pytest
from campaign import chosen
from installations import Installation

from ingestion.export import export_sources
from ingestion.landing import BatchRecord, DeliveryRecord, Manifest
from ingestion.settings import Settings
from ingestion.verification import LandingDamagedError, assert_sound

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("refreshed")]

#: Flips that one test tries.
BLOCK: Final = 10
BLOCKS: Final = range(20)
#: Length of the footer and the mark behind it.
PARQUET_END: Final = 8


@dataclass(frozen=True)
class Landed:
    """A landing zone to be damaged, one file at a time."""

    settings: Settings
    batches: list[BatchRecord]
    deliveries: list[DeliveryRecord]
    files: list[Path]

    def refusal(self) -> str:
        """What is said instead of building."""
        with duckdb.connect() as connection:
            with pytest.raises(LandingDamagedError) as refusal:
                export_sources(self.settings, connection)
            made = connection.execute("select count(*) from duckdb_views() where not internal")
            assert made.fetchone() == (0,)
        return str(refusal.value)


@pytest.fixture(scope="module")
def landed(refreshed: Installation, tmp_path_factory: pytest.TempPathFactory) -> Landed:
    home = tmp_path_factory.mktemp("landed")
    shutil.copytree(refreshed.home / "landing", home / "landing")
    settings = Settings(home=home, connections={})
    with Manifest(settings.manifest) as manifest:
        batches, deliveries = manifest.batches(), manifest.deliveries()
    files = sorted(settings.landing.rglob("b*.parquet"))
    assert any(path.name.endswith(".rejected.parquet") for path in files)
    return Landed(settings, batches, deliveries, files)


@contextmanager
def damaged(path: Path) -> Iterator[bytes]:
    """The file as it was, to be damaged inside; then put back. Its time never tells."""
    content, state = path.read_bytes(), path.stat()
    try:
        yield content
    finally:
        if path.is_dir():
            path.rmdir()
        path.write_bytes(content)
        os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))


def keep_time(path: Path, state: os.stat_result) -> None:
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))


def position(rng: Random, content: bytes) -> int:
    """A byte of the rows, of the footer, or of the end, which say what the rows mean."""
    footer = int.from_bytes(content[-PARQUET_END:-4], "little")
    rows = len(content) - footer - PARQUET_END
    first, last = rng.choice(
        [(0, rows), (rows, len(content) - PARQUET_END), (len(content) - PARQUET_END, len(content))]
    )
    return rng.randrange(first, last)


def flipped(content: bytes, at: int, bit: int) -> bytes:
    changed = bytearray(content)
    changed[at] ^= 1 << bit
    return bytes(changed)


@pytest.mark.promise("bits flipped in landed files are noticed before building", 200)
@pytest.mark.parametrize("block", chosen(BLOCKS, 3))
def test_a_flipped_bit_is_noticed_and_its_file_named(
    landed: Landed, block: int, record_property: Callable[[str, object], None]
) -> None:
    rng = Random(block)
    for path in rng.sample(landed.files, BLOCK):
        with damaged(path) as content:
            state = path.stat()
            path.write_bytes(flipped(content, position(rng, content), rng.randrange(8)))
            keep_time(path, state)
            said = landed.refusal()
        assert f"/{path.name} has changed since it landed: restore from a backup" in said
    record_property("cases", BLOCK)


# --- other damage -----------------------------------------------------------------------------


def cut_by_one(path: Path, _: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def cut_in_half(path: Path, _: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def emptied(path: Path, _: Path) -> None:
    path.write_bytes(b"")


def grown(path: Path, _: Path) -> None:
    path.write_bytes(path.read_bytes() + b"\0")


def removed(path: Path, _: Path) -> None:
    path.unlink()


def swapped(path: Path, other: Path) -> None:
    """Another batch's file under this name: whole, and readable."""
    path.write_bytes(other.read_bytes())


def written_anew(path: Path, _: Path) -> None:
    """The same rows but one, as a careless repair would leave them."""
    table = pq.read_table(path)
    pq.write_table(table.slice(1), path, compression="zstd")


def same_rows_written_anew(path: Path, _: Path) -> None:
    """Nobody can tell that the rows are the same, so it is not what landed."""
    pq.write_table(pq.read_table(path), path, compression="snappy")


def a_folder_in_its_place(path: Path, _: Path) -> None:
    path.unlink()
    path.mkdir()


DAMAGES: Final = (
    cut_by_one,
    cut_in_half,
    emptied,
    grown,
    removed,
    swapped,
    written_anew,
    same_rows_written_anew,
    a_folder_in_its_place,
)
OTHER_CASES: Final = [(damage, seed) for seed in range(5) for damage in DAMAGES]


@pytest.mark.promise("landed files that are cut, swapped or gone are noticed", len(OTHER_CASES))
@pytest.mark.parametrize(
    ("damage", "seed"), chosen(OTHER_CASES, 12), ids=lambda part: getattr(part, "__name__", None)
)
def test_any_other_damage_is_noticed_and_its_file_named(
    landed: Landed, damage: Callable[[Path, Path], None], seed: int
) -> None:
    path, other = Random(seed).sample(landed.files, 2)
    with damaged(path):
        state = path.stat()
        damage(path, other)
        if path.is_file():
            keep_time(path, state)
        said = landed.refusal()
    assert f"/{path.name} " in said
    assert "restore from a backup; nothing was built" in said


def test_many_damaged_files_are_told_at_once(landed: Landed) -> None:
    victims = landed.files[:8]
    kept = {path: path.read_bytes() for path in victims}
    for path in victims:
        path.unlink()
    try:
        said = landed.refusal()
    finally:
        for path, content in kept.items():
            path.write_bytes(content)
    assert said.count("is missing") == 5
    assert "and 3 more" in said


# --- the manifest -----------------------------------------------------------------------------


@pytest.mark.promise("bits flipped in the manifest are noticed or change nothing", 200)
@pytest.mark.parametrize("block", chosen(BLOCKS, 3))
def test_a_bit_flipped_in_the_manifest_is_noticed_or_changes_nothing(
    landed: Landed, tmp_path: Path, block: int, record_property: Callable[[str, object], None]
) -> None:
    whole = landed.settings.manifest.read_bytes()
    rng = Random(block)
    for number in range(BLOCK):
        path = tmp_path / str(number) / "manifest.sqlite"
        path.parent.mkdir()
        path.write_bytes(flipped(whole, rng.randrange(len(whole)), rng.randrange(8)))
        if not is_refused(path):
            with Manifest(path) as manifest:
                assert manifest.batches() == landed.batches
                assert manifest.deliveries() == landed.deliveries
                assert manifest.reserve(1)[0] > landed.batches[-1].sequence
    record_property("cases", BLOCK)


def is_refused(manifest: Path) -> bool:
    try:
        assert_sound(manifest)
    except LandingDamagedError:
        return True
    return False


#: Every kind of content that decides something, changed as a flip would leave it.
CHANGED_CELLS: Final = {
    "a hash": "update batches set file_sha256 = '-' || substr(file_sha256, 2) where {first}",
    "a scope": "update batches set scope = '520381|2023' where {first}",
    "a rank": "update batches set covers_rank = covers_rank + 1 where {first}",
    "a unit": "update batches set unit_code = '520381' where {first}",
    "nothing where a unit was": "update batches set unit_code = null where {first}",
    "an outcome": "update deliveries set outcome = 'unchanged' where {landed}",
    "a time": "update deliveries set handled_at = '3' || substr(handled_at, 2) where {landed}",
    "a batch gone": "delete from batches where {first}",
    "a seal gone": "delete from seals where {first}",
    "a seal changed": "update seals set sha256 = '-' || substr(sha256, 2) where {first}",
}


@pytest.mark.parametrize("change", CHANGED_CELLS.values(), ids=CHANGED_CELLS)
def test_a_manifest_that_was_changed_where_no_structure_breaks_is_refused(
    landed: Landed, tmp_path: Path, change: str
) -> None:
    path = tmp_path / "manifest.sqlite"
    shutil.copyfile(landed.settings.manifest, path)
    batch = next(batch for batch in landed.batches if batch.unit_code)
    places = {
        "first": f"sequence = {batch.sequence}",
        "landed": f"delivery_id = '{batch.delivery_id}'",
    }
    database = sqlite3.connect(path)
    with database:
        assert database.execute(change.format(**places)).rowcount == 1
    database.close()
    with pytest.raises(LandingDamagedError, match=r"manifest\.sqlite is damaged"):
        assert_sound(path)


def test_a_manifest_from_before_there_were_seals_is_sealed_as_it_stands(
    landed: Landed, tmp_path: Path
) -> None:
    path = tmp_path / "manifest.sqlite"
    shutil.copyfile(landed.settings.manifest, path)
    database = sqlite3.connect(path)
    with database:
        database.execute("drop table seals")
    database.close()
    assert_sound(path)
    with Manifest(path) as manifest:
        assert manifest.batches() == landed.batches


# --- a whole run ------------------------------------------------------------------------------


def test_a_refresh_that_meets_a_damaged_file_publishes_nothing_and_still_lands_the_others(
    refreshed: Installation, tmp_path: Path
) -> None:
    home = refreshed.copied(tmp_path / "home")
    victim = min((home.home / "landing" / "hrss" / "talent_stock").glob("b*.parquet"))
    content = victim.read_bytes()
    victim.write_bytes(flipped(content, len(content) // 2, 0))
    folder = home.drop / "department" / "annual_plans"
    plan = max(folder.rglob("*.*"), key=lambda path: path.stat().st_size)
    again = plan.with_name(f"再报 {plan.name}")
    shutil.copyfile(plan, again)
    os.utime(again, (datetime.now(UTC).timestamp() - 120,) * 2)
    version = home.version
    told = home.run("refresh")
    assert told.returncode == 1
    assert "Not published" in told.stdout
    assert f"landing/hrss/talent_stock/{victim.name} has changed since it landed" in told.stdout
    assert home.version == version
    handled = home.rows("deliveries", "--feed", "department/annual_plans", "--last", "1")
    assert "再报" in handled[0]["name"], "what another feed brought was still taken in"


def test_a_refresh_that_meets_a_damaged_manifest_touches_nothing(
    refreshed: Installation, tmp_path: Path
) -> None:
    home = refreshed.copied(tmp_path / "home")
    path = home.home / "landing" / "manifest.sqlite"
    content = path.read_bytes()
    at = content.index(b"520382|2024")
    path.write_bytes(flipped(content, at + 5, 0))
    before = sorted((home.home / "landing").rglob("*.parquet"))
    told = home.run("refresh")
    assert told.returncode == 2
    assert "manifest.sqlite is damaged" in told.stdout
    assert "restore the folder landing from a backup" in told.stdout
    assert sorted((home.home / "landing").rglob("*.parquet")) == before

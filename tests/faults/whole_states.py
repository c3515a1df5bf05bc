"""What must be whole right after a fault, and what an undisturbed run ends with.

States are compared by digests, so that no comparison shows a row. Left out are times, and numbers
that a rerun draws anew.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import duckdb
import pyarrow.parquet as pq
from injected_programs import KEY_MATERIAL, LEDGERS, settings_of

from dagster_project.publishing.versions import PUBLISHED_MARK, current_version
from ingestion.landing import BatchRecord, DeliveryRecord, Manifest
from ingestion.settings import Settings
from ingestion.vault import Vault, load_secret
from ingestion.verification import assert_intact, assert_sound

State = dict[str, str]

_LINEAGE: Final = ("_batch_id", "batch_id")
_OF_ATTEMPTS: Final = frozenset(
    {
        "batch_id",
        "delivery_id",
        "file_name",
        "file_sha256",
        "handled_at",
        "landed_at",
        "rejected_sha256",
        "sequence",
    }
)


# --- landing ----------------------------------------------------------------------------------


def assert_nothing_dangles(folder: Path) -> None:
    """What the manifest names is there, whole; so are the plain values and originals behind it."""
    settings = settings_of(folder)
    if not settings.manifest.exists():
        return
    assert_sound(settings.manifest)
    deliveries, batches = _recorded(settings)
    assert_intact(settings, batches)
    if not deliveries:
        return
    keys = {
        int(key)
        for batch in batches
        for rows in [_rows(settings, batch.file_name)]
        for column in rows.column_names
        if column.endswith("_key")
        for key in rows.column(column).drop_null().to_pylist()
    }
    assert keys or not batches
    content = _vault_content(settings)
    assert keys <= {key for _, key in content["values"]}
    originals = {one.sha256 for one in deliveries if one.outcome in ("landed", "refused")}
    assert originals <= set(content["originals"])


def landing_state(folder: Path) -> State:
    """Manifest, landed and rejected rows, and the vault, with nothing beside them."""
    settings = settings_of(folder)
    assert_nothing_dangles(folder)
    deliveries, batches = _recorded(settings)
    named = {batch.file_name for batch in batches} | {
        f"{batch.batch_id}.rejected.parquet" for batch in batches if batch.rejected_sha256
    }
    assert {path.name for path in settings.landing.rglob("*.parquet")} == named
    assert not list((settings.staging / LEDGERS.name.replace("/", ".")).iterdir())
    content = _vault_content(settings)
    kept = settings.vault / "originals"
    assert {path.name for path in kept.iterdir()} == set(content["originals"])
    names = {one.delivery_id: one.name for one in deliveries}
    return {
        "deliveries": _digest(_lasting(one) for one in deliveries),
        "batches": _digest((names[one.delivery_id], _lasting(one)) for one in batches),
        "landed": _digest(_without_lineage(settings, one.file_name) for one in batches),
        "rejected": _digest(
            _without_lineage(settings, f"{one.batch_id}.rejected.parquet")
            for one in batches
            if one.rejected_sha256
        ),
        "values": _digest(sorted(content["values"].items())),
        "originals": _digest(sorted(content["originals"].items())),
    }


def _recorded(settings: Settings) -> tuple[list[DeliveryRecord], list[BatchRecord]]:
    with Manifest(settings.manifest) as manifest:
        return manifest.deliveries(LEDGERS.name), manifest.batches(LEDGERS.name)


def _lasting(record: DeliveryRecord | BatchRecord) -> list[tuple[str, object]]:
    return sorted((k, v) for k, v in vars(record).items() if k not in _OF_ATTEMPTS)


def _rows(settings: Settings, file_name: str) -> Any:
    return pq.read_table(settings.landing / LEDGERS.agency / LEDGERS.feed / file_name)


def _without_lineage(settings: Settings, file_name: str) -> list[dict[str, object]]:
    table = _rows(settings, file_name)
    rows: list[dict[str, object]] = table.drop_columns(
        [name for name in _LINEAGE if name in table.column_names]
    ).to_pylist()
    return rows


def _vault_content(settings: Settings) -> dict[str, dict[Any, Any]]:
    """Every plain value as a digest, by kind and key, and every original as it opens."""
    with closing(sqlite3.connect(settings.vault / "vault.sqlite")) as database:
        keys = database.execute("select kind, key from plaintexts").fetchall()
        originals = database.execute("select sha256, size from originals").fetchall()
    values: dict[Any, Any] = {}
    opened: dict[Any, Any] = {}
    with Vault(settings.vault, KEY_MATERIAL.encode(), 1) as vault:
        for kind, key in keys:
            values[kind, key] = _digest([vault.get(kind, key, who="test", purpose="look")])
        for sha256, size in originals:
            copy = settings.home / "copy"
            assert vault.get_original(sha256, copy, who="test", purpose="look")
            assert hashlib.sha256(copy.read_bytes()).hexdigest() == sha256
            opened[sha256] = size
            copy.unlink()
    return {"values": values, "originals": opened}


# --- the secret -------------------------------------------------------------------------------


def assert_no_half_secret(folder: Path) -> None:
    """There is a secret that is fit, or none."""
    settings = Settings(home=folder, connections={})
    if settings.secret_file.exists():
        load_secret(settings, may_create=True)


def secret_state(folder: Path) -> State:
    """The secret itself is another each time; it lies there alone."""
    assert_no_half_secret(folder)
    return {"files": _digest(sorted(path.name for path in folder.iterdir()))}


# --- publishing -------------------------------------------------------------------------------


def assert_one_version_shows(folder: Path) -> None:
    """Readers open a file of one build, whole; so does who reads Parquet."""
    published = folder / "published"
    version = current_version(published)
    assert version
    generations = _generations(published / "current.duckdb")
    assert len(generations) == 1
    assert {path.parent.name for path in published.rglob("*.wal")} <= {".staging"}
    pointed = (published / "CURRENT").read_text(encoding="utf-8").strip()
    parquet = published / "versions" / pointed / "parquet"
    assert len({value for path in _tables(parquet) for value in _parquet_generations(path)}) == 1


def published_state(folder: Path) -> State:
    """What readers see, both ways, with every version whole and nothing beside them."""
    assert_one_version_shows(folder)
    published = folder / "published"
    assert {path.name for path in published.iterdir()} == {"current.duckdb", "CURRENT", "versions"}
    version = current_version(published)
    assert version
    assert (published / "CURRENT").read_text(encoding="utf-8").strip() == version.name
    for one in (published / "versions").iterdir():
        assert (one / PUBLISHED_MARK).exists()
        assert len(_generations(one / "warehouse.duckdb")) == 1
    with duckdb.connect(version.database, read_only=True) as connection:
        state = {
            name: _digest(connection.table(name).fetchall()) for name in _built_tables(connection)
        }
    return state | {
        f"parquet {path.stem}": _digest(duckdb.read_parquet(str(path)).fetchall())
        for path in _tables(version.parquet)
    }


def _generations(database: Path) -> set[tuple[Any, ...]]:
    with duckdb.connect(database, read_only=True) as connection:
        return {
            row
            for name in _built_tables(connection)
            for row in connection.table(name).project("generation").distinct().fetchall()
        }


def _built_tables(connection: duckdb.DuckDBPyConnection) -> list[str]:
    return [
        f"{schema}.{table}"
        for schema, table in connection.execute(
            "select schema_name, table_name from duckdb_tables() where schema_name <> 'main'"
        ).fetchall()
    ]


def _tables(parquet: Path) -> Iterator[Path]:
    for schema in ("kpis", "marts"):
        yield from sorted((parquet / schema).glob("*.parquet"))


def _parquet_generations(path: Path) -> list[tuple[Any, ...]]:
    return duckdb.read_parquet(str(path)).project("generation").distinct().fetchall()


def _digest(content: Iterable[object]) -> str:
    return hashlib.sha256(repr(list(content)).encode()).hexdigest()[:16]

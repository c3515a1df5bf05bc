"""What the command says where Java is missing or old, and what a comparison of tables finds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import duckdb
import pytest
from installations import Installation

from dagster_project.spark.comparison import Comparison, compare
from dagster_project.spark.environment import SparkMissingError, find_environment, java_version

HOW = "apt install openjdk-17-jre-headless"


def fake_java(home: Path, version: str) -> Path:
    java = home / "bin" / "java"
    java.parent.mkdir(parents=True)
    java.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\"' >&2\n", encoding="utf-8")
    java.chmod(0o755)
    return home


@pytest.mark.parametrize(
    ("told", "version"),
    [
        ('openjdk version "17.0.15" 2025-04-15', 17),
        ('openjdk version "21" 2023-09-19', 21),
        ('java version "1.8.0_402"', 8),
        ("no such thing", None),
    ],
)
def test_a_version_of_java_is_read_as_it_is_told(told: str, version: int | None) -> None:
    assert java_version(told) == version


def test_without_java_it_says_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(SparkMissingError, match=f"Java is missing: none was found.*{HOW}"):
        find_environment({"PATH": str(tmp_path)})
    with pytest.raises(SparkMissingError, match=f"JAVA_HOME, .*, holds none.*{HOW}"):
        find_environment({"JAVA_HOME": str(tmp_path)})


def test_a_java_that_is_too_old_is_refused(tmp_path: Path) -> None:
    old = fake_java(tmp_path / "old", "11.0.22")
    with pytest.raises(SparkMissingError, match=f"Java is too old: .* is 11.*{HOW}"):
        find_environment({"JAVA_HOME": str(old)})


def test_without_its_environment_it_says_how_to_make_one(tmp_path: Path) -> None:
    variables = {"JAVA_HOME": str(fake_java(tmp_path / "java", "17.0.1"))}
    with pytest.raises(SparkMissingError, match="make run-spark"):
        find_environment(variables, venv=tmp_path / "none")


def test_the_command_refuses_before_it_begins(refreshed: Installation, tmp_path: Path) -> None:
    without = Installation(refreshed.home, {**refreshed.variables, "JAVA_HOME": str(tmp_path)})
    told = without.run("spark")
    assert told.returncode == 2
    assert HOW in told.stdout


# --- comparing --------------------------------------------------------------------------------

Compared = Callable[[str, str], Comparison]


@pytest.fixture
def compared(tmp_path: Path) -> Compared:
    """One table as DuckDB published it and as Spark wrote it, each given as a query."""

    def both(ours: str, theirs: str) -> Comparison:
        warehouse = tmp_path / "warehouse"
        folder = warehouse / "marts.db" / "fct_things"
        folder.mkdir(parents=True)
        with duckdb.connect(tmp_path / "published.duckdb") as connection:
            connection.execute("create schema marts")
            connection.execute(f"create table marts.fct_things as {ours}")
            connection.sql(theirs).write_parquet(str(folder / "part-0.parquet"))
        (found,) = compare(tmp_path / "published.duckdb", warehouse, ["marts.fct_things"])
        return found

    return both


def of(values: Sequence[str]) -> str:
    return " union all ".join(f"select {value} as thing" for value in values)


@pytest.mark.parametrize(
    ("ours", "theirs", "only_duckdb", "only_spark"),
    [
        (["1", "2", "null"], ["null", "2", "1"], 0, 0),
        (["1", "2"], ["1"], 1, 0),
        (["1"], ["1", "1"], 0, 1),
        (["0.1::double + 0.2::double"], ["0.3::double"], 1, 1),
        (["timestamp '2025-01-01 08:00:00'"], ["timestamptz '2025-01-01 08:00:00+00'"], 0, 0),
        (["timestamp '2025-01-01 08:00:00'"], ["timestamptz '2025-01-01 08:00:00+08'"], 1, 1),
    ],
)
def test_rows_that_only_one_side_has_are_counted(
    compared: Compared,
    ours: Sequence[str],
    theirs: Sequence[str],
    only_duckdb: int,
    only_spark: int,
) -> None:
    found = compared(of(ours), of(theirs))
    assert (found.objection, found.only_duckdb, found.only_spark) == ("", only_duckdb, only_spark)
    assert found.is_equal == (only_duckdb == only_spark == 0)


@pytest.mark.parametrize(
    ("theirs", "objection"),
    [
        ("select 1 as thing, 2 as other", "columns differ: other"),
        ("select 1::bigint as thing", "types differ: thing INTEGER/BIGINT"),
    ],
)
def test_another_shape_is_no_equal_table(compared: Compared, theirs: str, objection: str) -> None:
    assert compared("select 1 as thing", theirs).objection == objection


def test_a_table_that_spark_lacks_is_named(tmp_path: Path) -> None:
    with duckdb.connect(tmp_path / "published.duckdb") as connection:
        connection.execute("create schema marts; create table marts.fct_things as select 1 as a")
    (found,) = compare(tmp_path / "published.duckdb", tmp_path, ["marts.fct_things"])
    assert str(found) == "marts.fct_things: Spark has no such table"


def test_a_difference_is_told_without_a_value(compared: Compared) -> None:
    found = compared("select 'Ming' as thing", "select 'Hong' as thing")
    assert "Ming" not in str(found)
    assert "Hong" not in str(found)
    assert "of 1 rows 1 are not Spark's" in str(found)

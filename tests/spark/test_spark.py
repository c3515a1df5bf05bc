"""Does the project say the same on a Spark cluster as on DuckDB, and does the cluster end?

The cluster is real: a master, two workers and a Thrift server, on loopback, started here and ended
here, in Spark's own environment, which is made when it is not there. In the suite the headline's
part of the project is built; ``SPARK=whole``, as ``make test-spark`` sets it, builds everything.
"""

from __future__ import annotations

import logging
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import pytest
from installations import SKILLS, Installation
from processes import Process, family, happens, kill, living

from dagster_project.progress import LogProgress
from dagster_project.publishing.versions import Version, required_version
from dagster_project.spark.building import SparkBuild, build_on_spark
from dagster_project.spark.comparison import compare
from dagster_project.spark.environment import (
    VENV,
    Environment,
    SparkMissingError,
    find_environment,
    find_java,
)
from ingestion.settings import REPOSITORY, Settings

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("spark")]

LOGGER: Final = logging.getLogger(__name__)
IS_WHOLE: Final = os.environ.get("SPARK") == "whole"
#: What the headline is made of, without tests: rows that are equal pass the same tests.
HEADLINE: Final = ("--select", "+kpi_m00_headline", "--exclude-resource-type", "test", "unit_test")
#: Compiling each query to Java pays for millions of rows, not for hundreds.
FEW_ROWS: Final[Mapping[str, str]] = {
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.codegen.wholeStage": "false",
}
HEADLINE_TABLES: Final = {
    "kpis.kpi_m00_headline",
    "marts.certified_persons",
    "marts.fct_certificates",
    "marts.fct_talent_stock",
    "marts.fct_training_reports",
    "marts.fct_trainings",
}
PARTS: Final = ("deploy.master.Master", "deploy.worker.Worker", "SparkSubmit")
PATIENCE_SECONDS: Final = 600


@dataclass(frozen=True)
class Built:
    """A published version, and the same built on Spark."""

    version: Version
    build: SparkBuild


@pytest.fixture(scope="session")
def spark_environment() -> Environment:
    """Java and Spark's own environment, set up first where only that is not there."""
    try:
        find_java()
    except SparkMissingError as missing:
        pytest.skip(str(missing))
    made = subprocess.run(
        ["make", "--no-print-directory", f"PYTHON={sys.executable}", f"{VENV.name}/.installed"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode:
        pytest.skip(f"Spark needs {VENV.name}, which can't be made: {made.stderr.strip()[-300:]}")
    return find_environment()


@pytest.fixture(scope="session")
def on_spark(
    refreshed: Installation,
    spark_environment: Environment,
    tmp_path_factory: pytest.TempPathFactory,
) -> Built:
    """The sample's home built on Spark, with files beside the landed ones that nobody recorded."""
    home = tmp_path_factory.mktemp("spark") / "skills"
    refreshed.copied(home)
    settings = Settings(home=home)
    _leave_strays(settings.landing / "hrss" / "enrolments")
    version = required_version(settings.published)
    selection: Sequence[str] = () if IS_WHOLE else HEADLINE
    build = build_on_spark(
        settings,
        version,
        spark_environment,
        LogProgress(LOGGER),
        selection,
        spark_settings=FEW_ROWS,
    )
    return Built(version, build)


def _leave_strays(folder: Path) -> None:
    """What a killed run or a careless hand could leave: rows once more, and no Parquet at all."""
    landed = next(path for path in sorted(folder.glob("*.parquet")) if "rejected" not in path.name)
    shutil.copyfile(landed, folder / "b99999999-00000000.parquet")
    (folder / "b99999998-00000000.parquet").write_bytes(b"no Parquet")


def test_everything_that_is_asked_for_is_built_on_spark(on_spark: Built) -> None:
    assert on_spark.build.broken == ()
    asked = set(on_spark.version.facts.rows) if IS_WHOLE else HEADLINE_TABLES
    assert asked <= on_spark.build.tables


def test_every_published_table_on_spark_equals_duckdbs_row_by_row(on_spark: Built) -> None:
    """Also that files which the manifest does not name are not read: some lie there."""
    version, build = on_spark.version, on_spark.build
    tables = build.tables & version.facts.rows.keys()
    compared = compare(version.database, build.warehouse, tables)
    assert [str(one) for one in compared if not one.is_equal] == []
    assert sum(one.rows for one in compared) > 0


@pytest.mark.skipif(not IS_WHOLE, reason="tests of the data run on Spark with SPARK=whole")
def test_every_test_of_the_project_passes_on_spark(on_spark: Built) -> None:
    assert on_spark.build.broken == ()
    assert on_spark.build.done["test"] > 0
    assert on_spark.build.done["unit_test"] > 0


def killed(command: subprocess.Popen[bytes]) -> None:
    command.kill()


def interrupted(command: subprocess.Popen[bytes]) -> None:
    command.send_signal(signal.SIGINT)


def named(process: Process) -> str:
    try:
        line = Path(f"/proc/{process.pid}/cmdline").read_bytes()
    except OSError:
        return ""
    return line.replace(b"\0", b" ").decode(errors="replace")


def is_up(pid: int) -> bool:
    names = [named(process) for process in family(pid)]
    return all(any(part in name for name in names) for part in PARTS)


@pytest.mark.skipif(not IS_WHOLE, reason="a cluster for one seed, with SPARK=whole")
def test_a_part_is_built_without_the_tests_of_tables_beside_it(
    refreshed: Installation, spark_environment: Environment, tmp_path: Path
) -> None:
    assert spark_environment.spark.is_dir()
    told = refreshed.copied(tmp_path / "skills").run("spark", "--select", "areas")
    assert told.returncode == 0, told.stdout + told.stderr
    assert "seed 1 · test 1" in told.stdout


@pytest.mark.parametrize("happening", [killed, interrupted] if IS_WHOLE else [killed])
def test_nothing_of_the_cluster_outlives_its_command(
    refreshed: Installation,
    spark_environment: Environment,
    tmp_path: Path,
    happening: Callable[[subprocess.Popen[bytes]], None],
) -> None:
    assert spark_environment.spark.is_dir()
    installation = refreshed.copied(tmp_path / "skills")
    with subprocess.Popen(
        [str(SKILLS), "spark", "--select", "areas"],
        env=installation.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as command:
        relatives = frozenset[Process]()
        try:
            assert happens(partial(is_up, command.pid), within=PATIENCE_SECONDS)
            relatives = family(command.pid)
            happening(command)
            command.wait(PATIENCE_SECONDS)
            assert happens(lambda: not living(relatives), within=PATIENCE_SECONDS)
        finally:
            kill(relatives | family(command.pid))

"""The project built and tested on Spark: the same models, over the same landed files.

dbt runs in Spark's environment as a process of its own, against a cluster's Thrift server. It asks
what the published version asked (day, deliveries), so that the two can be compared; a landing zone
that has moved on since is refused. What it says of an error is told without the data that it
quotes. The tables stay below the home, as private as the work file, until the next such build.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

import duckdb

from dagster_project.attending import attended
from dagster_project.building import planned_build
from dagster_project.dbt_runs import DBT_PROJECT, read_artefact
from dagster_project.progress import Progress, Stage
from dagster_project.publishing.versions import Version
from dagster_project.rules import table_of
from dagster_project.spark.cluster import LOOPBACK, Cluster, running_cluster
from dagster_project.spark.comparison import files_of
from dagster_project.spark.environment import Environment
from ingestion.export import write_record
from ingestion.settings import Settings

_WELL: Final = ("success", "pass")
#: The kind of one of Spark's errors; what follows it may quote data.
_ERROR_CLASS: Final = re.compile(r"\[([A-Z][A-Z0-9_]*(?:\.[A-Z0-9_]+)*)\]")
_KEPT_VARIABLES: Final = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR")


class OutdatedVersionError(Exception):
    """The published version and the landing zone no longer belong together."""


class SparkDbtError(Exception):
    """dbt did not come so far as to build anything; the message names its log."""


@dataclass(frozen=True)
class SparkBuild:
    """What was built and tested, and where it is."""

    warehouse: Path
    #: ``<schema>.<table>`` of every model that is a table.
    tables: frozenset[str]
    #: Nodes that ended well, by what dbt calls them: model, seed, test, unit_test.
    done: Mapping[str, int]
    #: Nodes that did not, with Spark's word for why.
    broken: tuple[str, ...]


@dataclass(frozen=True)
class _Place:
    """Where one build on Spark happens, below the home."""

    folder: Path

    @property
    def cluster(self) -> Path:
        return self.folder / "cluster"

    @property
    def record(self) -> Path:
        return self.folder / "record"

    @property
    def target(self) -> Path:
        return self.folder / "target"

    @property
    def manifest(self) -> Path:
        return self.target / "manifest.json"

    @property
    def run_results(self) -> Path:
        return self.target / "run_results.json"

    @property
    def log(self) -> Path:
        return self.target / "dbt.log"

    @property
    def scorecard(self) -> Path:
        return self.folder / "scorecard.duckdb"


def build_on_spark(
    settings: Settings,
    version: Version,
    environment: Environment,
    progress: Progress,
    selection: Sequence[str] = (),
    spark_settings: Mapping[str, str] | None = None,
) -> SparkBuild:
    """Build everything, or what ``selection`` asks for in dbt's words, and test it.

    Raises OutdatedVersionError, ClusterError, SparkDbtError and LandingDamagedError; what is built
    wrong or found wrong by a test is told in the answer.
    """
    facts = version.facts
    as_of = date.fromisoformat(facts.as_of)
    as_known = date.fromisoformat(facts.as_known) if facts.as_known else None
    now = datetime.now(UTC)
    if planned_build(settings, now, as_of=as_of, as_known=as_known).fingerprint != (
        facts.fingerprint
    ):
        raise OutdatedVersionError(
            f"version {version.name} was built from another state of the landing zone or the "
            "project; run `skills refresh`, then try again"
        )
    place = _Place(settings.work / "spark")
    with progress.stage("来源 Checking the landing zone"):
        write_record(settings, place.record, as_of=as_of, as_known=as_known, now=now)
    with ExitStack() as stack:
        with progress.stage("集群 Starting the Spark cluster"):
            cluster = stack.enter_context(
                running_cluster(environment, place.cluster, spark_settings)
            )
        with progress.stage("建模 Building and testing on Spark") as stage:
            _run_dbt(settings, place, environment, cluster, stage, selection)
    return _told_build(place, cluster)


def scorecard_file(settings: Settings, build: SparkBuild) -> Path:
    """A DuckDB file whose scorecard is Spark's."""
    place = _Place(settings.work / "spark")
    place.scorecard.unlink(missing_ok=True)
    files = files_of(build.warehouse, "kpis.kpi_scorecard")
    with duckdb.connect(place.scorecard) as connection:
        connection.execute("create schema kpis")
        connection.read_parquet(files).create("kpis.kpi_scorecard")
    return place.scorecard


def _run_dbt(
    settings: Settings,
    place: _Place,
    environment: Environment,
    cluster: Cluster,
    stage: Stage,
    selection: Sequence[str],
) -> None:
    """``dbt build`` to its end, whatever it finds. Raises SparkDbtError when it built nothing."""
    place.target.mkdir(parents=True, exist_ok=True)
    for leftover in (place.run_results, place.log):
        leftover.unlink(missing_ok=True)
    command = [str(environment.dbt), "build", "--target", "spark", "--log-format", "json"]
    with (
        subprocess.Popen(
            [*command, *selection],
            cwd=DBT_PROJECT,
            env=_variables(settings, place, cluster),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            start_new_session=True,
        ) as dbt,
        attended(dbt),
    ):
        for line in dbt.stdout or ():
            _move(stage, line)
        dbt.wait()
    if not place.run_results.exists():
        raise SparkDbtError(f"dbt built nothing on Spark; see {place.log}")


def _move(stage: Stage, line: str) -> None:
    """Move the stage when the line says that a node has ended."""
    try:
        event = json.loads(line)
    except ValueError:
        return
    data = event.get("data", {})
    if event.get("info", {}).get("name", "").endswith("Result") and "total" in data:
        stage.report(data.get("index"), data["total"], note=data["node_info"]["node_name"])


def _variables(settings: Settings, place: _Place, cluster: Cluster) -> dict[str, str]:
    """The environment of dbt: what it and the project's profile and macros read."""
    kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    return {
        **kept,
        "DBT_LOG_LEVEL_FILE": "info",
        "DBT_LOG_PATH": str(place.target),
        "DBT_PROFILES_DIR": str(DBT_PROJECT),
        "DBT_PROJECT_DIR": str(DBT_PROJECT),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DBT_TARGET_PATH": str(place.target),
        "DO_NOT_TRACK": "1",
        "SKILLS_LANDING": str(settings.landing),
        "SKILLS_RECORD": str(place.record),
        "SKILLS_SPARK_HOST": LOOPBACK,
        "SKILLS_SPARK_PORT": str(cluster.port),
    }


def _told_build(place: _Place, cluster: Cluster) -> SparkBuild:
    manifest = read_artefact(place.manifest)
    nodes = {**manifest["nodes"], **manifest["unit_tests"]}
    done: Counter[str] = Counter()
    broken, tables = [], set()
    for result in read_artefact(place.run_results)["results"]:
        node = nodes.get(result["unique_id"])
        if node is None:
            continue
        if result["status"] in _WELL:
            done[node["resource_type"]] += 1
            if node["resource_type"] == "model" and node["config"]["materialized"] == "table":
                tables.add(table_of(node))
        else:
            broken.append(f"{node['name']}: {result['status']}{_kind(result['message'])}")
    return SparkBuild(cluster.warehouse, frozenset(tables), dict(done), tuple(broken))


def _kind(message: str | None) -> str:
    match = _ERROR_CLASS.search(message or "")
    return f" ({match[1]})" if match else ""

"""A finished build to be damaged, and the real gate to stop it: dbt's tests, audit, publication.

The build is made once, with the version that it published. Each defect gets a copy of both. What
is damaged in the work file is tested again by dbt, in this process and on that copy, and the
answers take the place of the earlier ones among the results of the whole build.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import duckdb
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner
from dbt.contracts.graph.manifest import Manifest
from installations import Installation

from dagster_project.building import failed_nodes, finished_build
from dagster_project.dbt_runs import Workplace, environment, read_artefact
from dagster_project.publishing.publication import publish
from dagster_project.publishing.versions import current_version, published_versions
from ingestion.contract import load_contracts

NOW: Final = datetime(2030, 1, 1, tzinfo=UTC)

Json = dict[str, Any]


@dataclass(frozen=True)
class Artefacts:
    """What dbt says of a build, to be changed at will."""

    manifest: Json
    run_results: Json

    def result(self, key: str) -> Json:
        """What became of one node."""
        results: list[Json] = self.run_results["results"]
        return next(result for result in results if result["unique_id"] == key)


@dataclass(frozen=True)
class FinishedBuild:
    """One copy of a build that dbt finished, beside the version that stands published."""

    folder: Path
    dbt: Dbt

    @property
    def place(self) -> Workplace:
        return Workplace(self.folder / "work.duckdb", self.folder / "target")

    @property
    def published(self) -> Path:
        return self.folder / "published"

    def copied(self, into: Path) -> FinishedBuild:
        shutil.copytree(self.folder, into, symlinks=True)
        return FinishedBuild(into, self.dbt)

    def damage(self, sql: str) -> None:
        """Change the work file, as a wrong model or a wrong hand would."""
        with duckdb.connect(self.place.database) as connection:
            connection.execute(sql)

    def change(self, edit: Callable[[Artefacts], None]) -> None:
        """Change dbt's artefacts."""
        paths = (self.place.manifest, self.place.run_results)
        artefacts = Artefacts(*(json.loads(path.read_bytes()) for path in paths))
        edit(artefacts)
        for path, content in zip(paths, vars(artefacts).values(), strict=True):
            path.write_text(json.dumps(content), encoding="utf-8")

    def test_again(self, *nodes: str) -> None:
        """Ask the tests of these nodes again; their answers replace those of the whole build."""
        manifest = self.place.manifest.read_bytes()
        whole = json.loads(self.place.run_results.read_bytes())
        excluded = ("--exclude-resource-type", "unit_test")
        self.dbt.run(self, "test", *excluded, "--select", *nodes)
        answers = {
            result["unique_id"]: result
            for result in json.loads(self.place.run_results.read_bytes())["results"]
        }
        assert answers, f"dbt knows no test of {nodes}"
        whole["results"] = [answers.get(result["unique_id"], result) for result in whole["results"]]
        self.place.run_results.write_text(json.dumps(whole), encoding="utf-8")
        self.place.manifest.write_bytes(manifest)

    def publish(self) -> str:
        """Publish as the product does; the new version's name."""
        publication = publish(
            self.place.database,
            self.published,
            finished_build(self.place),
            manifest=read_artefact(self.place.manifest),
            run_results=read_artefact(self.place.run_results),
            contracts=load_contracts().values(),
            now=NOW,
        )
        return publication.version.name

    def said_by_dbt(self) -> list[str]:
        """What the command line would tell of a failed build."""
        return failed_nodes(self.place)

    def visible(self) -> tuple[object, ...]:
        """All that tells a reader one published state from another."""
        current = current_version(self.published)
        assert current is not None
        return (
            current.name,
            current.database.stat().st_mtime_ns,
            (self.published / "CURRENT").read_bytes(),
            [version.name for version in published_versions(self.published)],
        )


def finished(installation: Installation, folder: Path) -> FinishedBuild:
    """The last build of a home, taken out of it."""
    work = installation.home / "work"
    (folder / "target").mkdir(parents=True)
    shutil.copyfile(work / "work.duckdb", folder / "work.duckdb")
    for name in ("manifest.json", "run_results.json", "build.json", "partial_parse.msgpack"):
        shutil.copyfile(work / "target" / name, folder / "target" / name)
    shutil.copytree(installation.home / "published", folder / "published", symlinks=True)
    parsed = Workplace(folder / "work.duckdb", folder.with_name("parsed"))
    shutil.copytree(folder / "target", parsed.target)
    return FinishedBuild(folder, Dbt(parsed))


@dataclass(frozen=True)
class Dbt:
    """dbt in this process, its project parsed once."""

    place: Workplace

    def run(self, build: FinishedBuild, command: str, *arguments: str) -> None:
        """Let dbt run on a copy, and write its artefacts there."""
        with environment(build.place):
            try:
                dbtRunner(manifest=self._manifest).invoke(["--quiet", command, *arguments])
            finally:
                DuckDBConnectionManager.close_all_connections()

    @cached_property
    def _manifest(self) -> Manifest:
        with environment(self.place):
            parsed = dbtRunner().invoke(["--quiet", "parse"])
        assert isinstance(parsed.result, Manifest), parsed.exception
        return parsed.result

"""The power goes while Dagster's daemon has a refresh at work; when it is back, the next starts.

All that the daemon had started is killed at one blow, so that nobody can write down that it ended.
One run may go on at a time: the dead one must not keep its place.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import pytest
from campaign import IS_LONG
from dagster import DagsterInstance, DagsterRunStatus, RunsFilter
from dagster._core.utils import make_new_run_id
from installations import Installation
from processes import family, happens, kill

from dagster_project.dagster_home import PROCESS_IS_GONE, REFRESH_JOB, instance_yaml
from dagster_project.launching import is_held
from ingestion.settings import REPOSITORY, Settings

pytestmark = pytest.mark.xdist_group("power cut")

DEFINITIONS: Final = ("-m", "dagster_project.definitions")
FORCED: Final = json.dumps({"ops": {"warehouse": {"config": {"force": True}}}})
#: As promised: minutes until the next run starts by itself.
TEN_MINUTES: Final = 600
#: For processes to come up or to go, on a busy machine.
PATIENCE_SECONDS: Final = 240


@dataclass(frozen=True)
class Plant:
    """An installation whose refreshes Dagster's daemon starts."""

    installation: Installation

    @property
    def dagster_home(self) -> Path:
        return self.installation.home / "dagster"

    @property
    def environment(self) -> dict[str, str]:
        return {**self.installation.environment, "DAGSTER_HOME": str(self.dagster_home)}

    @property
    def is_held(self) -> bool:
        return is_held(Settings(home=self.installation.home))

    def dagster(self, program: str, *arguments: str) -> subprocess.Popen[bytes]:
        """One of Dagster's programs, on the real definitions."""
        return subprocess.Popen(
            [str(Path(sys.executable).with_name(program)), *arguments, *DEFINITIONS],
            cwd=REPOSITORY,
            env=self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    @contextmanager
    def daemon(self) -> Iterator[subprocess.Popen[bytes]]:
        """Dagster's daemon and the code server that it starts; nothing of them stays."""
        process = self.dagster("dagster-daemon", "run")
        try:
            yield process
        finally:
            kill(family(process.pid))
            process.wait()

    def queued_behind(self, run_id: str) -> str:
        """Queue a run of the same job, as its schedule does; its id."""
        with DagsterInstance.from_config(str(self.dagster_home)) as instance:
            (run,) = instance.get_runs(RunsFilter(run_ids=[run_id]))
            following = run._replace(
                run_id=make_new_run_id(), status=DagsterRunStatus.QUEUED, run_config={}, tags={}
            )
            return instance.run_storage.add_run(following).run_id

    def said_of(self, run_id: str) -> str:
        """All messages of a run."""
        with DagsterInstance.from_config(str(self.dagster_home)) as instance:
            return "\n".join(entry.message for entry in instance.all_logs(run_id))

    def statuses(self) -> dict[str, DagsterRunStatus]:
        with DagsterInstance.from_config(str(self.dagster_home)) as instance:
            return {run.run_id: run.status for run in instance.get_runs()}

    def has(self, run_id: str, *statuses: DagsterRunStatus) -> bool:
        return self.statuses()[run_id] in statuses


def in_haste(settings: str) -> str:
    """The same settings, but nobody is waited for long."""
    hasty = settings.replace("poll_interval_seconds: 30", "poll_interval_seconds: 2")
    name = "  class: AttentiveRunLauncher\n"
    hasty = hasty.replace(name, f"{name}  config: {{grace_seconds: 5}}\n")
    assert hasty.count("\n") == settings.count("\n") + 1
    return hasty


@pytest.fixture
def plant(refreshed: Installation, tmp_path: Path) -> Plant:
    plant = Plant(refreshed.copied(tmp_path / "skills"))
    settings = in_haste(instance_yaml(plant.dagster_home))
    (plant.dagster_home / "dagster.yaml").write_text(settings, encoding="utf-8")
    return plant


@pytest.mark.promise("after a power cut the next run starts by itself", 1)
@pytest.mark.skipif(not IS_LONG, reason="minutes of Dagster coming and going: make faults")
def test_after_a_power_cut_the_next_run_starts_by_itself(plant: Plant) -> None:
    known = set(plant.statuses())
    with plant.daemon() as daemon:
        launch = plant.dagster(
            "dagster", "job", "launch", "-j", REFRESH_JOB, "--config-json", FORCED
        )
        assert launch.wait(PATIENCE_SECONDS) == 0
        (first,) = plant.statuses().keys() - known
        assert happens(partial(plant.has, first, DagsterRunStatus.STARTED), within=PATIENCE_SECONDS)
        assert happens(lambda: plant.is_held, within=PATIENCE_SECONDS)
        second = plant.queued_behind(first)
        kill(family(daemon.pid))
        daemon.wait()
    assert happens(lambda: not plant.is_held, within=PATIENCE_SECONDS)
    with plant.daemon():
        gone_on = partial(plant.has, second, DagsterRunStatus.SUCCESS, DagsterRunStatus.FAILURE)
        assert happens(gone_on, within=TEN_MINUTES, every=1)
    assert plant.has(second, DagsterRunStatus.SUCCESS)
    assert plant.has(first, DagsterRunStatus.FAILURE)
    assert PROCESS_IS_GONE in plant.said_of(first)

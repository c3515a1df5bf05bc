"""Dagster's own state: its settings are renewed, and what a dead process left open is closed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from logging import getLogger
from pathlib import Path

import dagster as dg
import pytest
from dagster import DagsterRunStatus
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import EmptyWorkspaceTarget
from dagster._daemon.monitoring.run_monitoring import execute_run_monitoring_iteration
from filelock import FileLock

from dagster_project.dagster_home import (
    COMMAND_LINE,
    LAUNCHED_BY,
    PROCESS_IS_GONE,
    REFRESH_JOB,
    give_up_orphans,
    instance_yaml,
    prepare_dagster_home,
)
from dagster_project.launching import GRACE_SECONDS, AttentiveRunLauncher
from dagster_project.resources import resources
from ingestion.settings import Settings

#: Where the settings may have been written, the home since moved.
ELSEWHERE = Path("/elsewhere/dagster")


def of_another_version() -> str:
    """Settings as another version of `skills` wrote them."""
    head, settings = instance_yaml(ELSEWHERE).split("# ", 2)[1], "telemetry:\n  enabled: false\n"
    return f"# {head}# {hashlib.sha256(settings.encode()).hexdigest()[:16]}\n{settings}"


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("SKILLS_HOME", str(tmp_path))
    return Settings()


@pytest.fixture
def instance(settings: Settings) -> Iterator[dg.DagsterInstance]:
    """The instance of a home, with the settings that `skills` writes."""
    with dg.DagsterInstance.from_config(prepare_dagster_home(settings)) as instance:
        yield instance


def begun(instance: dg.DagsterInstance, status: DagsterRunStatus, **tags: str) -> str:
    """A run in that state; its id."""
    job = dg.job(name=REFRESH_JOB)(lambda: None)
    return instance.create_run_for_job(job, tags=tags, status=status).run_id


def statuses(instance: dg.DagsterInstance) -> dict[str, DagsterRunStatus]:
    return {run.run_id: run.status for run in instance.get_runs()}


@pytest.mark.parametrize(
    ("found", "is_renewed"),
    [
        (of_another_version(), True),
        (of_another_version().replace("false", "true"), False),
        (instance_yaml(ELSEWHERE), True),
        (instance_yaml(ELSEWHERE).replace("7200", "9000"), False),
        ("telemetry:\n  enabled: false\n", False),
        ("", False),
    ],
)
def test_settings_are_renewed_unless_somebody_changed_them(
    settings: Settings, found: str, is_renewed: bool
) -> None:
    path = settings.dagster_home / "dagster.yaml"
    path.parent.mkdir()
    path.write_text(found, encoding="utf-8")
    prepare_dagster_home(settings)
    assert path.read_text(encoding="utf-8") == (instance_yaml(path.parent) if is_renewed else found)
    assert list(path.parent.iterdir()) == [path]


def test_who_holds_the_home_gives_up_what_no_process_can_be_working_on(
    instance: dg.DagsterInstance,
) -> None:
    by_hand = {LAUNCHED_BY: COMMAND_LINE}
    dead = {
        begun(instance, DagsterRunStatus.STARTED),
        begun(instance, DagsterRunStatus.STARTED, **by_hand),
        begun(instance, DagsterRunStatus.NOT_STARTED, **by_hand),
    }
    # The daemon has launched the first, which does not hold the home yet.
    others = {
        begun(instance, status): status
        for status in (DagsterRunStatus.STARTING, DagsterRunStatus.SUCCESS)
    }
    assert give_up_orphans(instance) == len(dead)
    assert statuses(instance) == {**others, **dict.fromkeys(dead, DagsterRunStatus.FAILURE)}


def test_a_started_run_is_given_up_when_nobody_held_the_home_for_the_grace(
    settings: Settings, instance: dg.DagsterInstance
) -> None:
    run = begun(instance, DagsterRunStatus.STARTED)
    launcher = instance.run_launcher
    assert isinstance(launcher, AttentiveRunLauncher)
    now = 0.0
    launcher.clock = lambda: now
    with WorkspaceProcessContext(instance, EmptyWorkspaceTarget()) as workspace:

        def monitored() -> DagsterRunStatus:
            assert not any(execute_run_monitoring_iteration(workspace, getLogger("test")))
            return statuses(instance)[run]

        assert monitored() is DagsterRunStatus.STARTED
        now += GRACE_SECONDS - 1
        with FileLock(settings.lock):
            assert monitored() is DagsterRunStatus.STARTED
            now += 10 * GRACE_SECONDS
            assert monitored() is DagsterRunStatus.STARTED
        assert monitored() is DagsterRunStatus.STARTED
        now += GRACE_SECONDS - 1
        assert monitored() is DagsterRunStatus.STARTED
        now += 1
        assert monitored() is DagsterRunStatus.FAILURE
    assert any(PROCESS_IS_GONE in entry.message for entry in instance.all_logs(run))


def test_a_run_of_the_daemon_says_in_a_sentence_that_another_refresh_is_running(
    settings: Settings, instance: dg.DagsterInstance
) -> None:
    @dg.op(required_resource_keys={"settings"})
    def take_in() -> None: ...

    job = dg.GraphDefinition("refresh", node_defs=[take_in]).to_job(resource_defs=resources())
    with FileLock(settings.lock):
        result = job.execute_in_process(instance=instance, raise_on_error=False)
    assert not result.success
    said = "\n".join(str(entry.dagster_event) for entry in instance.all_logs(result.run_id))
    assert f"another refresh is running on {settings.home}" in said

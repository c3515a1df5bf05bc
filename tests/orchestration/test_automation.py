"""The sensor asks once for what waits, and asks again when a run failed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import pytest

from dagster_project.automation import (
    MOST_TRIES,
    WAITING,
    drop_folder_sensor,
    waiting_files,
)
from dagster_project.dagster_home import REFRESH_JOB
from ingestion.contract import load_contracts
from ingestion.deliver import deliver_feed
from ingestion.settings import Settings

FEED = "county/training_ledgers"
LEDGER = "填报单位：仁怀市\n姓名,身份证号码,培训机构\n".encode()


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("SKILLS_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SKILLS_DROP", str(tmp_path / "drop"))
    monkeypatch.setenv("SKILLS_SECRET", "only for these tests, invented, 0123456789")
    (tmp_path / "drop" / FEED).mkdir(parents=True)
    return Settings()


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


def ask(instance: dg.DagsterInstance) -> dg.RunRequest | dg.SkipReason:
    context = dg.build_sensor_context(instance=instance)
    found = drop_folder_sensor(context)
    assert isinstance(found, Iterator)
    (answer,) = found
    assert isinstance(answer, dg.RunRequest | dg.SkipReason)
    return answer


def finish(instance: dg.DagsterInstance, request: dg.RunRequest, *, well: bool) -> None:
    instance.create_run_for_job(
        dg.job(name=REFRESH_JOB)(lambda: None),
        tags=dict(request.tags),
        status=dg.DagsterRunStatus.SUCCESS if well else dg.DagsterRunStatus.FAILURE,
    )


def drop(settings: Settings, name: str, content: bytes = LEDGER) -> None:
    (Path(settings.drop_url) / FEED / name).write_bytes(content)


def test_an_empty_folder_asks_for_nothing(settings: Settings, instance: dg.DagsterInstance) -> None:
    assert waiting_files(settings) == ()
    assert isinstance(ask(instance), dg.SkipReason)


def test_a_missing_folder_is_said_and_does_no_harm(
    settings: Settings, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SKILLS_DROP", f"{settings.drop_url}/nowhere")
    assert isinstance(ask(instance), dg.SkipReason)


def test_a_new_file_is_asked_for_under_one_key_until_it_changes(
    settings: Settings, instance: dg.DagsterInstance
) -> None:
    drop(settings, "仁怀市2024年1-6月.csv")
    first, again = ask(instance), ask(instance)
    assert isinstance(first, dg.RunRequest)
    assert isinstance(again, dg.RunRequest)
    assert first.run_key == again.run_key
    drop(settings, "仁怀市2024年1-7月.csv")
    other = ask(instance)
    assert isinstance(other, dg.RunRequest)
    assert other.run_key != first.run_key


def test_a_failed_run_is_asked_for_again_a_few_times(
    settings: Settings, instance: dg.DagsterInstance
) -> None:
    drop(settings, "仁怀市2024年1-6月.csv")
    keys = set()
    for _ in range(MOST_TRIES):
        request = ask(instance)
        assert isinstance(request, dg.RunRequest)
        assert request.tags[WAITING]
        keys.add(request.run_key)
        finish(instance, request, well=False)
    assert len(keys) == MOST_TRIES
    assert isinstance(ask(instance), dg.SkipReason)


def test_a_handled_file_waits_no_more_even_if_it_was_refused(
    settings: Settings, instance: dg.DagsterInstance
) -> None:
    drop(settings, "仁怀市2024年1-6月.csv")
    deliver_feed(load_contracts()[FEED], settings, now=datetime.now(UTC))
    assert waiting_files(settings) == ()
    assert isinstance(ask(instance), dg.SkipReason)

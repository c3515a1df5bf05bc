"""Does Dagster's storage with open connections hold what Dagster's own would?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from dagster_project.dagster_home import instance_yaml
from dagster_project.event_log import ConnectedEventLogStorage

ASSETS = 12


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    (tmp_path / "dagster.yaml").write_text(instance_yaml(tmp_path), encoding="utf-8")
    with dg.DagsterInstance.from_config(str(tmp_path)) as instance:
        yield instance


@dg.multi_asset(specs=[dg.AssetSpec(f"table_{number}") for number in range(ASSETS)])
def tables() -> Iterator[dg.MaterializeResult[None]]:
    for number in range(ASSETS):
        yield dg.MaterializeResult(asset_key=f"table_{number}")


def told(instance: dg.DagsterInstance) -> Counter[str]:
    """Events of a run by their kind, and those of assets among all runs."""
    run = dg.materialize([tables], instance=instance)
    assert run.success
    events = [entry.dagster_event_type for entry in instance.all_logs(run.run_id)]
    materialised = instance.fetch_materializations(
        dg.AssetRecordsFilter(asset_key=dg.AssetKey("table_3")), limit=9
    )
    return Counter(str(kind) for kind in events if kind) + Counter(
        f"asset {record.asset_key}" for record in materialised.records
    )


def test_it_holds_what_dagsters_own_storage_holds(instance: dg.DagsterInstance) -> None:
    with dg.DagsterInstance.ephemeral() as own:
        assert told(instance) == told(own)


def test_events_that_are_told_together_are_stored_together(
    instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    batches: list[int] = []
    store = ConnectedEventLogStorage.store_event_batch

    def noted(storage: ConnectedEventLogStorage, events: list[dg.EventLogEntry]) -> None:
        batches.append(len(events))
        store(storage, events)

    monkeypatch.setattr(ConnectedEventLogStorage, "store_event_batch", noted)
    told(instance)
    assert ASSETS in batches


def test_of_events_that_are_told_together_all_are_stored_or_none(
    instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    told(instance)
    storage = instance.event_log_storage
    (run,) = instance.get_runs()
    before = instance.all_logs(run.run_id)
    store = ConnectedEventLogStorage.store_event
    left = iter(range(3))

    def fails(storage: ConnectedEventLogStorage, entry: dg.EventLogEntry) -> None:
        if next(left, None) is None:
            raise OSError("no more")
        store(storage, entry)

    with monkeypatch.context() as patch:
        patch.setattr(ConnectedEventLogStorage, "store_event", fails)
        with pytest.raises(OSError, match="no more"):
            storage.store_event_batch(before[:6])
    assert len(instance.all_logs(run.run_id)) == len(before)
    storage.store_event_batch(before[:6])
    assert len(instance.all_logs(run.run_id)) == len(before) + 6

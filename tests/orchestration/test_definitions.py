"""The graph has the shape that we claim: from every agency to the scorecard and its publication."""

from __future__ import annotations

from collections import Counter
from importlib import import_module

import dagster as dg
import pytest

from dagster_project.landing import FILES_INTACT, NOTHING_REFUSED, RECORD_TABLES, ROWS_CONSERVED
from ingestion.contract import load_contracts

pytestmark = pytest.mark.xdist_group("definitions")


@pytest.fixture(scope="module")
def defs(tmp_path_factory: pytest.TempPathFactory) -> dg.Definitions:
    """Imported late, because importing parses the dbt project, into the home of these tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SKILLS_HOME", str(tmp_path_factory.mktemp("home")))
        found: dg.Definitions = import_module("dagster_project.definitions").defs
    return found


@pytest.fixture(scope="module")
def graph(defs: dg.Definitions) -> dg.AssetGraph:
    return defs.resolve_asset_graph()


def test_every_contract_is_an_asset_of_its_agency(graph: dg.AssetGraph) -> None:
    for contract in load_contracts().values():
        node = graph.get(dg.AssetKey([contract.agency, contract.feed]))
        assert node.is_materializable
        assert node.group_name == contract.agency


def test_nothing_in_the_graph_comes_from_nowhere(graph: dg.AssetGraph) -> None:
    """Every dbt source is landed by an asset of ours, so that the lineage is never cut."""
    assert [key for key in graph.get_all_asset_keys() if not graph.get(key).is_materializable] == []


def test_the_graph_holds_every_model_and_seed_of_dbt(graph: dg.AssetGraph) -> None:
    manifest = import_module("dagster_project.warehouse").MANIFEST
    built = [
        node
        for node in manifest["nodes"].values()
        if node["resource_type"] in ("model", "seed", "snapshot")
    ]
    expected = len(load_contracts()) + len(RECORD_TABLES) + len(built) + 1
    assert len(list(graph.get_all_asset_keys())) == expected


def test_every_feed_reaches_the_publication(graph: dg.AssetGraph) -> None:
    upstream = (
        dg.AssetSelection.assets(dg.AssetKey(["published", "warehouse"])).upstream().resolve(graph)
    )
    feeds = {dg.AssetKey([item.agency, item.feed]) for item in load_contracts().values()}
    assert feeds <= upstream


def test_the_scorecard_stands_on_the_agencies(graph: dg.AssetGraph) -> None:
    scorecard = dg.AssetKey(["kpis", "kpi_scorecard"])
    upstream = dg.AssetSelection.assets(scorecard).upstream().resolve(graph)
    for feed in ("hrss/enrolments", "county/training_ledgers", "hrss/talent_stock"):
        assert dg.AssetKey(feed.split("/")) in upstream
    assert dg.AssetKey(["published", "warehouse"]) in (
        dg.AssetSelection.assets(scorecard).downstream().resolve(graph)
    )


def test_every_landing_asset_has_its_blocking_checks(graph: dg.AssetGraph) -> None:
    for contract in load_contracts().values():
        key = dg.AssetKey([contract.agency, contract.feed])
        checks = {
            check.key.name: check.blocking
            for check in graph.asset_check_nodes
            if check.key.asset_key == key
        }
        assert checks[ROWS_CONSERVED]
        assert checks[FILES_INTACT]
        assert not checks[NOTHING_REFUSED]


def test_each_table_of_dbt_has_one_check(graph: dg.AssetGraph) -> None:
    built = import_module("dagster_project.warehouse").warehouse
    checks = Counter(check.key.asset_key for check in graph.asset_check_nodes)
    assert {key: checks[key] for key in built.keys} == dict.fromkeys(built.keys, 1)


def test_one_job_refreshes_everything_in_one_process(defs: dg.Definitions) -> None:
    job = defs.resolve_job_def("refresh_warehouse")
    assert len(job.asset_layer.executable_asset_keys) == len(
        list(defs.resolve_asset_graph().get_all_asset_keys())
    )
    assert job.executor_def.name == "in_process"


def test_the_schedule_runs_by_the_citys_clock(defs: dg.Definitions) -> None:
    schedule = defs.resolve_schedule_def("daily_refresh")
    assert schedule.execution_timezone == "Asia/Shanghai"
    assert schedule.job_name == "refresh_warehouse"

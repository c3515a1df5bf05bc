"""Can a delivery that the door lets in stop the publication of everybody's numbers?

A gate is for our own mistakes. Whatever a contract allows must come through the models: where the
deliveries of two agencies do not fit, that is a finding to be shown, and the rest is published.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Final

import duckdb
import pytest
from campaign import repeated
from installations import Installation
from invented_rows import place, spelled, told_columns
from offering import VISITED, Offering
from servers import HttpServer, serving
from unlikely_rows import unlikely_rows

from dagster_project.building import finish, planned_build, start_work_file
from dagster_project.dbt_runs import Workplace, dbt_build, read_artefact
from dagster_project.publishing.publication import publish
from ingestion.contract import FeedContract, FileSource, load_contracts
from ingestion.settings import Settings

_AS_OF: Final = date(2025, 6, 30)
_YEARS: Final = (2023, 2024)
_ROWS: Final = 40


@pytest.fixture(scope="module")
def server() -> Iterator[HttpServer]:
    with serving() as server:
        yield server


@pytest.mark.slow
@pytest.mark.promise("what the door lets in never stops a publication", 20)
@pytest.mark.parametrize("seed", range(repeated(1, 20)))
def test_what_the_door_lets_in_is_published(
    tmp_path: Path, server: HttpServer, project: Path, seed: int
) -> None:
    home = Installation(tmp_path / "home").knowing(project).home
    choice = random.Random(seed)
    landed = {
        contract.name: _delivered(contract, tmp_path / contract.feed, home, server, choice)
        for contract in load_contracts().values()
    }
    assert [feed for feed, rows in landed.items() if not rows] == [], "nothing tried"
    settings = Settings(home=home, drop=str(tmp_path / "nothing"))
    build = planned_build(settings, VISITED, as_of=_AS_OF)
    workplace = Workplace(tmp_path / "work.duckdb", tmp_path / "target")
    begun = start_work_file(settings, workplace, build)
    dbt_build(settings, workplace)
    finish(workplace, build, begun, VISITED)
    publication = publish(
        workplace.database,
        tmp_path / "published",
        build,
        manifest=read_artefact(workplace.manifest),
        run_results=read_artefact(workplace.run_results),
        contracts=load_contracts().values(),
        now=VISITED,
    )
    assert publication.version.facts.tests_run > 0
    with duckdb.connect(publication.version.database, read_only=True) as connection:
        found = connection.execute("select distinct feed_id from marts.unresolved_references")
        assert len(found.fetchall()) >= 3, "records that refer to none are to be findings"


def _delivered(
    contract: FeedContract, folder: Path, home: Path, server: HttpServer, choice: random.Random
) -> int:
    """Deliver unlikely rows for every scope that is tried; how many landed."""
    folder.mkdir()
    offering = Offering(contract, folder, server)
    offering.settings = offering.settings.model_copy(update={"home": home})
    names = [column.name for column in told_columns(contract)]
    landed = 0
    for path in _paths(offering):
        offering.path = path
        count = min(max(_ROWS, contract.delivery.rows.minimum), contract.delivery.rows.maximum)
        rows = unlikely_rows(contract, count, choice)
        offering.offer(spelled(contract, names, rows))
        landed += offering.deliver().rows_landed
    return landed


def _paths(offering: Offering) -> list[Path]:
    """Where deliveries lie that speak for different years."""
    if not isinstance(offering.contract.source, FileSource):
        return [offering.path]
    own = place(offering.contract)
    return (
        [offering.path.with_name(offering.path.name.replace("2023", str(year))) for year in _YEARS]
        if own
        else [offering.path]
    )

"""A warehouse into which nobody has delivered yet: it builds, and says so in every row."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Final

import duckdb
import pytest

from ingestion.export import export_sources
from ingestion.settings import Settings

PROJECT: Final = Path(__file__).parents[2] / "dbt_project"
DBT: Final = Path(sys.executable).with_name("dbt")
AS_OF: Final = date(2025, 6, 30)


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> duckdb.DuckDBPyConnection:
    """The work file that `dbt build` makes of a landing zone without a batch."""
    home = tmp_path_factory.mktemp("home")
    work = home / "work.duckdb"
    with duckdb.connect(str(work)) as connection:
        export_sources(Settings(home=home), connection, as_of=AS_OF)
    environment = os.environ | {
        "SKILLS_WORK_FILE": str(work),
        "DBT_TARGET_PATH": str(home / "target"),
        "DBT_LOG_PATH": str(home / "logs"),
    }
    command = [str(DBT), "build"]
    done = subprocess.run(
        command,
        check=False,
        cwd=PROJECT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=900,
    )
    assert done.returncode == 0, done.stdout[-4000:]
    return duckdb.connect(str(work), read_only=True)


def test_nothing_is_absent_and_nothing_is_zero(warehouse: duckdb.DuckDBPyConnection) -> None:
    statuses = {
        row[0] for row in warehouse.execute("select status_code from kpis.kpi_scorecard").fetchall()
    }
    assert statuses == {"not_due", "not_reported", "no_applicable_unit"}
    (values,) = warehouse.execute(
        "select count(*) from kpis.kpi_values where indicator_value is not null"
    ).fetchall()
    assert values == (0,)


#: Scopes whose members nobody knows before somebody delivers.
TOLD_BY_FEEDS = ("workshop", "enterprise", "credited_enterprise", "school", "training_institution")


def test_each_target_binds_to_somebody(warehouse: duckdb.DuckDBPyConnection) -> None:
    bound = warehouse.execute(
        """
        select targets.indicator_id, targets.period_kind, targets.scope_kind
        from seeds.targets as targets
        left join intermediate.int_plan__expected as expected
            on targets.indicator_id = expected.indicator_id
            and targets.period_kind = expected.period_kind
            and targets.scope_kind = expected.scope_kind
            and expected.has_applicable_unit
        where expected.indicator_id is null and not list_contains(?, targets.scope_kind)
        """,
        [list(TOLD_BY_FEEDS)],
    ).fetchall()
    assert bound == []


def test_publication_says_what_it_is(warehouse: duckdb.DuckDBPyConnection) -> None:
    rows = warehouse.execute("select as_of_on, is_sample from marts.publication").fetchall()
    assert rows == [(AS_OF, True)]

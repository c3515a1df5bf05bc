"""The command line as a person uses it: refresh, look, go back, and what it says when it can't."""

from __future__ import annotations

import csv
import io
import json
import shutil
import subprocess
from pathlib import Path

import dagster as dg
import duckdb
import pytest
from filelock import FileLock
from installations import SKILLS, Installation

INVENTED = "only for these tests, invented, 0123456789"
ANSWER = "select * exclude (as_known_on) from kpis.kpi_scorecard order by all"


def test_a_refresh_says_what_came_what_was_refused_and_where_to_look(
    refreshed: Installation,
) -> None:
    said = (refreshed.home.parent / "first_output.txt").read_text(encoding="utf-8")
    for words in (
        "样例数据 / sample data",
        "本次入库 Taken in",
        "未接收 Refused",
        "已发布 Published",
    ):
        assert words in said
    assert "FILE_ENCRYPTED" in said
    assert "current.duckdb" in said
    assert len(said.splitlines()) < 200, "quiet: Dagster's log belongs in its file"
    assert list((refreshed.home / "logs").glob("refresh-*.log"))
    errors = (refreshed.home.parent / "first_errors.txt").read_text(encoding="utf-8")
    assert errors == "", "libraries complain to the log, also when the process ends"


def test_nothing_is_written_into_the_repository(refreshed: Installation) -> None:
    project = Path(__file__).parents[2] / "dbt_project"
    assert not (project / "target").exists()
    assert not (project / "logs").exists()
    assert (refreshed.home / "work" / "target" / "run_results.json").exists()


def test_a_second_refresh_lands_nothing_and_changes_nothing(refreshed: Installation) -> None:
    before, version = refreshed.query(ANSWER), refreshed.version
    second = refreshed.run("refresh")
    assert second.returncode == 0
    assert "没有新的报送 · Nothing new was delivered." in second.stdout
    assert f"Nothing has changed since version {version}" in second.stdout
    assert "建模" not in second.stdout
    assert refreshed.version == version
    assert refreshed.query(ANSWER) == before


def test_what_the_engine_has_no_memory_for_is_told_with_the_setting(
    refreshed: Installation, tmp_path: Path
) -> None:
    small = refreshed.copied(tmp_path / "small")
    tight = Installation(small.home, {**small.variables, "SKILLS_MEMORY_LIMIT": "20MB"})
    told = tight.run("refresh", "--force")
    assert told.returncode == 1
    assert "could not be built (Out of Memory Error:" in told.stdout
    assert "raise SKILLS_MEMORY_LIMIT)" in told.stdout
    assert small.version == refreshed.version


def test_a_setting_that_cannot_be_is_refused_by_its_name() -> None:
    odd = Installation(
        Path("nowhere"), {"SKILLS_MEMORY_LIMIT": "plenty", "SKILLS_KEY_VERSION": "0"}
    )
    told = odd.run("refresh")
    assert told.returncode == 2
    assert "SKILLS_MEMORY_LIMIT: " in told.stderr
    assert "SKILLS_KEY_VERSION: " in told.stderr
    assert "plenty" not in told.stderr


def test_the_publication_table_covers_every_feed_and_says_sample(refreshed: Installation) -> None:
    said = refreshed.query("select distinct is_sample, notice, as_of::varchar from publication")
    assert said == [(True, "样例数据 / sample data", "2025-06-30")]


def test_the_scorecard_comes_as_csv_json_and_workbook(
    refreshed: Installation, tmp_path: Path
) -> None:
    rows = refreshed.rows("scorecard")
    assert {row["notice"] for row in rows} == {"样例数据 / sample data"}
    assert json.loads(refreshed.run("scorecard", "--format", "json").stdout)["rows"][0].keys() == (
        rows[0].keys() - {"notice"}
    )
    path = tmp_path / "scorecard.xlsx"
    assert refreshed.run("scorecard", "--format", "xlsx", "--output", str(path)).returncode == 0
    assert path.stat().st_size > 5000


def test_the_scorecard_is_filtered_by_measure_county_and_industry(refreshed: Installation) -> None:
    rows = refreshed.rows("scorecard", "--measure", "5", "--county", "仁怀", "--industry", "酱酒")
    assert rows
    assert {(row["measure_no"], row["area_code"], row["industry_code"]) for row in rows} == {
        ("5", "520382", "liquor")
    }
    unknown = refreshed.run("scorecard", "--county", "仁环")
    assert unknown.returncode == 2
    assert "520382 仁怀市" in unknown.stderr


def test_another_day_is_answered_without_touching_what_is_published(
    refreshed: Installation,
) -> None:
    version = refreshed.version
    arguments = ("scorecard", "--as-of", "2024-06-30", "--measure", "0", "--format", "csv")
    first = refreshed.run(*arguments)
    assert first.returncode == 0, first.stderr
    assert {row["as_of_on"] for row in csv.DictReader(io.StringIO(first.stdout))} == {"2024-06-30"}
    again = refreshed.run(*arguments)
    assert again.stdout == first.stdout
    assert "专题计算" in first.stderr
    assert "专题计算" not in again.stderr
    assert refreshed.version == version


def test_what_was_known_on_a_day_knows_nothing_of_later_deliveries(
    refreshed: Installation,
) -> None:
    def trained(*arguments: str) -> float:
        rows = refreshed.rows("scorecard", "--measure", "0", *arguments)
        return next(
            float(row["indicator_value"])
            for row in rows
            if row["indicator_id"] == "H-01" and row["is_binding"] == "True"
        )

    assert 0 < trained("--as-known", "2024-03-31") < trained()


def test_deliveries_are_told_with_their_outcome(refreshed: Installation) -> None:
    rows = refreshed.rows("deliveries", "--outcome", "refused", "--last", "9999")
    assert rows
    assert {row["outcome"] for row in rows} == {"refused"}
    assert all(row["why"] for row in rows)
    reasons = refreshed.run("deliveries", "--rejections", "--format", "csv")
    assert "ID_WAS_NUMBER" in reasons.stdout


def test_a_ledger_is_tried_row_by_row_and_nothing_is_stored(
    refreshed: Installation, tmp_path: Path
) -> None:
    feed = "county/training_ledgers"
    ledger = max(
        (refreshed.home / "sample" / "drop" / feed).rglob("*仁怀市2024年1-12月*"),
        key=lambda path: path.stat().st_size,
    )
    bare = Installation(tmp_path / "nothing", {})
    told = bare.run("check", str(ledger), "--feed", feed, "--format", "json")
    assert told.returncode == 0, told.stderr
    assert "would land" in told.stderr
    assert {"row_number", "column", "reason"} <= json.loads(told.stdout)["rows"][0].keys()
    assert not bare.home.exists()
    letter = tmp_path / "letter.csv"
    letter.write_text("Dear colleagues,\nno ledger this month.\n", encoding="utf-8")
    refused = bare.run("check", str(letter), "--feed", feed)
    assert refused.returncode == 1
    assert "HEADER_NOT_FOUND" in refused.stdout


def test_after_a_rollback_the_older_version_stays_until_something_new_comes(
    refreshed: Installation, tmp_path: Path
) -> None:
    home = refreshed.copied(tmp_path / "home")
    first = home.version
    second = f"{int(first[:6]) + 1:06d}{first[6:]}"
    versions = home.home / "published" / "versions"
    shutil.copytree(versions / first, versions / second)
    facts = versions / second / "version.json"
    facts.chmod(0o600)
    facts.write_text(facts.read_text(encoding="utf-8").replace(first, second), encoding="utf-8")
    assert home.run("rollback", second).returncode == 0
    assert home.version == second
    assert home.run("rollback").returncode == 0
    told = home.run("refresh")
    assert told.returncode == 0
    assert f"{first}, which was rolled back to, stays current" in told.stdout
    assert home.version == first


def test_rolling_back_without_an_earlier_version_is_refused(refreshed: Installation) -> None:
    refusal = refreshed.run("rollback")
    assert refusal.returncode == 2
    assert "no version before" in refusal.stdout


def test_a_second_refresh_at_the_same_time_leaves_at_once(refreshed: Installation) -> None:
    with FileLock(refreshed.home / ".lock"):
        refusal = refreshed.run("refresh")
    assert refusal.returncode == 2
    assert "another refresh is running" in refusal.stdout


def test_a_home_of_sample_data_takes_no_real_deliveries(
    refreshed: Installation, tmp_path: Path
) -> None:
    own = Installation(
        refreshed.home, {"SKILLS_DROP": str(tmp_path), "SKILLS_SECRET": INVENTED}
    ).run("refresh")
    assert own.returncode == 2
    assert "set SKILLS_HOME to another folder" in own.stdout


def test_real_deliveries_need_a_secret_and_a_folder(tmp_path: Path) -> None:
    no_secret = Installation(tmp_path / "a", {"SKILLS_DROP": str(tmp_path)}).run("refresh")
    assert no_secret.returncode == 2
    assert "SKILLS_SECRET" in no_secret.stdout
    variables = {"SKILLS_DROP": str(tmp_path / "nowhere"), "SKILLS_SECRET": INVENTED}
    no_folder = Installation(tmp_path / "b", variables).run("refresh")
    assert no_folder.returncode == 2
    assert "SOURCE_UNREACHABLE" in no_folder.stdout


@pytest.mark.slow
def test_a_folder_of_ones_own_works_in_place_of_the_sample(
    refreshed: Installation, tmp_path: Path
) -> None:
    drop = tmp_path / "drop"
    for feed in ("county/training_ledgers/仁怀市", "hrss/talent_stock"):
        shutil.copytree(refreshed.home / "sample" / "drop" / feed, drop / feed)
    (drop / "county" / "training_ledgers" / "仁怀市" / "broken.xlsx").write_bytes(b"PK\x03\x04 no")
    (drop / "notes.txt").write_text("?", encoding="utf-8")
    own = Installation(tmp_path / "home", {"SKILLS_DROP": str(drop), "SKILLS_SECRET": INVENTED})
    told = own.knowing(refreshed.home / "work" / "project").run("refresh")
    assert told.returncode == 0, told.stdout
    assert not (own.home / "sample").exists()
    assert "sample data" not in told.stdout
    assert "SKILLS_TRAINING_PLATFORM_URL" in told.stdout, "what is not set up is said, not fatal"
    assert "broken.xlsx" in told.stdout
    assert "notes.txt" in told.stdout
    assert own.query("select distinct is_sample from publication") == [(False,)]


def test_a_changed_landing_file_stops_the_run_and_the_last_version_stays(
    refreshed: Installation, tmp_path: Path
) -> None:
    damaged = refreshed.copied(tmp_path / "home")
    victim = min((damaged.home / "landing" / "hrss" / "talent_stock").glob("b*.parquet"))
    victim.chmod(0o600)
    content = bytearray(victim.read_bytes())
    content[len(content) // 2] ^= 1
    victim.write_bytes(content)
    version = damaged.version
    told = damaged.run("refresh", "--force")
    assert told.returncode == 1
    assert "Not published" in told.stdout
    assert victim.name in told.stdout
    assert damaged.version == version


def test_a_selection_is_built_where_it_stands_and_never_published(
    refreshed: Installation, tmp_path: Path
) -> None:
    """As from Dagster's own command line or its interface."""
    installation = refreshed.copied(tmp_path / "home")
    work = installation.home / "work" / "work.duckdb"
    with duckdb.connect(work) as connection:
        connection.execute("delete from kpis.kpi_values")
    told = subprocess.run(
        [
            str(SKILLS.with_name("dagster")),
            *("asset", "materialize", "-m", "dagster_project.definitions"),
            *("--select", "key:kpis/kpi_values"),
        ],
        env={**installation.environment, "DAGSTER_HOME": str(installation.home / "dagster")},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert told.returncode == 0, told.stderr
    with duckdb.connect(work, read_only=True) as connection:
        built = connection.execute("select count(*) from kpis.kpi_values").fetchall()
    assert built == refreshed.query("select count(*) from kpis.kpi_values")
    assert installation.versions == refreshed.versions
    with dg.DagsterInstance.from_config(str(installation.home / "dagster")) as instance:
        (run,) = instance.get_runs(limit=1)
        checked = instance.get_records_for_run(
            run.run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION
        )
    (check,) = (record.event_log_entry.asset_check_evaluation for record in checked.records)
    assert check is not None
    assert check.passed
    assert len(check.metadata["tests"].value) > 1

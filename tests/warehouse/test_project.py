"""Does the dbt project keep what it promises? Reads files only; nothing is built."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from ingestion.contract import KEYED_TYPES, load_contracts

ROOT: Final = Path(__file__).parents[2]
MODELS: Final = ROOT / "dbt_project" / "models"
SEEDS: Final = ROOT / "seeds"
PUBLISHED: Final = ("marts", "kpis")
#: What an identity number leaves behind that is P1: no way back without the secret.
LEFT_BEHIND: Final = ("_key", "_key_version", "_birth_year", "_sex")

MODEL_FILES: Final = sorted(MODELS.rglob("*.sql"))
SEED_FILES: Final = sorted(SEEDS.rglob("*.csv"))
PUBLISHED_FILES: Final = [p for p in MODEL_FILES if p.relative_to(MODELS).parts[0] in PUBLISHED]


def stem(path: Path) -> str:
    return path.stem


@cache
def properties(path: Path, kind: str) -> dict[str, Any]:
    """What the YAML beside a model or seed says about it."""
    content = yaml.safe_load(path.with_suffix(".yml").read_text(encoding="utf-8"))
    (found,) = [entry for entry in content[kind] if entry["name"] == path.stem]
    return dict(found)


def grain_of(entry: dict[str, Any]) -> list[str]:
    """Columns of the one grain test."""
    (test,) = [test["holds"] for test in entry["data_tests"] if "holds" in test]
    return list(test["arguments"]["grain"])


def rows_of(seed: str) -> list[dict[str, str]]:
    with (SEEDS / seed).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def assert_grain_is_the_first_sentence(entry: dict[str, Any]) -> None:
    first = re.match(r"One row per ([^.]+)\.", entry["description"])
    assert first, "the description begins with the grain: One row per …"
    columns = re.split(r", | and ", first[1])
    assert grain_of(entry) == ([] if columns == ["run"] else columns)


@pytest.mark.parametrize("path", MODEL_FILES, ids=stem)
def test_a_model_says_its_grain_and_tests_just_that(path: Path) -> None:
    assert_grain_is_the_first_sentence(properties(path, "models"))


@pytest.mark.parametrize("path", SEED_FILES, ids=stem)
def test_a_seed_says_its_grain_and_tests_just_that(path: Path) -> None:
    assert_grain_is_the_first_sentence(properties(path, "seeds"))


@pytest.mark.parametrize("path", SEED_FILES, ids=stem)
def test_a_seed_names_a_type_for_each_column_and_keeps_codes_as_text(path: Path) -> None:
    with path.open(encoding="utf-8", newline="") as file:
        header = next(csv.reader(file))
    types = properties(path, "seeds")["config"]["column_types"]
    assert list(types) == header
    texts = {name: kind for name, kind in types.items() if name.endswith(("_code", "_id"))}
    assert set(texts.values()) <= {"string"}


def test_every_yaml_stands_beside_its_model_or_seed() -> None:
    rendered = set(MODELS.rglob("_*__sources.yml"))
    lonely = [
        path
        for path in (*MODELS.rglob("*.yml"), *SEEDS.rglob("*.yml"))
        if path not in rendered
        and not path.with_suffix(".sql").exists()
        and not path.with_suffix(".csv").exists()
    ]
    assert lonely == []


def test_staging_has_one_model_for_each_feed_and_no_other() -> None:
    feeds = {f"stg_{name.replace('/', '__')}" for name in load_contracts()}
    found = {
        path.stem for path in (MODELS / "staging").rglob("*.sql") if path.parent.name != "landing"
    }
    assert found == feeds


@pytest.mark.parametrize(
    "path",
    [p for p in MODEL_FILES if "staging" in p.parts and p.parent.name != "landing"],
    ids=stem,
)
def test_staging_reads_one_feed_and_of_the_batches_only_its_own(path: Path) -> None:
    """So that news of another feed leave it as it is: see dagster_project/news.py."""
    text = code_of(path)
    agency, feed = path.stem.removeprefix("stg_").split("__", 1)
    read = re.findall(r"(?:source|current_rows)\(\s*'(\w+)',\s*'(\w+)'", text)
    assert read == [(agency, feed)]
    records = re.findall(r"ref\('(\w+)'\)", text)
    if "current_rows(" in text:
        assert records == []
    else:
        assert records == ["stg_landing__batches"]
        joined = re.findall(r"inner join (\w+)\s+on \w+\._batch_id = (\w+)\.batch_id", text)
        assert joined == [("batches", "batches")]
        assert len(re.findall(r"(?:from|join) batches\b", text)) == 1


@pytest.mark.parametrize("path", MODEL_FILES, ids=stem)
def test_a_model_stands_in_the_folder_that_its_name_says(path: Path) -> None:
    layer, subject = path.relative_to(MODELS).parts[:2]
    match layer:
        case "staging":
            assert path.stem.startswith(f"stg_{subject}__")
        case "intermediate":
            assert path.stem.startswith(f"int_{subject}__")
        case "kpis":
            assert path.stem.startswith("kpi_")
        case _:
            assert layer == "marts"
            assert not path.stem.startswith(("stg_", "int_", "kpi_"))


@pytest.mark.parametrize("path", PUBLISHED_FILES, ids=stem)
def test_a_published_model_types_each_of_its_columns(path: Path) -> None:
    columns = properties(path, "models")["columns"]
    assert columns
    assert all(column.get("data_type") for column in columns)


def test_contracts_are_enforced_on_all_that_is_published() -> None:
    project = yaml.safe_load((ROOT / "dbt_project" / "dbt_project.yml").read_text("utf-8"))
    for layer in PUBLISHED:
        assert project["models"]["skills"][layer]["+contract"] == {"enforced": True}
    for path in PUBLISHED_FILES:
        assert "contract" not in properties(path, "models").get("config", {})


# --- personal data ----------------------------------------------------------------------------


def landed_above_p1() -> set[str]:
    """Landing columns that hold personal data above P1."""
    names: set[str] = set()
    for contract in load_contracts().values():
        for column in contract.columns:
            if column.personal in ("P2", "P3"):
                names |= {
                    name
                    for name in column.landed_names()
                    if not name.endswith(LEFT_BEHIND)
                    and not (column.type in KEYED_TYPES and name.endswith("_id_status"))
                }
    return names


def renamed_in_staging() -> Iterator[tuple[str, str]]:
    for path in (MODELS / "staging").rglob("*.sql"):
        yield from re.findall(r"\b(\w+) as (\w+)\b", path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", PUBLISHED_FILES, ids=stem)
def test_nothing_above_p1_is_published(path: Path) -> None:
    secret = landed_above_p1()
    secret |= {new for old, new in renamed_in_staging() if old in secret}
    for column in properties(path, "models")["columns"]:
        assert column["name"] not in secret
        stated = column.get("config", {}).get("meta", {}).get("personal", "P0")
        assert stated in ("P0", "P1")


@pytest.mark.parametrize("path", PUBLISHED_FILES, ids=stem)
def test_what_a_person_leaves_behind_is_marked_p1(path: Path) -> None:
    for column in properties(path, "models")["columns"]:
        if column["name"] in ("person_key", "certificate_key", "birth_year", "sex_code"):
            assert column["config"]["meta"]["personal"] == "P1"


# --- the rules about SQL ----------------------------------------------------------------------


def test_the_asked_dates_are_read_in_one_model() -> None:
    texts = {path.stem: path.read_text(encoding="utf-8") for path in MODEL_FILES}
    run = "source('landing', 'run')"
    assert {stem for stem, text in texts.items() if run in text} == {"stg_landing__run"}
    assert not [stem for stem, text in texts.items() if "var(" in text], "a parse for each day"


@pytest.mark.parametrize("path", MODEL_FILES, ids=stem)
def test_a_model_is_plain_sql(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert "{%" not in text, "control flow belongs into a macro"
    assert "select distinct" not in text
    assert " qualify " not in text
    assert "::" not in text


def code_of(path: Path) -> str:
    """A model without its comments."""
    return re.sub(r"--.*", "", path.read_text(encoding="utf-8"))


def test_only_one_model_divides_and_one_judges_the_indicators() -> None:
    measures = sorted((MODELS / "kpis").glob("kpi_m[0-9]*.sql"))
    assert measures
    for path in measures:
        text = code_of(path)
        assert "/" not in re.sub(r"'[^']*'", "", text), f"{path.stem} divides"
        assert "target_value" not in text, f"{path.stem} knows a target"
    united = code_of(MODELS / "intermediate" / "kpis" / "int_kpis__evidence.sql")
    assert set(re.findall(r"ref\('(kpi_m\w+)'\)", united)) == {path.stem for path in measures}
    judging = {
        path.stem
        for path in MODEL_FILES
        if re.search(r"(then|else)\s+'(off_track|on_track|behind)'", code_of(path))
    }
    assert judging == {"kpi_scorecard"}


# --- the plan ---------------------------------------------------------------------------------


def test_the_plan_has_its_116_indicators_and_ours_are_marked_derived() -> None:
    indicators = rows_of("plan/indicators.csv")
    assert sum(row["target_kind"] != "derived" for row in indicators) == 116
    assert {row["measure_no"] for row in indicators} == {str(n) for n in range(24)}


def test_each_indicator_is_asked_and_no_unknown_one() -> None:
    asked = {row["indicator_id"] for row in rows_of("plan/targets.csv")}
    assert asked == {row["indicator_id"] for row in rows_of("plan/indicators.csv")}


def test_a_target_is_the_number_and_direction_that_the_plan_states() -> None:
    indicators = {row["indicator_id"]: row for row in rows_of("plan/indicators.csv")}
    laid = [row for row in rows_of("plan/targets.csv") if row["target_value"]]
    for row in laid:
        indicator = indicators[row["indicator_id"]]
        ends = [row["target_value"], row["upper_value"]]
        stated = [float(end) for end in indicator["target"].split("..")]
        assert [float(end) for end in ends if end] == stated
        assert row["direction"] == indicator["direction"]
        assert row["is_binding"] == "true"
    aimed = {name for name, row in indicators.items() if row["target"]}
    assert {row["indicator_id"] for row in laid} == aimed


def test_each_indicator_is_meant_somewhere() -> None:
    rows = rows_of("plan/targets.csv")
    derived = {
        row["indicator_id"]
        for row in rows_of("plan/indicators.csv")
        if row["target_kind"] == "derived"
    }
    meant = {row["indicator_id"] for row in rows if row["is_binding"] == "true"}
    assert meant == {row["indicator_id"] for row in rows} - derived


def test_what_the_plan_names_is_all_there() -> None:
    named = Counter(row["named_kind"] for row in rows_of("plan/named_members.csv"))
    named += Counter(row["item_group"] for row in rows_of("plan/items.csv"))
    expected = {
        "county_industry_pair": 15,
        "occupation": 19,
        "zhuhai_pair": 8,
        "destination_province": 4,
        "provincial_brand": 7,
        "municipal_brand": 6,
        "provincial_base": 3,
        "municipal_base_county": 3,
        "public_base": 4,
        "school_partnership": 2,
    }
    assert {kind: named[kind] for kind in expected} == expected

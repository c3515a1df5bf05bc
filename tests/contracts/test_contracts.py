"""Does the repository agree with itself: contracts, seeds, rendered sources, words for codes?"""

from __future__ import annotations

import copy
import re
from pathlib import Path

import pytest
import yaml

from ingestion import dbt_sources
from ingestion.contract import (
    FEEDS_DIR,
    BundledSource,
    ContractError,
    FeedContract,
    load_agencies,
    load_contracts,
)
from ingestion.places import SEEDS_DIR, UnitKind, load_gazetteer
from ingestion.reasons import Breach, BreachCode, RowReason, SkipReason

CONTRACTS = load_contracts()
each_contract = pytest.mark.parametrize("contract", CONTRACTS.values(), ids=list(CONTRACTS))

CONTRACT = """
title_zh: 样例
title_en: Sample
grain: one row per record
cadence: monthly
source: {kind: files, formats: [csv]}
delivery: {mode: snapshot, rows: {maximum: 10}}
key: [record_no]
columns:
  - {name: record_no, title_zh: 编号, type: text}
"""


def contract_of(tmp_path: Path, text: str) -> FeedContract:
    folder = tmp_path / "office"
    folder.mkdir()
    (folder / "_agency.yml").write_text("title_zh: 某局\ntitle_en: Office\n", encoding="utf-8")
    (folder / "records.yml").write_text(text, encoding="utf-8")
    return load_contracts(tmp_path)["office/records"]


@each_contract
def test_a_contract_is_named_by_its_path(contract: FeedContract) -> None:
    assert (FEEDS_DIR / contract.agency / f"{contract.feed}.yml").is_file()
    assert contract.agency in load_agencies()


@each_contract
def test_every_landed_name_is_landed_once(contract: FeedContract) -> None:
    names = contract.landed_names()
    assert len(set(names)) == len(names)
    assert not any(name.startswith("_") for name in names)


@each_contract
def test_no_plain_personal_value_has_a_landing_column(contract: FeedContract) -> None:
    plain = {column.name for column in contract.columns if column.personal == "P3"}
    assert not plain & set(contract.landed_names())


@each_contract
def test_a_range_fills_dates_that_say_which_is_exact(contract: FeedContract) -> None:
    for column in contract.columns:
        if column.into:
            ends = [contract.column(name) for name in column.into]
            assert all(end.type == "date" and end.precision == "month" for end in ends)


@each_contract
def test_a_name_key_stands_beside_each_masked_number(contract: FeedContract) -> None:
    for column in contract.columns:
        if column.type == "resident_id" and column.name in contract.key:
            who = column.name.removesuffix("_id_no")
            assert f"{who}_name_key" in contract.landed_names()


def test_a_ledger_lies_beside_each_bundled_contract() -> None:
    for contract in CONTRACTS.values():
        if isinstance(contract.source, BundledSource):
            assert (FEEDS_DIR / contract.agency / contract.source.file).is_file()


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("schedule: daily", "schedule"),
        ("agency: other", "come from the path"),
        ("key: [nobody]", "unknown columns"),
        ("- not a mapping", "YAML"),
    ],
)
def test_a_contract_that_says_too_much_or_wrong_is_refused(
    tmp_path: Path, line: str, complaint: str
) -> None:
    text = re.sub(r"^key: .*\n", "", CONTRACT, flags=re.MULTILINE) if "key" in line else CONTRACT
    with pytest.raises(ContractError, match=complaint):
        contract_of(tmp_path, f"{text}{line}\n")


@pytest.mark.parametrize(
    ("column", "complaint"),
    [
        ("type: date, at_least: nobody", "unknown column"),
        ("type: date, at_least: record_no", "dates with dates"),
        ("type: text, of_age_on: record_no", "goes with type resident_id"),
    ],
)
def test_a_column_is_compared_with_its_like(tmp_path: Path, column: str, complaint: str) -> None:
    with pytest.raises(ContractError, match=complaint):
        contract_of(tmp_path, f"{CONTRACT}  - {{name: other, title_zh: 其他, {column}}}\n")


@pytest.mark.parametrize(
    ("source", "mode"),
    [
        ("{kind: files, formats: [csv]}", "upsert"),
        ("{kind: database, system: platform, table: record}", "upsert"),
        ("{kind: database, system: platform, table: record, watermark: changed_at}", "append"),
    ],
)
def test_exports_stand_only_where_the_change_time_decides_between_two_ways(
    tmp_path: Path, source: str, mode: str
) -> None:
    text = CONTRACT.replace("{kind: files, formats: [csv]}", source).replace("snapshot", mode)
    text += "  - {name: changed_at, title_zh: 更新时间, type: datetime}\n"
    text += "exports: {kind: files, formats: [csv]}\n"
    with pytest.raises(ContractError, match="exports"):
        contract_of(tmp_path, text)


@each_contract
def test_each_way_in_is_a_contract_with_one_source(contract: FeedContract) -> None:
    assert [way.source for way in contract.ways] == [
        source for source in (contract.source, contract.exports) if source
    ]
    for way in contract.ways:
        assert (
            way.model_copy(update={"source": contract.source, "exports": contract.exports})
            == contract
        )
        assert way.ways == (way,)


def test_a_contract_error_names_file_and_place_but_not_the_value(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match=r"office/records\.yml: cadence") as caught:
        contract_of(tmp_path, CONTRACT.replace("monthly", "hunter2"))
    assert "hunter2" not in str(caught.value)


def test_a_contract_has_another_fingerprint_as_soon_as_anything_changes(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    one = contract_of(tmp_path / "a", CONTRACT)
    other = contract_of(tmp_path / "b", CONTRACT.replace("编号", "序号"))
    assert one.fingerprint() != other.fingerprint()


def test_rendered_dbt_sources_are_not_stale() -> None:
    assert dbt_sources.stale_sources() == [], "run python -m ingestion.dbt_sources"


def test_rendering_writes_what_is_stale_and_removes_leftovers(tmp_path: Path) -> None:
    written = dbt_sources.write_sources(tmp_path)
    assert written
    assert dbt_sources.write_sources(tmp_path) == []
    leftover = tmp_path / "gone" / "_gone__sources.yml"
    leftover.parent.mkdir()
    leftover.write_text("version: 2\n", encoding="utf-8")
    (tmp_path / written[0]).write_text("edited by hand\n", encoding="utf-8")
    assert len(dbt_sources.stale_sources(tmp_path)) == 2
    dbt_sources.write_sources(tmp_path)
    assert not leftover.exists()
    assert dbt_sources.stale_sources(tmp_path) == []


@each_contract
def test_a_source_describes_every_landed_column(contract: FeedContract) -> None:
    (source,) = [
        yaml.safe_load(text)["sources"][0]
        for path, text in dbt_sources.render_sources().items()
        if path.parent.name == contract.agency
    ]
    (table,) = [table for table in source["tables"] if table["name"] == contract.feed]
    names = [column["name"] for column in table["columns"]]
    assert names == [*contract.landed_names(), "_batch_id", "_sheet", "_row_number"]
    assert all(column["description"] for column in table["columns"])


@pytest.mark.parametrize("catalogue", [RowReason, SkipReason, BreachCode])
def test_every_code_has_words_in_both_languages(
    catalogue: type[RowReason] | type[SkipReason] | type[BreachCode],
) -> None:
    for code in catalogue:
        assert re.search(r"[一-龥]", code.text_zh)
        assert (
            code.text_en.isascii()
            or "上旬" in code.text_en
            or "约" in code.text_en
            or "是" in (code.text_en)
        )


def test_a_breach_reads_the_same_after_a_journey_between_processes() -> None:
    breach = Breach(BreachCode.COLUMN_MISSING, "台账.xlsx", "姓名 is missing. Add it.")
    again = copy.copy(breach)  # as a child process sends it
    assert (again.code, again.where, again.message) == (breach.code, breach.where, breach.message)
    assert breach.text_zh == "台账.xlsx：缺少必需的列"


@pytest.mark.parametrize("kind", ["area", "department"])
def test_every_alias_leads_to_a_place_of_the_reference_list(kind: UnitKind) -> None:
    gazetteer = load_gazetteer(kind)
    assert set(gazetteer.words.values()) <= set(gazetteer.places)
    assert (SEEDS_DIR / "reference" / f"{kind}s.csv").is_file()


def test_fifteen_units_report() -> None:
    units = [code for code, place in load_gazetteer("area").places.items() if place.is_unit]
    assert len(units) == 16  # the fifteen and 市本级

"""Does each row land as it was meant, or stand in quarantine with the right reason?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pyarrow as pa
import pytest

from ingestion.checks import (
    Checked,
    Sheet,
    canonical_hash,
    check,
    record_keys,
    refuse_unacceptable,
)
from ingestion.contract import FeedContract, load_contracts
from ingestion.identity import check_digit
from ingestion.reasons import Breach, BreachCode, SkipReason
from ingestion.vault import KeyRing

LEDGERS = load_contracts()["county/training_ledgers"]
ENROLMENTS = load_contracts()["hrss/enrolments"]
CERTIFICATES = load_contracts()["hrss/certificates"]
KEYS = KeyRing(b"a secret for tests, of invented people", 1)
ON = date(2024, 7, 10)

Row = Mapping[str, str | None]


def number(sequence: int) -> str:
    """An invented person's number: region 529999 was never assigned."""
    day = 1 + sequence // 1000 % 28
    month, year = 1 + sequence // 28_000 % 12, 1960 + sequence // 336_000 % 40
    seventeen = f"529999{year}{month:02d}{day:02d}{sequence % 1000:03d}"
    return seventeen + check_digit(seventeen)


GOOD: Row = {
    "person_name": "样例甲",
    "person_id_no": number(1),
    "institution_name": "样例培训学校",
    "occupation": "焊工",
    "started_on": "2024-05-06",
    "ended_on": "2024-05-20",
    "completion": "合格",
    "subsidy_cny": "1,200.00",
}


def sheet(
    contract: FeedContract,
    rows: Sequence[Row],
    *,
    name: str = "台账",
    kinds: Mapping[str, str] | None = None,
    skips: Sequence[str | None] = (),
    faults: Sequence[str | None] = (),
) -> Sheet:
    """A table as a reader yields it; ``kinds`` per column, text where not said."""
    names = [column.name for column in contract.columns if any(column.name in row for row in rows)]
    own = kinds or {}
    letters = "".join(own.get(column.name, "t") for column in contract.columns)
    count = len(rows)
    columns: dict[str, Any] = {
        name: pa.array([row.get(name) for row in rows], pa.string()) for name in names
    }
    columns |= {
        "_row_number": pa.array(range(4, 4 + count), pa.int64()),
        "_kinds": pa.array([letters] * count, pa.string()),
        "_skip": pa.array([*skips, *[None] * (count - len(skips))], pa.string()),
        "_fault": pa.array([*faults, *[None] * (count - len(faults))], pa.string()),
    }
    return Sheet(name, pa.table(columns), year=2024)


def judged(
    *rows: Row, contract: FeedContract = LEDGERS, kinds: Mapping[str, str] | None = None
) -> Checked:
    return check([sheet(contract, rows, kinds=kinds)], contract, KEYS, delivered_on=ON)


def landed(checked: Checked) -> dict[str, Any]:
    (row,) = checked.landed.to_pylist()
    return dict(row)


def reasons(
    *rows: Row, contract: FeedContract = LEDGERS, kinds: Mapping[str, str] | None = None
) -> list[tuple[int, str, str]]:
    checked = judged(*rows, contract=contract, kinds=kinds)
    return [
        (row["row_number"], row["column_name"], row["reason"])
        for row in checked.rejected.to_pylist()
    ]


def test_a_good_row_lands_as_canonical_text() -> None:
    row = landed(judged(GOOD))
    assert list(row) == [*LEDGERS.landed_names(), "_sheet", "_row_number"]
    assert row["completion"] == "completed"
    assert row["subsidy_cny"] == "1200.00"
    assert (row["started_on"], row["started_on_precision"]) == ("2024-05-06", "day")
    assert (row["_sheet"], row["_row_number"]) == ("台账", 4)


def test_a_person_lands_as_key_mask_birth_year_and_sex_only() -> None:
    checked = judged(GOOD)
    row = landed(checked)
    assert row["person_key"] == str(KEYS.person_key(number(1)))
    assert row["person_name_key"] == str(KEYS.key("person_name", "样例甲"))
    assert (row["person_id_status"], row["person_key_version"]) == ("valid", "1")
    assert row["person_birth_year"] == "1960"
    assert row["person_sex"] == "male"
    everything = str(checked.landed.to_pylist()) + str(checked.rejected.to_pylist())
    assert number(1) not in everything
    assert "样例甲" not in everything


def test_plain_values_go_to_the_vault_for_rows_that_land_only() -> None:
    bad = {**GOOD, "person_id_no": number(2), "person_name": "样例乙", "completion": "也许"}
    checked = judged(GOOD, bad)
    kept = {row["plaintext"] for row in checked.secrets.to_pylist()}
    assert kept == {number(1), "样例甲"}
    assert "plaintext" not in repr(checked)


def test_a_rejected_row_is_pointed_at_and_never_quoted() -> None:
    wrong = number(1)[:17] + ("1" if number(1)[17] != "1" else "2")
    checked = judged(GOOD, {**GOOD, "person_id_no": wrong, "completion": "也许"})
    assert checked.rejected.to_pylist() == [
        {
            "sheet": "台账",
            "row_number": 5,
            "record_key": None,
            "column_name": "person_id_no",
            "reason": "ID_BAD_CHECK_DIGIT",
            "reasons": "person_id_no:ID_BAD_CHECK_DIGIT,completion:CODE_UNKNOWN",
            "record_digest": None,
        }
    ]


def test_a_number_in_an_id_column_is_never_an_id() -> None:
    assert reasons(GOOD, kinds={"person_id_no": "n"}) == [(4, "person_id_no", "ID_WAS_NUMBER")]


def test_a_blank_in_a_column_that_must_be_filled_rejects_the_row() -> None:
    assert reasons({**GOOD, "occupation": None}) == [(4, "occupation", "CELL_BLANK")]
    assert reasons({**GOOD, "occupation": "　"}) == [(4, "occupation", "CELL_BLANK")]
    assert reasons({**GOOD, "subsidy_cny": "　"}) == []


def test_an_error_or_a_formula_without_result_is_no_blank() -> None:
    row = {**GOOD, "subsidy_cny": None, "training_hours": None}
    assert reasons(row, kinds={"subsidy_cny": "e", "training_hours": "f"}) == [
        (4, "training_hours", "FORMULA_NOT_CALCULATED")
    ]


def test_a_range_fills_the_two_dates() -> None:
    row = {name: value for name, value in GOOD.items() if name not in ("started_on", "ended_on")}
    found = landed(judged({**row, "training_dates": "2024.05.06-05.20"}))
    assert (found["started_on"], found["ended_on"]) == ("2024-05-06", "2024-05-20")
    assert found["ended_on_precision"] == "day"
    assert reasons(row) == [(4, "started_on", "CELL_BLANK")]
    assert reasons({**row, "training_dates": "五月上旬"}) == [(4, "training_dates", "DATE_VAGUE")]


def test_an_end_before_its_start_is_refused_in_two_columns_too() -> None:
    row = {**GOOD, "started_on": "2024-05-20", "ended_on": "2024-05-06"}
    assert reasons(row) == [(4, "ended_on", "DATE_RANGE_REVERSED")]


def test_nobody_signs_out_before_signing_in() -> None:
    contract = load_contracts()["hrss/attendance"]
    row = {
        "attendance_no": "KQ0000000001", "enrolment_no": "BM00000001", "class_no": "PX1",
        "person_id_no": number(1), "session_on": "2024-05-06", "session_no": "1", "hours": "4",
        "status": "出勤", "updated_at": "2024-05-06 12:30:00",
    }  # fmt: skip
    signed = {"signed_in_at": "2024-05-06 08:00:00", "signed_out_at": "2024-05-06 07:59:59"}
    assert reasons({**row, **signed}, contract=contract) == [
        (4, "signed_out_at", "DATE_RANGE_REVERSED")
    ]
    assert reasons({**row, "signed_out_at": "2024-05-06 07:59:59"}, contract=contract) == []
    assert reasons({**row, **signed, "signed_out_at": ""}, contract=contract) == []


def test_a_column_is_never_below_the_one_that_the_contract_names() -> None:
    contract = load_contracts()["hrss/talent_stock"]
    stock = {"area": "仁怀市", "skilled_count": "10", "high_skilled_count": "11"}
    assert reasons(stock, contract=contract) == [(4, "skilled_count", "NUMBER_BELOW_PART")]
    assert reasons({**stock, "high_skilled_count": "9"}, contract=contract) == []


def test_one_county_in_two_spellings_is_told_twice() -> None:
    contract = load_contracts()["hrss/talent_stock"]
    told = [
        {"area": area, "skilled_count": "10", "high_skilled_count": "1"}
        for area in ("仁怀", "520382", "样例县", "样例乡")
    ]
    assert reasons(*told, contract=contract) == [(5, "area", "KEY_DUPLICATE")]


def test_nobody_is_trained_as_a_child() -> None:
    born_in_1990 = number(30 * 336_000)
    row = {**GOOD, "person_id_no": born_in_1990, "started_on": "1999-05-06"}
    assert reasons(row) == [(4, "person_id_no", "ID_AGE_OUT_OF_RANGE")]


def test_of_equal_keys_the_first_that_can_land_does() -> None:
    broken = {**GOOD, "completion": "也许"}
    assert reasons(broken, GOOD, GOOD) == [
        (4, "completion", "CODE_UNKNOWN"),
        (6, "person_id_no", "KEY_DUPLICATE"),
    ]


@pytest.mark.parametrize(
    "parts",
    [
        "ABC DEF GHI",
        "ABC CDE FGH",
        "ABC DED EFA",
        "ABC ABC",
        "DEF ABC DBF",
        "BAC CAB",
        "AABB CC",
        "ABC . DAE",
        "É EÉ Z",
    ],
)
def test_a_key_that_comes_again_is_told_in_whatever_order_keys_come(parts: str) -> None:
    row = {
        "class_no": "C1",
        "person_name": "样例甲",
        "person_id_no": number(1),
        "completion": "结业",
        "updated_at": "2024-05-06 08:00:00",
    }
    sheets = [
        sheet(
            ENROLMENTS,
            [{**row, "enrolment_no": f"BM{key}"} for key in part if key != "."],
            name=part,
        )
        for part in parts.split()
    ]
    keys = parts.replace(".", "").replace(" ", "")
    checked = check(sheets, ENROLMENTS, KEYS, delivered_on=ON)
    assert checked.landed.column("enrolment_no").to_pylist() == [
        f"BM{key}" for key in dict.fromkeys(keys)
    ]
    assert checked.rejected.column("reason").to_pylist() == ["KEY_DUPLICATE"] * (
        len(keys) - len(set(keys))
    )


def test_keys_are_compared_over_all_sheets_of_a_batch() -> None:
    sheets = [sheet(LEDGERS, [GOOD], name="1月"), sheet(LEDGERS, [GOOD], name="2月")]
    checked = check(sheets, LEDGERS, KEYS, delivered_on=ON)
    assert checked.rows_landed == 1
    assert [row["sheet"] for row in checked.rejected.to_pylist()] == ["2月"]


def test_a_masked_number_is_one_person_only_together_with_a_name() -> None:
    masked = {**GOOD, "person_id_no": "520302********0028"}
    hidden = {**masked, "person_name": "样*"}
    assert judged(masked, masked).rows_landed == 1
    assert judged(masked, {**masked, "person_name": "样例乙"}).rows_landed == 2
    assert judged(hidden, hidden).rows_landed == 2
    row = landed(judged(masked))
    assert (row["person_key"], row["person_id_status"]) == (None, "masked")


def test_rows_that_are_no_records_are_counted_and_left_out() -> None:
    rows = sheet(
        LEDGERS, [GOOD, {"occupation": "合计"}, {}], skips=[None, "TOTAL_ROW", "BLANK_ROW"]
    )
    checked = check([rows], LEDGERS, KEYS, delivered_on=ON)
    assert checked.skipped == Counter({SkipReason.TOTAL_ROW: 1, SkipReason.BLANK_ROW: 1})
    assert (checked.rows_landed, checked.rows_rejected, checked.rows_skipped) == (1, 0, 2)


def test_a_row_that_the_reader_found_broken_is_rejected_as_a_whole() -> None:
    checked = check([sheet(LEDGERS, [GOOD], faults=["ROW_RAGGED"])], LEDGERS, KEYS, delivered_on=ON)
    (row,) = checked.rejected.to_pylist()
    assert (row["column_name"], row["reason"]) == ("", "ROW_RAGGED")


def test_the_document_type_decides_what_a_number_may_be() -> None:
    row = {
        "enrolment_no": "BM001",
        "class_no": "C1",
        "person_name": "样例甲",
        "document_type": "台湾居民来往大陆通行证",
        "person_id_no": "52999901",
        "completion": "结业",
        "updated_at": "2024-05-06 08:00:00",
    }
    assert landed(judged(row, contract=ENROLMENTS))["person_id_status"] == "permit"
    plain = judged({**row, "document_type": None}, contract=ENROLMENTS)
    assert plain.rejected.column("reason").to_pylist() == ["ID_BAD_SHAPE"]
    assert plain.rejected.column("record_key").to_pylist() == ["BM001"]
    assert plain.rejected.column("record_digest").null_count == 0


def test_the_watermark_is_that_of_all_rows() -> None:
    row = {"enrolment_no": "BM001", "updated_at": "2024-05-06 08:00:00"}
    later = {"enrolment_no": "E2", "updated_at": "2024-05-06 09:00:00"}
    assert judged(row, later, contract=ENROLMENTS).watermark == "2024-05-06 09:00:00"


def test_a_certificate_that_holds_an_id_shows_its_ends_only() -> None:
    row = {
        "certificate_no": f"T{number(3)}",
        "person_name": "样例甲",
        "person_id_no": number(3),
        "certificate_kind": "职业技能等级",
        "occupation": "焊工",
        "issued_on": "2024-05-06",
        "status": "有效",
        "updated_at": "2024-05-06 08:00:00",
    }
    found = landed(judged(row, contract=CERTIFICATES))
    assert number(3) not in str(found)
    assert found["certificate_no_key"] == str(KEYS.key("certificate_no", f"T{number(3)}"))


def test_a_record_is_named_by_its_number_but_never_by_words_or_a_persons_number() -> None:
    def shown(key: str, faults: Sequence[str | None] = ()) -> str | None:
        rows = sheet(ENROLMENTS, [{"enrolment_no": key}], faults=faults)
        checked = check([rows], ENROLMENTS, KEYS, delivered_on=ON)
        (name,) = checked.rejected.column("record_key").to_pylist()
        return name

    assert shown("BM5203022024-00017") == "BM5203022024-00017"
    for key in ("样例甲", number(1), f" {number(1)} ", "13800000000", "6222000000000000000"):
        assert shown(key) is None
    assert number(1) not in str(shown(f"T{number(1)}"))
    assert shown("BM001", faults=["ROW_RAGGED"]) is None


def test_a_repeated_record_of_a_watermark_feed_is_known_again() -> None:
    row = {
        "enrolment_no": "BM001",
        "class_no": "C1",
        "person_name": "样例甲",
        "person_id_no": number(1),
        "completion": "结业",
        "updated_at": "2024-05-06 08:00:00",
    }
    checked = judged(row, row, contract=ENROLMENTS)
    assert checked.rejected.column("reason").to_pylist() == ["KEY_DUPLICATE"]
    assert checked.rejected.column("record_digest").null_count == 0


def test_no_row_is_lost_on_the_way() -> None:
    rows = [{**GOOD, "person_id_no": number(i), "completion": "合格是?"[i % 4]} for i in range(50)]
    checked = judged(*rows)
    assert checked.rows_of_data == 50


def acceptable(checked: Checked, *, is_increment: bool = False) -> BreachCode | None:
    try:
        refuse_unacceptable(checked, LEDGERS, "a file", is_increment=is_increment)
    except Breach as breach:
        return breach.code
    return None


def test_a_batch_that_cannot_be_meant_is_refused() -> None:
    assert acceptable(judged(GOOD)) is None
    assert acceptable(judged()) is BreachCode.DELIVERY_EMPTY
    assert acceptable(judged({**GOOD, "completion": "?"})) is BreachCode.ALL_ROWS_REJECTED
    assert acceptable(judged({**GOOD, "completion": "?"}), is_increment=True) is None


def test_the_row_band_counts_records_not_totals() -> None:
    band = LEDGERS.delivery.rows.model_copy(update={"minimum": 2})
    terms = LEDGERS.delivery.model_copy(update={"rows": band})
    contract = LEDGERS.model_copy(update={"delivery": terms})
    rows = sheet(contract, [GOOD, {}], skips=[None, "TOTAL_ROW"])
    checked = check([rows], contract, KEYS, delivered_on=ON)
    with pytest.raises(Breach) as caught:
        refuse_unacceptable(checked, contract, "a file", is_increment=False)
    assert caught.value.code is BreachCode.ROWS_OUT_OF_BAND


def test_the_same_rows_have_the_same_hash_in_any_order_and_place() -> None:
    other = {**GOOD, "person_id_no": number(2)}
    there = check([sheet(LEDGERS, [other, GOOD], name="别处")], LEDGERS, KEYS, delivered_on=ON)
    assert canonical_hash(judged(GOOD, other), LEDGERS) == canonical_hash(there, LEDGERS)


def test_any_other_content_has_another_hash() -> None:
    variants = [
        judged(GOOD),
        judged({**GOOD, "subsidy_cny": None}),
        judged({**GOOD, "subsidy_cny": "1300"}),
        judged(GOOD, {**GOOD, "completion": "?"}),
        judged(GOOD, {**GOOD, "occupation": "电工"}),
        judged(),
    ]
    assert len({canonical_hash(variant, LEDGERS) for variant in variants}) == len(variants)


def test_the_hash_of_a_batch_is_the_same_for_ever() -> None:
    """What landed years ago is known again, under whatever version of whatever library."""
    rows = pa.table(
        {name: pa.array([name, None, "样例" * 30]) for name in LEDGERS.landed_names()}
        | {"_sheet": ["", "", ""], "_row_number": [1, 2, 3]}
    )
    checked = replace(judged(), landed=rows)
    assert canonical_hash(checked, LEDGERS)[:16] == "fb59ad68ffcb4826"


def test_record_keys_tell_records_apart() -> None:
    rows = judged(GOOD, {**GOOD, "occupation": "电工"}).landed
    assert len(set(record_keys(rows, LEDGERS).to_pylist())) == 2


def test_a_hundred_thousand_rows_are_judged_at_once() -> None:
    rows = [
        {**GOOD, "person_id_no": number(i), "person_name": f"样例{i % 20_000}"}
        for i in range(100_000)
    ]
    table = sheet(LEDGERS, rows)
    checked = check([table], LEDGERS, KEYS, delivered_on=ON)
    assert checked.rows_landed == 100_000

"""Do we tell who a document number stands for, and refuse to guess where it says nothing?"""

from __future__ import annotations

import time
from datetime import date

import pytest
from hypothesis import strategies as st

from ingestion.identity import (
    Identified,
    IdStatus,
    bank_account,
    certificate_number,
    check_digit,
    credit_code,
    identify,
    organisation_code_checks,
    person_name,
    phone,
)
from ingestion.reasons import RowReason

ON = date(2025, 6, 30)
TAIWAN = "台湾居民来往大陆通行证"


def number(birth: str = "19900307", sequence: str = "451") -> str:
    """An invented person's number: region 529999 was never assigned."""
    seventeen = f"529999{birth}{sequence}"
    return seventeen + check_digit(seventeen)


VALID = number()


def judged(raw: str, kind: str = "t", document_type: str | None = None) -> Identified | RowReason:
    return identify(raw, kind, document_type, ON)


def accepted(raw: str, document_type: str | None = None) -> Identified:
    verdict = judged(raw, document_type=document_type)
    assert isinstance(verdict, Identified), verdict
    return verdict


# --- the standard's own numbers ---------------------------------------------------------------


def test_sample_numbers_of_the_standard_are_valid() -> None:
    verdict = accepted("11010519491231002X")
    assert (verdict.status, verdict.birth_year, verdict.sex) == (IdStatus.VALID, "1949", "female")
    old = identify("440524188001010014", "t", None, date(1970, 1, 1))
    assert isinstance(old, Identified)
    assert (old.birth_year, old.sex) == ("1880", "male")


def test_fifteen_digits_become_eighteen() -> None:
    verdict = accepted("110105491231002")
    assert verdict.status is IdStatus.VALID_15
    assert verdict.normalised == "11010519491231002X"


@pytest.mark.parametrize("region", ["520302", "520383", "522101", "810000", "820000", "830000"])
def test_any_region_passes_since_it_only_tells_where_somebody_was_registered(region: str) -> None:
    seventeen = f"{region}19880315002"
    assert accepted(seventeen + check_digit(seventeen)).status is IdStatus.VALID


def test_a_foreign_resident_card_is_checked_like_an_id() -> None:
    seventeen = "95215619800101002"
    verdict = accepted(seventeen + check_digit(seventeen))
    assert (verdict.status, verdict.birth_year) == (IdStatus.VALID, "1980")
    wrong = "2" if check_digit(seventeen) == "1" else "1"
    assert judged(seventeen + wrong) is RowReason.ID_BAD_CHECK_DIGIT


# --- spellings of one number ------------------------------------------------------------------

WITH_X = next(n for n in (number(sequence=f"{i:03}") for i in range(100, 200)) if n.endswith("X"))
FULL_WIDTH = str.maketrans("0123456789X", "０１２３４５６７８９Ｘ")


@pytest.mark.parametrize(
    "spelling",
    [
        WITH_X.lower(),
        WITH_X.translate(FULL_WIDTH),
        WITH_X[:-1] + "ｘ",
        f" {WITH_X}\t",
        f"{WITH_X[:6]} {WITH_X[6:14]} {WITH_X[14:]}",
        f"{WITH_X[:6]}\u3000{WITH_X[6:]}",
        f"\u202d{WITH_X}\u202c",
        f"\ufeff{WITH_X[:9]}\u200b{WITH_X[9:]}\u00a0",
        f'="{WITH_X}"',
        f"={WITH_X}",
        f"'{WITH_X}",
    ],
)
def test_spellings_of_one_number_are_one_person(spelling: str) -> None:
    assert accepted(spelling) == accepted(WITH_X)


@pytest.mark.parametrize("look_alike", ["\u0425", "\u03a7", "×", "\u2169", "*", "Ｙ"])
def test_a_letter_that_looks_like_x_is_refused(look_alike: str) -> None:
    assert judged(WITH_X[:-1] + look_alike) is RowReason.ID_BAD_CHARACTER


@pytest.mark.parametrize("digit", ["\u0663", "³", "₃", "③", "O", "三", "Ⅲ", "𝟑"])
def test_a_digit_of_another_kind_is_refused_before_it_could_be_normalised(digit: str) -> None:
    assert judged(VALID[:9] + digit + VALID[10:]) is RowReason.ID_BAD_CHARACTER


# --- what a spreadsheet ruined ----------------------------------------------------------------


def test_a_numeric_cell_is_never_an_id_whatever_its_check_digit_says() -> None:
    assert judged(VALID, "n") is RowReason.ID_WAS_NUMBER
    assert judged("11010519491231002X", "n") is RowReason.ID_WAS_NUMBER
    assert judged("5.20302E+17", "n") is RowReason.ID_WAS_NUMBER


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("e", RowReason.CELL_ERROR),
        ("f", RowReason.FORMULA_NOT_CALCULATED),
        ("d", RowReason.ID_BAD_SHAPE),
        ("b", RowReason.ID_BAD_SHAPE),
    ],
)
def test_a_cell_of_another_type_is_no_id(kind: str, reason: RowReason) -> None:
    assert judged(VALID, kind) is reason


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("5.20302E+17", RowReason.ID_SCIENTIFIC),
        ("5.29999e17", RowReason.ID_SCIENTIFIC),
        ("５．２９９９９Ｅ＋１７", RowReason.ID_SCIENTIFIC),
        (f"{number()[:17]}0.0", RowReason.ID_WAS_NUMBER),
        ("529999199003074000", RowReason.ID_PRECISION_LOST),
        ("529999199013074518", RowReason.ID_BAD_DATE),
        ("529999199002300019", RowReason.ID_BAD_DATE),
        ("52999919900307451", RowReason.ID_BAD_SHAPE),
        ("5299991990030745123", RowReason.ID_BAD_SHAPE),
        ("529999-19900307-4512", RowReason.ID_BAD_SHAPE),
        ("029999199003074512", RowReason.ID_BAD_SHAPE),
        ("12345679", RowReason.ID_BAD_SHAPE),
        ("E12345678", RowReason.ID_BAD_SHAPE),
        ("身份证遗失", RowReason.ID_BAD_CHARACTER),
        ("111111111111111111", RowReason.ID_PLACEHOLDER),
        ("123456789012345678", RowReason.ID_PLACEHOLDER),
        ("000000000000000", RowReason.ID_PLACEHOLDER),
        ("无", RowReason.ID_PLACEHOLDER),
        ("null", RowReason.ID_PLACEHOLDER),
        ("/", RowReason.ID_PLACEHOLDER),
        ("——", RowReason.ID_PLACEHOLDER),
        ("******", RowReason.ID_PLACEHOLDER),
        ("H00000000", RowReason.ID_PLACEHOLDER),
    ],
)
def test_what_is_no_id_has_its_reason(raw: str, reason: RowReason) -> None:
    assert judged(raw) is reason


def test_a_cell_of_blanks_is_blank_whatever_its_column() -> None:
    for blank in ("", " \u200b", "\u3000\t", '=""', "'"):
        assert judged(blank) is RowReason.CELL_BLANK
        assert credit_code(blank) is RowReason.CELL_BLANK
        assert certificate_number(blank) is RowReason.CELL_BLANK


def test_a_wrong_check_digit_is_refused() -> None:
    wrong = VALID[:-1] + ("0" if VALID[-1] != "0" else "1")
    assert judged(wrong) is RowReason.ID_BAD_CHECK_DIGIT


@pytest.mark.parametrize(
    ("birth", "is_accepted"),
    [
        ("20110630", True),  # fourteen today
        ("20110701", False),  # fourteen tomorrow
        ("19240701", True),  # a hundred, and a hundred and one tomorrow
        ("19240630", False),
        ("20260101", False),
    ],
)
def test_the_age_is_taken_at_the_reference_date(birth: str, is_accepted: bool) -> None:
    verdict = judged(number(birth))
    assert isinstance(verdict, Identified) is is_accepted
    if not is_accepted:
        assert verdict is RowReason.ID_AGE_OUT_OF_RANGE


# --- permits and masks ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "document_type", "normalised", "masked"),
    [
        ("H12345679", None, "H12345679", "H******79"),
        ("m1234567901", None, "M12345679", "M******79"),
        ("12345679", TAIWAN, "12345679", "1*****79"),
        ("1234567901(B)", "台胞证", "12345679", "1*****79"),
        ("CAN123456789012", None, "CAN123456789012", "CAN**********12"),
    ],
)
def test_permits_are_known_by_form_and_by_what_the_sender_says(
    raw: str, document_type: str | None, normalised: str, masked: str
) -> None:
    verdict = accepted(raw, document_type)
    assert verdict == Identified(IdStatus.PERMIT, normalised, masked)


@pytest.mark.parametrize(
    ("raw", "masked"),
    [
        ("529999********0028", "529*************28"),
        ("5299***********028", "529*************28"),
        ("****************0028", "****************28"),
        ("529999XXXXXXXX0028", "529*************28"),
        ("529999xxxxxxxx002x", "529*************2X"),
        ("5299991988****002X", "529*************2X"),
        ("529999××××××××0028", "529*************28"),
        ("529999＊＊＊＊＊＊＊＊0028", "529*************28"),
        ("529999****1988****", "529*************" + "**"),
        ("529999●●●●●●●●0028", "529*************28"),
    ],
)
def test_a_number_that_the_sender_hid_stands_for_nobody(raw: str, masked: str) -> None:
    verdict = accepted(raw)
    assert (verdict.status, verdict.normalised) == (IdStatus.MASKED, None)
    assert verdict.masked == masked
    assert verdict.birth_year is None


# --- properties -------------------------------------------------------------------------------

births = st.dates(date(1930, 1, 1), date(2010, 12, 31)).map(lambda day: f"{day:%Y%m%d}")
sequences = st.integers(0, 999).map(lambda i: f"{i:03}")
numbers = st.builds(number, births, sequences)


@pytest.mark.parametrize("filling", ["*", "1*", "X", "5", "=", "'", " ", "\u200b", "a"])
def test_a_cell_full_of_anything_takes_no_time(filling: str) -> None:
    hostile = filling * 32_767 + "!"
    started = time.perf_counter()
    for judge in (judged, credit_code, certificate_number, person_name, phone, bank_account):
        judge(hostile)
    assert time.perf_counter() - started < 10


# --- credit codes -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "code",
    [
        "91529999MA00003300",  # check character 0 needs the outer remainder
        "91529999MA000039X0",
        "91110000600037341L",
        "N2529999A00000011X",  # village co-operatives begin with a letter
    ],
)
def test_credit_codes_are_valid(code: str) -> None:
    assert credit_code(code) == code
    assert credit_code(f" {code.lower()}\t") == code
    assert organisation_code_checks(code)


@pytest.mark.parametrize(
    "raw",
    [
        "91529999MA00003301",
        "91529999MA0000330",
        "91529999MAO0003300",
        "000000000000000000",
        "12345678-9",
        "無",
    ],
)
def test_what_is_no_credit_code_is_refused(raw: str) -> None:
    assert credit_code(raw) is RowReason.CREDIT_CODE_INVALID


def test_a_credit_code_that_was_a_number_is_refused() -> None:
    assert credit_code("91529999MA00003300", "n") is RowReason.CREDIT_CODE_INVALID


def test_an_organisation_code_of_its_own_is_checked() -> None:
    assert organisation_code_checks("60003734-1")
    assert not organisation_code_checks("60003734-2")
    assert not organisation_code_checks("6000")


# --- certificates, names, phones, accounts ----------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("Y000052000001241000001", "Y000052000001241000001"),
        ("ｙ０00052000001241000001", "Y000052000001241000001"),
        ("黔人社职鉴〔2024〕001号", "黔人社职鉴〔2024〕001号"),
        (f"T{VALID}", f"T529*************{VALID[16:]}"),
        (VALID, f"529*************{VALID[16:]}"),
        (f"{VALID}43", f"529*************{VALID[16:]}43"),
        ("T529999199003074510", "T529*************10"),
    ],
)
def test_a_certificate_number_is_landed_without_the_id_inside(raw: str, shown: str) -> None:
    verdict = certificate_number(raw)
    assert not isinstance(verdict, RowReason)
    assert verdict.shown == shown
    assert VALID not in repr(verdict)


@pytest.mark.parametrize(
    ("raw", "kind"),
    [("2452010000512345", "n"), ("2.45E+15", "t"), ("无", "t"), ("1", "t"), ("x" * 90, "t")],
)
def test_what_is_no_certificate_number_is_refused(raw: str, kind: str) -> None:
    assert certificate_number(raw, kind) is RowReason.CERTIFICATE_NO_INVALID


def test_names_of_one_person_have_one_spelling() -> None:
    assert person_name("张　三 ") == person_name("张三") == "张三"
    dots = "·•・‧"
    assert {person_name(f"阿卜杜{dot}卡迪尔") for dot in dots} == {"阿卜杜·卡迪尔"}
    assert person_name("𠮷䶮") == "𠮷䶮"


@pytest.mark.parametrize("hidden", ["张*三", "张**", "张某某", "张?", " "])
def test_a_hidden_name_makes_no_key(hidden: str) -> None:
    assert person_name(hidden) is None


@pytest.mark.parametrize(
    ("raw", "normalised"),
    [
        ("13800001234", "13800001234"),
        ("+86 138-0000-1234", "13800001234"),
        ("１３８００００１２３４", "13800001234"),
        ("13800001234.0", "13800001234"),
        ("0851-28001234", "85128001234"),
        ("85128001234", "85128001234"),
        ("138****1234", None),
        ("1.38E+10", None),
        ("11111111111", None),
        ("无", None),
    ],
)
def test_phones_have_one_spelling_or_none(raw: str, normalised: str | None) -> None:
    assert phone(raw) == normalised


def test_an_account_that_was_a_number_may_have_lost_digits() -> None:
    assert bank_account("6228 4800 1234 5678 901") == "6228480012345678901"
    assert bank_account("6228480012345678901", "n") is None
    assert bank_account("000000000000") is None

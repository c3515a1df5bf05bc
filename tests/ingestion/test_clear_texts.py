"""Is what is called clear just what the judges of single cells would give back?"""

from __future__ import annotations

import re
from datetime import date
from typing import Final

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.cells import CellContext, Parsed, parse_cell
from ingestion.clear_ids import about_clear_ids, clear_ids
from ingestion.clear_texts import clear
from ingestion.contract import Column
from ingestion.identity import Identified, check_digit, identify
from ingestion.personal_numbers import CANDIDATE, is_personal, may_be_personal
from ingestion.text_arrays import hashes, shapes

ON: Final = date(2024, 6, 30)
COLUMNS: Final = {
    "text": Column(name="note", title_zh="备注", type="text"),
    "date": Column(name="held_on", title_zh="日期", type="date"),
    "datetime": Column(name="held_at", title_zh="时间", type="datetime"),
    "integer": Column(name="people", title_zh="人数", type="integer", minimum=1, maximum=5000),
    "decimal": Column(name="hours", title_zh="学时", type="decimal", minimum=0, maximum=24),
    "money": Column(name="paid_cny", title_zh="金额", type="money", minimum=0.5),
}
#: Texts of which many are clear, and many nearly so.
TEXTS: Final = {
    "text": st.from_regex(r"[0-9A-Za-z ][0-9A-Za-z_./: -]{0,30}", fullmatch=True)
    | st.from_regex(CANDIDATE),
    "date": st.from_regex(r"(19|20)[0-9]{2}-[01][0-9]-[0-3][0-9]", fullmatch=True),
    "datetime": st.from_regex(
        r"(19|20)[0-9]{2}-[01][0-9]-[0-3][0-9] [0-2][0-9]:[0-6][0-9]:[0-6][0-9]", fullmatch=True
    ),
    "integer": st.from_regex(r"-?[0-9]{1,17}", fullmatch=True),
    "decimal": st.from_regex(r"[0-9]{1,3}(\.[0-9]{0,11})?", fullmatch=True),
    "money": st.from_regex(r"[0-9]{1,14}(\.[0-9]{1,2})?", fullmatch=True),
}
some: Final = settings(max_examples=40, deadline=None)


@pytest.mark.parametrize("kind", COLUMNS)
@some
@given(data=st.data())
def test_a_clear_text_is_what_its_parser_gives_back(kind: str, data: st.DataObject) -> None:
    texts = data.draw(st.lists(TEXTS[kind] | st.text(max_size=12), min_size=1, max_size=20))
    for text, is_clear in zip(texts, clear(pa.array(texts), COLUMNS[kind]), strict=True):
        if is_clear:
            assert parse_cell(text, "t", COLUMNS[kind], CellContext()) == Parsed((text,)), text


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("text", "A2024-00000001"),
        ("date", "2024-02-29"),
        ("date", "2049-12-31"),
        ("datetime", "1990-01-01 23:59:59"),
        ("integer", "5000"),
        ("integer", "7"),
        ("decimal", "0"),
        ("decimal", "0.5"),
        ("decimal", "24"),
        ("money", "1200.00"),
    ],
)
def test_what_large_feeds_are_made_of_is_clear(kind: str, text: str) -> None:
    others = [text, None, "", "合计", text]
    assert clear(pa.array(others), COLUMNS[kind]).tolist() == [True, False, False, False, True]


births: Final = st.dates(date(1900, 1, 1), date(2030, 12, 31)).map(lambda day: f"{day:%Y%m%d}")
digits: Final = st.from_regex(r"[0-9]{17}[0-9X]", fullmatch=True)
seventeens: Final = st.builds(
    lambda birth, number: f"529999{birth}{number:03}", births, st.integers(0, 999)
)
numbers: Final = seventeens.map(lambda first: first + check_digit(first))


@some
@given(st.lists(numbers | digits | seventeens | st.text(max_size=20), min_size=1, max_size=20))
def test_a_clear_id_is_what_identity_says_of_it(texts: list[str]) -> None:
    found = clear_ids(pa.array(texts), ON)
    clear_texts = pa.array([text for text, is_clear in zip(texts, found, strict=True) if is_clear])
    judged = [identify(text, "t", None, ON) for text in texts]
    for text, is_clear, verdict in zip(texts, found, judged, strict=True):
        is_valid = isinstance(verdict, Identified) and verdict.status.value == "valid"
        assert not is_clear or is_valid
        # Nothing plain is missed either, or a large feed would crawl.
        assert is_clear or not (is_valid and re.fullmatch(r"[0-9]{17}[0-9X]", text))
    about = zip(
        *(column.to_pylist() for column in about_clear_ids(clear_texts.cast("string"))), strict=True
    )
    expected = [
        (one.status.value, one.masked, one.birth_year, one.sex)
        for one, is_clear in zip(judged, found, strict=True)
        if is_clear and isinstance(one, Identified)
    ]
    assert list(about) == expected


@some
@given(st.from_regex(CANDIDATE) | st.text(st.characters(max_codepoint=127), max_size=40))
def test_no_shape_of_a_personal_number_counts_as_harmless(text: str) -> None:
    text = "".join(c for c in text if c.isascii())
    (shape,), _ = shapes(pa.array([text]))
    assert may_be_personal(shape) or not is_personal(text)


@some
@given(st.lists(st.none() | st.text(max_size=40), max_size=30), st.integers(0, 30))
def test_shapes_and_hashes_are_of_the_text_alone(texts: list[str | None], start: int) -> None:
    whole = pa.array(texts, pa.string())
    part = whole.slice(start)
    assert hashes(part).tolist() == hashes(whole).tolist()[start:]
    assert hashes(whole.dictionary_encode()).tolist() == hashes(whole).tolist()
    distinct, places = shapes(part)
    alone = [None if text is None else shapes(pa.array([text]))[0][0] for text in texts[start:]]
    assert [None if at < 0 else distinct[at] for at in places] == alone
    assert len(set(hashes(whole).tolist())) == len(set(texts))

"""What is always true of headers, titles, periods, places, and of tables as a whole."""

from __future__ import annotations

import csv
import datetime as dt
import time
from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

import pyarrow as pa
import pytest
from campaign import IS_LONG, repeated
from clerks import KEYS, resident_number, wide
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from layouts import DELIVERED_AT, LEDGER

from ingestion.batches import Drafts, draft_batches
from ingestion.cells import CellContext, parse_cell
from ingestion.checks import Checked, Sheet, canonical_hash, check
from ingestion.contract import KEYED_TYPES
from ingestion.identity import certificate_number, credit_code, identify
from ingestion.periods import period_of
from ingestion.places import find_units
from ingestion.readers import FAULT, KINDS, ROW_NUMBER, SKIP, Reading, SheetTable, TitleFacts
from ingestion.readers.cell_text import row_of
from ingestion.readers.grid import Line
from ingestion.readers.grid import Sheet as Grid
from ingestion.readers.headers import HeaderMatcher
from ingestion.readers.row_kinds import TableShape, skip_reason
from ingestion.readers.tables import read_sheets
from ingestion.readers.titles import holds_label, read_titles
from ingestion.reasons import Breach, BreachCode, RowReason, SkipReason
from ingestion.settings import REPOSITORY

EXAMPLES: Final = repeated(30, 600)
many: Final = settings(max_examples=EXAMPLES, deadline=None, derandomize=not IS_LONG)
pytestmark = pytest.mark.promise(
    "properties of identity, dates, amounts, headers and conservation hold", 20_000
)


@pytest.fixture(autouse=True)
def counted(request: pytest.FixtureRequest) -> None:
    """Every property is tried so often, its examples being far more than that."""
    request.node.user_properties.append(("cases", EXAMPLES))


# --- headers ------------------------------------------------------------------------------------

MATCHER: Final = HeaderMatcher(LEDGER)
#: Headers and cells of a ledger that is whole.
WHOLE: Final = {
    "姓名": "样例甲",
    "身份证号码": resident_number(1),
    "培训机构": "样例学校",
    "培训工种": "电工",
    "开班时间": "2024-05-06",
    "结业时间": "2024-05-20",
    "考核结果": "合格",
    "补贴金额": "1200",
    "课时": "40",
}
aliases = st.sampled_from(
    [
        (column.name, alias)
        for column in LEDGER.columns
        for alias in column.headers
        if "/" not in alias
    ]
)


def table(rows: Sequence[Sequence[object]]) -> SheetTable:
    lines = [Line(number, *row_of(row)) for number, row in enumerate(rows, start=1)]
    (only,) = read_sheets([Grid("台账", lines)], LEDGER, "台账.xlsx")[0]
    return only


@many
@given(
    aliases,
    st.lists(st.sampled_from(["", " ", "\n", "\u3000", "\u200b"]), min_size=24, max_size=24),
    st.booleans(),
    st.sampled_from(["{}", "*{}", "{}：", "{}（必填）", "★{}", "{}*", "1.{}"]),
)
def test_a_header_matches_in_every_dress(
    named: tuple[str, str], gaps: list[str], is_wide: bool, dress: str
) -> None:
    column, alias = named
    spaced = "".join(gap + c for gap, c in zip(gaps, alias, strict=False))
    found = MATCHER.match((dress.format(wide(spaced) if is_wide else spaced),))
    assert found is not None
    assert found.columns == (column,)


@many
@given(
    st.permutations(sorted(WHOLE)),
    st.lists(
        st.sampled_from(["民族", "年龄", "家庭住址", "法人姓名", "备注"]), max_size=3, unique=True
    ),
)
def test_the_order_of_columns_never_changes_what_lands(order: list[str], beside: list[str]) -> None:
    heads = [*order, *beside]
    found = table([heads, [WHOLE.get(head, "其他") for head in heads]])
    plain = table([list(WHOLE), list(WHOLE.values())])
    assert found.rows.select(plain.rows.column_names).equals(plain.rows)


@many
@given(st.data())
def test_two_headers_for_one_column_are_never_settled(data: st.DataObject) -> None:
    column = data.draw(st.sampled_from([c for c in LEDGER.columns if len(c.headers) > 2]))
    first, second = data.draw(
        st.lists(st.sampled_from([h for h in column.headers if "/" not in h]), min_size=2,
        max_size=2, unique=True)
    )  # fmt: skip
    kept = {head: cell for head, cell in WHOLE.items() if head not in column.headers}
    rows = [[*kept, first, second], [*kept.values(), "甲", "乙"]]
    with pytest.raises(Breach) as caught:
        table(rows)
    assert caught.value.code in (BreachCode.COLUMN_AMBIGUOUS, BreachCode.COLUMN_MISSING)


@many
@given(
    st.text(max_size=30)
    | st.text("姓名身份证号码培训机构工种时间起止（）()/：*元万人次补贴金额 课时", max_size=14)
)
def test_no_header_whatever_breaks_the_matcher(text: str) -> None:
    found = MATCHER.match((text,))
    assert found is None or set(found.columns) <= {column.name for column in LEDGER.columns}


@many
@given(
    st.lists(
        st.lists(
            st.sampled_from(
                [
                    *WHOLE,
                    *WHOLE.values(),
                    "",
                    "",
                    "合计",
                    "小计",
                    "注：样例",
                    "填报单位：仁怀市",
                    "单位：元",
                    "1",
                    "2",
                    "一、第一期",
                ]
            ),
            max_size=10,
        ),
        max_size=14,
    )
)
def test_any_grid_is_refused_or_every_row_below_its_header_counts(grid: list[list[str]]) -> None:
    lines = [Line(number, *row_of(row)) for number, row in enumerate(grid, start=1)]
    last = max((line.number for line in lines if not line.is_blank), default=0)
    try:
        tables, _ = read_sheets([Grid("台账", lines)], LEDGER, "台账.xlsx")
    except Breach:
        return
    numbers = [row for one in tables for row in one.rows.column(ROW_NUMBER).to_pylist()]
    assert numbers == list(range(last - len(numbers) + 1, last + 1))


# --- periods and places -------------------------------------------------------------------------


@many
@given(
    st.integers(2015, 2024),
    st.integers(1, 12),
    st.integers(0, 9),
    st.sampled_from(["仁怀市{}台账", "{}", "附件2：{}培训花名册(1)"]),
)
def test_a_period_is_read_in_every_form(year: int, month: int, form: int, around: str) -> None:
    han = "".join("〇一二三四五六七八九"[int(digit)] for digit in str(year))
    said = (
        f"{year}年1-{month}月",
        f"{year}年{month}月",
        f"{year}年1—{month}月",
        f"截至{year}年{month}月",
        f"{year}年1至{month}月份",
        f"{han}年{month}月",
        wide(f"{year}") + f"年{month}月",
        f"{year} 年 {month} 月",
        f"截至{year}年{month}月28日",
        f"{year}.{month:02d}",
    )[form]
    found = period_of(
        LEDGER,
        sheet="台账",
        titles=[around.format(said)],
        hints=["仁怀市"],
        delivered_on=dt.date(2025, 1, 20),
        where="x",
    )
    assert found is not None
    assert (found.start, found.end.year, found.end.month) == (dt.date(year, 1, 1), year, month)


@many
@given(st.integers(2015, 2024), st.integers(2015, 2024), st.integers(1, 12), st.integers(1, 12))
def test_places_that_disagree_about_the_period_are_never_settled(
    year: int, other_year: int, month: int, other: int
) -> None:
    assume((year, month) != (other_year, other))
    with pytest.raises(Breach) as caught:
        period_of(
            LEDGER,
            sheet="台账",
            titles=[f"截至{year}年{month}月"],
            hints=["仁怀市", f"截至{other_year}年{other}月"],
            delivered_on=dt.date(2025, 1, 20),
            where="x",
        )
    assert caught.value.code is BreachCode.PERIOD_CONFLICT


def _written_areas() -> list[tuple[str, str]]:
    with (REPOSITORY / "seeds/crosswalks/area_aliases.csv").open(encoding="utf-8") as file:
        return [(row["alias"], row["area_code"]) for row in csv.DictReader(file)]


@many
@given(st.sampled_from(_written_areas()), st.sampled_from(["{}", " {} ", "{}\n"]), st.booleans())
def test_a_county_is_known_by_every_alias(
    alias: tuple[str, str], around: str, is_spaced: bool
) -> None:
    name, code = alias
    written = " ".join(name) if is_spaced and not name.isascii() else name
    found = find_units([around.format(written)], "area")
    assert found == ({code} if code != "520300" else set())


@many
@given(st.text(max_size=30))
def test_no_text_names_a_place_that_does_not_exist(text: str) -> None:
    for kind in ("area", "department"):
        assert isinstance(find_units([text], kind), frozenset)


# --- whole tables -------------------------------------------------------------------------------

_ODD: Final = (
    "",
    "合格",
    "2024-05-06",
    "2024.5",
    "约30",
    "1,200",
    "张三",
    "5.2E+17",
    "同上",
    "x" * 50,
)
cells = st.sampled_from([*_ODD, *(resident_number(one) for one in range(4))]) | st.text(max_size=6)
kinds = st.sampled_from("tttttndbef")
rows_of_a_table = st.lists(
    st.tuples(
        st.lists(cells, min_size=len(LEDGER.columns), max_size=len(LEDGER.columns)),
        st.lists(kinds, min_size=len(LEDGER.columns), max_size=len(LEDGER.columns)),
        st.sampled_from([None, None, None, *SkipReason]),
        st.sampled_from([None, None, None, None, RowReason.ROW_RAGGED]),
        st.booleans(),
    ),
    min_size=1,
    max_size=8,
)
GOOD: Final = {
    "person_name": "样例甲", "institution_name": "样例学校", "occupation": "电工",
    "started_on": "2024-05-06",
    "ended_on": "2024-05-20", "completion": "合格", "subsidy_cny": "1200",
}  # fmt: skip


def raw_table(drawn: Sequence[Any]) -> pa.Table:
    """What a reader hands out; rows marked as good are."""
    names = [column.name for column in LEDGER.columns]
    rows = []
    for number, (texts, kind, skip, fault, is_good) in enumerate(drawn, start=1):
        if is_good:
            good = GOOD | {"person_id_no": resident_number(number % 6)}
            ours = {ROW_NUMBER: number, KINDS: "t" * len(names), SKIP: None, FAULT: None}
            rows.append(good | ours)
            continue
        said = {name: text or None for name, text in zip(names, texts, strict=True)}
        ours = {ROW_NUMBER: number, KINDS: "".join(kind), SKIP: skip, FAULT: fault}
        rows.append(said | ours)
    types = [(name, pa.string()) for name in names]
    ours_types = [
        (ROW_NUMBER, pa.int64()),
        (KINDS, pa.string()),
        (SKIP, pa.string()),
        (FAULT, pa.string()),
    ]
    return pa.Table.from_pylist(rows, schema=pa.schema([*types, *ours_types]))


def checked(rows: pa.Table) -> Checked:
    return check([Sheet("台账", rows, year=2024)], LEDGER, KEYS, delivered_on=DELIVERED_AT.date())


def drafted(one: SheetTable) -> Drafts | Breach:
    """Two sheets of one scope, both the same."""
    reading, hints = Reading((one, one), "csv"), ("仁怀市", "2024年6月")
    try:
        return draft_batches(
            reading, LEDGER, KEYS, name="x", hints=hints, delivered_at=DELIVERED_AT
        )
    except Breach as breach:
        return breach


@many
@given(rows_of_a_table)
def test_every_row_lands_is_rejected_or_skipped_and_none_twice(drawn: list[Any]) -> None:
    rows = raw_table(drawn)
    found = checked(rows)
    landed = found.landed.column("_row_number").to_pylist()
    rejected = found.rejected.column("row_number").to_pylist()
    skipped = [row[ROW_NUMBER] for row in rows.to_pylist() if row[SKIP]]
    assert sorted([*landed, *rejected, *skipped]) == list(range(1, len(drawn) + 1))
    assert found.skipped == Counter(SkipReason(row[SKIP]) for row in rows.to_pylist() if row[SKIP])
    assert all(
        reason in RowReason.__members__ for reason in found.rejected.column("reason").to_pylist()
    )


@many
@given(rows_of_a_table)
def test_a_draft_of_any_table_adds_up_or_is_refused(drawn: list[Any]) -> None:
    drafts = drafted(SheetTable("", TitleFacts(), {}, raw_table(drawn)))
    if isinstance(drafts, Breach):
        assert drafts.code in (BreachCode.DELIVERY_EMPTY, BreachCode.ALL_ROWS_REJECTED)
        return
    (draft,) = drafts.batches
    rows = draft.checked.rows_landed + draft.checked.rows_rejected + draft.checked.rows_skipped
    assert draft.rows_delivered == rows
    assert drafts.rows_delivered == rows + drafts.beside.total() == 2 * len(drawn)


@many
@given(rows_of_a_table, st.randoms(use_true_random=False))
def test_the_canonical_hash_knows_the_same_rows_in_any_order(drawn: list[Any], rng: Any) -> None:
    landed = checked(raw_table(drawn)).landed
    order = list(range(landed.num_rows))
    rng.shuffle(order)
    found = checked(raw_table(drawn))
    moved = Checked(
        landed.take(pa.array(order, pa.int64())), found.rejected, found.skipped, found.secrets
    )
    assert canonical_hash(moved, LEDGER) == canonical_hash(found, LEDGER)


@many
@given(rows_of_a_table, st.data())
def test_the_canonical_hash_changes_with_any_value_that_lands(
    drawn: list[Any], data: st.DataObject
) -> None:
    found = checked(raw_table([(*row[:4], True) for row in drawn]))
    name = data.draw(st.sampled_from(LEDGER.landed_names()))
    at = data.draw(st.integers(0, found.landed.num_rows - 1))
    values = found.landed.column(name).to_pylist()
    other = data.draw(st.none() | st.text(max_size=5))
    assume(other != values[at])
    values[at] = other
    place = found.landed.column_names.index(name)
    changed = found.landed.set_column(place, name, pa.array(values, pa.string()))
    moved = Checked(changed, found.rejected, found.skipped, found.secrets)
    assert canonical_hash(moved, LEDGER) != canonical_hash(found, LEDGER)


# --- no cell takes long -------------------------------------------------------------------------

_LONGEST: Final = 30_000
_SHAPE: Final = TableShape.of(
    {"person_name": 1, "person_id_no": 2, "completion": 3, "subsidy_cny": 4}, range(6), LEDGER
)
_WORDS: Final = (
    "1", "12,", "合计", "人", "人次", "元", "万", "年", "月", "日", "1月", "至", "-", "~", "(",
    "（", ")", ":", "：", "、", "期", "培训", "X",
    "*", "T", "填报单位:", "单位:元 ", "一", "十", "2024年", " ", "截至", "注:", "意见", "a",
    "遵义市", "红花岗区", "2024.1.1", " (1)", "\u200b",
    "〔2024〕1号", "1 1 ", "年1", "0", ".", "=", "'", '"', "#", "第1期", "计", "\n",
)  # fmt: skip


@many
@given(
    st.sampled_from(["", "2024", "合计", "填报单位:", "培训", "("]),
    st.lists(st.sampled_from(_WORDS), min_size=1, max_size=3),
    st.sampled_from(["", "!", "人", "元", ")"]),
)
def test_no_cell_however_long_holds_up_a_reader(before: str, words: list[str], after: str) -> None:
    word = "".join(words)
    text = before + word * (_LONGEST // len(word)) + after
    line = Line(1, ["", text, "", "", "", ""], " t    ")
    begun = time.process_time()
    HeaderMatcher(LEDGER).match((text,))
    MATCHER.may_be_header([text, text])
    read_titles([line], "台账")
    holds_label(line)
    for is_first in (True, False):
        skip_reason(line, line, _SHAPE, (), after_note=True, is_first=is_first)
    identify(text, "t", None, dt.date(2024, 1, 1))
    certificate_number(text)
    credit_code(text)
    for column in LEDGER.columns:
        if column.type not in KEYED_TYPES | {"certificate_no", "credit_code"}:
            parse_cell(text, "t", column, CellContext(year=2024))
            parse_cell(text[:4000], "t", column, CellContext(year=2024))
    assert time.process_time() - begun < 2

"""Do ledgers land, or get refused, as a careful person would have it, however a clerk made them?

Each case is a whole file of one of the agreed kinds, laid out in a way that neither the sample
nor the tests of single parts know; it goes through reading, places, periods and checks.
"""

from __future__ import annotations

import time
import zipfile
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest
import xlsxwriter
import xlwt
from grids import LEDGER, RETURN, STOCK, Rows

from ingestion.contract import FeedContract, load_contracts
from ingestion.identity import check_digit
from ingestion.reasons import BreachCode, RowReason
from ingestion.trial import Trial, try_file

NOW: Final = datetime(2024, 7, 8, 2, tzinfo=UTC)
FILE: Final = "习水县2024年6月台账"
TITLE: Final = "习水县2024年1-6月职业技能培训台账"
HEADER: Final = (
    "姓名",
    "身份证号码",
    "培训机构",
    "培训工种",
    "开班时间",
    "结业时间",
    "考核结果",
    "补贴金额",
)
#: A county ledger with one cell for both dates.
RANGED: Final = (*HEADER[:4], "培训时间", "考核结果")
RESULTS: Final = load_contracts()["hrss/competition_results"]
COUNTIES: Final = "红花岗区、汇川区、播州区、桐梓县、绥阳县、正安县、凤冈县、湄潭县、余庆县、习水县"

Make = Callable[[Path], object]


def id_no(number: int) -> str:
    """An invented resident ID of region 529999."""
    seventeen = f"529999{1970 + number % 30}0307{number % 1000:03d}"
    return seventeen + check_digit(seventeen)


def record(number: int = 1, **changes: object) -> list[object]:
    """One row under HEADER."""
    values = ("张三", id_no(number), "甲学校", "电工", "2024-05-06", "2024-05-20", "合格", 1200)
    return list((dict(zip(HEADER, values, strict=True)) | changes).values())


def xlsx(sheets: Rows | Mapping[str, Rows], merges: Sequence[str] = ()) -> Make:
    """Makes an .xlsx; ``merges`` go for the first sheet."""

    def make(path: Path) -> None:
        pages = sheets if isinstance(sheets, Mapping) else {"Sheet1": sheets}
        with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False}) as book:
            for name, rows in pages.items():
                page = book.add_worksheet(name)
                for at, row in enumerate(rows):
                    for column, value in enumerate(row):
                        if value != "":
                            page.write(at, column, value)
            for area in merges:
                first = area.partition(":")[0]
                row, column = int(first[1:]) - 1, ord(first[0]) - ord("A")
                rows = next(iter(pages.values()))
                page = book.worksheets()[0]
                page.merge_range(area, rows[row][column] if column < len(rows[row]) else "")

    return make


def text(content: str, encoding: str = "utf-8") -> Make:
    return lambda path: path.write_bytes(content.encode(encoding))


def csv(rows: Rows, end: str = "\n") -> str:
    return "".join(",".join(map(str, row)) + end for row in rows)


def trial(
    folder: Path,
    make: Make,
    file: str = f"{FILE}.xlsx",
    contract: FeedContract = LEDGER,
    now: datetime = NOW,
) -> Trial:
    make(folder / file)
    began = time.monotonic()
    found = try_file(folder / file, contract, now=now, hints=())
    assert time.monotonic() - began < 20
    _assert_every_row_is_accounted_for(found)
    return found


def _assert_every_row_is_accounted_for(found: Trial) -> None:
    if found.drafts is None:
        return
    kept = sum(b.checked.rows_of_data + b.checked.rows_skipped for b in found.batches)
    assert kept + found.drafts.beside.total() == found.drafts.rows_delivered


def landed(found: Trial, column: str) -> list[str | None]:
    """A landed column of all batches."""
    assert found.breach is None, (found.breach.code, found.breach.where, found.breach.message)
    return [v for b in found.batches for v in b.checked.landed.column(column).to_pylist()]


def rejected(found: Trial) -> list[tuple[int, str, str]]:
    return [(r["row_number"], r["column_name"], r["reason"]) for r in found.rejected().to_pylist()]


def scopes(found: Trial) -> list[tuple[str, str]]:
    """(scope, last day covered) of every batch."""
    return [(b.scope.key, str(b.scope.period and b.scope.period.end)) for b in found.batches]


def refusal(found: Trial) -> BreachCode:
    assert found.breach is not None
    assert "张三" not in str(found.breach)
    return found.breach.code


# Above the header


@pytest.mark.parametrize(
    ("above", "amount"),
    [
        pytest.param([["习", "水", "县", "2024", "年", "1-6", "月", "台账"]], "1200", id="spread"),
        pytest.param([["", "习水县", "", "2024年", "上半年", "", "培训台账"]], "1200", id="gaps"),
        pytest.param(
            [["附件3"], ["培训台账"], ["填报单位", "", "习水县人社局", "所属期", "2024年6月"]],
            "1200",
            id="labels in cells of their own",
        ),
        pytest.param(
            [["2024年6月台账"], ["单位：习水县人社局", "", "", "单位：元"]],
            "1200",
            id="a unit that reports beside one that measures",
        ),
        pytest.param(
            [["2024年1—6月台账"], ["填报单位：", "习水县人社局（盖章）", "", "单位：", "万元"]],
            "0.12",
            id="a unit of money in the next cell",
        ),
        pytest.param(
            [[TITLE], ["培训单位：赤水市某学校", "", "填报单位：习水县人社局"]],
            "1200",
            id="the place of a school is not the reporter",
        ),
        pytest.param(
            [[TITLE], ["培训地点：仁怀市人民路", "培训时间：2024年3月5日至3月20日"]],
            "1200",
            id="facts about a class are none about the form",
        ),
        pytest.param([["习水县2024年6月台账（共2023人）"]], "1200", id="a count is no year"),
    ],
)
def test_unit_and_period_are_found_above(tmp_path: Path, above: Rows, amount: str) -> None:
    found = trial(tmp_path, xlsx([*above, HEADER, record(补贴金额=amount)]), "台账.xlsx")
    assert landed(found, "subsidy_cny") == ["1200.00"]
    assert scopes(found) == [("520330|2024", "2024-06-30")]


@pytest.mark.parametrize(
    "name",
    [
        "附件1：习水县2024年1-6月台账（最终版）(1)",
        "习水县2024年6月份台账20240705",
        "习水县2024年6月台账 7.5改 - 副本 (2)",
        "习水县人社局关于报送2024年6月台账的函（习人社函〔2024〕56号）",
        "习水县20240101-20240630",
        "习水县十四五期间二〇二四年一至六月",
    ],
)
def test_file_names_of_the_field_tell_unit_and_period(tmp_path: Path, name: str) -> None:
    found = trial(tmp_path, xlsx([HEADER, record()]), f"{name}.xlsx")
    assert scopes(found) == [("520330|2024", "2024-06-30")]


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([["赤水市2024年1-6月台账"], HEADER, record()], BreachCode.UNIT_CONFLICT),
        ([["习水县2024年1-5月台账"], HEADER, record()], BreachCode.PERIOD_CONFLICT),
        ([TITLE.split(), HEADER, ["本月无培训"]], BreachCode.DELIVERY_EMPTY),
        ([TITLE.split(), HEADER, ["/"] * 8], BreachCode.DELIVERY_EMPTY),
    ],
)
def test_what_cannot_stand_is_refused(tmp_path: Path, rows: Rows, code: BreachCode) -> None:
    assert refusal(trial(tmp_path, xlsx(rows))) is code


# The header


def test_headers_may_be_broken_numbered_and_explained(tmp_path: Path) -> None:
    header = (
        "1.姓  名",
        "2.身份证\n号 码(18位)",
        "3.培 训\n机 构(全称)",
        "4.培训职业（工种）",
        "5.开课时间(yyyy-mm-dd)",
        "6.结业\n时间",
        "7.考核结果(合格/不合格)",
        "8.补贴\n金额\n（万元）",
    )
    found = trial(tmp_path, xlsx([header, record(补贴金额="0.12")]))
    assert landed(found, "subsidy_cny") == ["1200.00"]


@pytest.mark.parametrize(
    ("header", "cells"),
    [
        (["培训时间", ""], ["2024.5.6", "2024年5月20日"]),
        (["培训时间", "", ""], ["2024-05-06", "至", "2024-05-20"]),
        (["起止时间", ""], ["5月6日", "5月20日"]),
    ],
)
def test_one_header_over_two_days_is_the_first_and_the_last(
    tmp_path: Path, header: list[str], cells: list[str]
) -> None:
    row = record()
    rows = [[*HEADER[:4], *header, *HEADER[6:]], [*row[:4], *cells, *row[6:]]]
    merged = f"E1:{'EFG'[len(header) - 1]}1"
    for number, merges in enumerate(([merged], [])):
        found = trial(tmp_path, xlsx(rows, merges), f"{FILE}{number}.xlsx")
        assert landed(found, "started_on") == ["2024-05-06"]
        assert landed(found, "ended_on") == ["2024-05-20"]


@pytest.mark.parametrize("answers", [("合格", "不合格"), ("不合格", "合格"), ("", "合格")])
def test_a_tick_in_a_column_per_answer_is_never_taken_for_a_yes(
    tmp_path: Path, answers: tuple[str, str]
) -> None:
    rows = [
        [*HEADER[:7], ""],
        [*[""] * 6, *answers],
        [*record()[:6], "√", ""],
        [*record(2)[:6], "", "√"],
    ]
    found = trial(tmp_path, xlsx(rows, ["G1:H1"]))
    if all(answers):
        assert refusal(found) is BreachCode.COLUMN_AMBIGUOUS
    else:
        assert landed(found, "completion") == ["completed"]


@pytest.mark.parametrize("header", ["培训时间（天）", "课时（天）"])
def test_a_length_in_days_is_neither_a_date_nor_a_number_of_lessons(
    tmp_path: Path, header: str
) -> None:
    found = trial(tmp_path, xlsx([[*HEADER, header], [*record(), 15]]))
    assert landed(found, "training_hours") == [None]


def test_people_by_the_ten_thousand_are_refused(tmp_path: Path) -> None:
    def rows(unit: str, title: str) -> Rows:
        header = ["县（市、区）", f"技能人才总量{unit}", f"高技能人才总量{unit}"]
        return [
            ["2024年二季度", "", title],
            header,
            *([name, 2, 1] for name in COUNTIES.split("、")),
        ]

    assert landed(trial(tmp_path, xlsx(rows("（人）", "单位：人")), contract=STOCK), "area")
    for unit, title in (("（万人）", ""), ("", "单位：万人")):
        found = trial(tmp_path, xlsx(rows(unit, title)), contract=STOCK)
        assert refusal(found) is BreachCode.FORMAT_NOT_AGREED


def test_groups_leaves_and_last_years_figures_of_a_return(tmp_path: Path) -> None:
    rows = [
        ["2024年第二季度行业培训统计表"],
        ["填报单位：市农业农村局", "", "", "", "", "单位：人次、万元"],
        ["产业", "期数", "培训人次", "", "上年同期", "投入资金"],
        ["", "", "本季度", "本年累计", "本季度", ""],
        ["茶产业", "3期", "120人次", "300", 90, 12.5],
        ["辣椒", 1, "－2", "(3)", 0, "1.2万元"],
        ["汇总", 4, 170, 390, 90, 15.5],
        ["校对：王某", "", "审核：李某", "填表日期：2024-07-03"],
    ]
    found = trial(tmp_path, xlsx(rows, ["C3:D3"]), "q2.xlsx", RETURN)
    assert landed(found, "person_times") == ["120"]
    assert landed(found, "funds_cny") == ["125000.00"]
    assert rejected(found) == [(6, "person_times_ytd", RowReason.NUMBER_OUT_OF_RANGE)]


# The rows


@pytest.mark.parametrize(
    "line",
    [
        ["东皇街道（12人）"],
        ["第二批"],
        ["总人数", "", "2人"],
        ["合计（人次）", "", "", "", "", "", "", 2],
        ["汇 总", "", "", "", "", "", "", 2400],
        ["校对：王某"],
        ["主要负责人：王某", "分管负责人：李某", "填表人：赵某", "联系电话：0851"],
        ["人社部门审核意见：", "", "", "同意"],
        ["填报：王某", "", "2024.7.3"],
        ["报送时间", "2024年7月3日"],
        ["说明  1.此表一式两份"],
        ["本表数据真实有效，我单位对此负责。"],
        ["————以下空白————"],
        [TITLE],
    ],
)
def test_small_print_is_no_record(tmp_path: Path, line: list[object]) -> None:
    for number, rows in enumerate(
        (
            [HEADER, record(1), line, record(2)],
            [["序号", *HEADER], [1, *record(1)], line, [2, *record(2)]],
        )
    ):
        found = trial(tmp_path, xlsx(rows), f"{FILE}{number}.xlsx")
        assert rejected(found) == []
        assert len(landed(found, "occupation")) == 2


def test_answers_dragged_down_to_the_end_of_a_form_are_no_records(tmp_path: Path) -> None:
    rows = [HEADER, record(), *[[*[""] * 6, "合格", 0]] * 2_000]
    found = trial(tmp_path, xlsx(rows))
    assert (landed(found, "completion"), rejected(found)) == (["completed"], [])


@pytest.mark.parametrize(
    ("line", "column"),
    [
        (["欧阳娜娜"], "person_id_no"),
        (["张三", "", "甲校：一部", "电工"], "person_id_no"),
        (["", id_no(3)], "person_name"),
        (record(3, 考核结果=""), "completion"),
    ],
)
def test_an_incomplete_record_is_rejected_and_not_passed_over(
    tmp_path: Path, line: list[object], column: str
) -> None:
    found = trial(tmp_path, xlsx([HEADER, record(1), line, record(2)]))
    assert rejected(found) == [(3, column, RowReason.CELL_BLANK)]


def test_none_in_the_first_column_makes_no_note_of_a_record(tmp_path: Path) -> None:
    rows = [["班次", *HEADER], ["无", *record(1, 身份证号码="")], ["无", *record(2)]]
    found = trial(tmp_path, xlsx(rows))
    assert rejected(found) == [(2, "person_id_no", RowReason.CELL_BLANK)]


def test_the_same_as_above_is_written_out_but_never_for_who_somebody_is(tmp_path: Path) -> None:
    rows = [
        HEADER,
        record(1, 培训机构="同上"),
        record(2),
        ["小计", *[""] * 6, 1200],
        ["李四", id_no(3), "同上", "〃", "同上", "″", "”", "〃"],
        record(4, 身份证号码="同上"),
    ]
    found = trial(tmp_path, xlsx(rows))
    assert rejected(found) == [
        (2, "institution_name", RowReason.CELL_BLANK),
        (6, "person_id_no", RowReason.ID_BAD_CHARACTER),
    ]
    assert landed(found, "occupation") == ["电工", "电工"]
    assert landed(found, "subsidy_cny") == ["1200.00", "1200.00"]


def test_a_person_merged_over_two_trainings_has_both(tmp_path: Path) -> None:
    rows = [HEADER, record(1), ["", "", "甲学校", "焊工", "2024-06-03", "2024-06-14", "√", 800]]
    found = trial(tmp_path, xlsx(rows, ["A2:A3", "B2:B3"]))
    assert landed(found, "occupation") == ["电工", "焊工"]
    assert len(set(landed(found, "person_key"))) == 1


def test_what_stands_beside_a_table_is_none_of_it(tmp_path: Path) -> None:
    rows = [
        [TITLE],
        [*HEADER, "", "填表说明：1.身份证号码为文本"],
        [*record(1), "", "2.补贴金额单位为元"],
        [*record(2), "", "合计", 2],
        *[[""] * 10] * 3000,
    ]
    found = trial(tmp_path, xlsx(rows))
    assert (len(landed(found, "level")), rejected(found)) == (2, [])


# Sheets


def monthly(name: str, months: range) -> dict[str, Rows]:
    return {
        f"{month}月": [
            [f"{name}{month}月培训台账"],
            HEADER,
            record(month, 开班时间=f"{month}月6日", 结业时间=f"{month}月20日"),
        ]
        for month in months
    }


def test_a_sheet_per_month_is_one_delivery(tmp_path: Path) -> None:
    blank = {f"{month}月": [HEADER] for month in range(7, 13)}
    summary: dict[str, Rows] = {"汇总": [["月份", "培训人数"], ["1月", 1]]}
    pages = summary | monthly("习水县2024年", range(1, 7)) | blank
    found = trial(tmp_path, xlsx(pages), "习水县2024年台账.xlsx")
    assert landed(found, "started_on") == [f"2024-0{month}-06" for month in range(1, 7)]
    assert scopes(found) == [("520330|2024", "2024-06-30")]


def test_a_sheet_per_town_or_county_and_sheets_of_instructions(tmp_path: Path) -> None:
    pages: dict[str, Rows] = {
        "填写说明": [["1.姓名：填写身份证姓名"], ["2.身份证号码：18位，文本格式"]],
        "绥阳镇": [HEADER, record(1)],
        "习酒镇": [HEADER, record(2)],
        "字典": [["培训工种", "等级", "考核结果"], ["电工", "初级工", "合格"]],
    }
    found = trial(tmp_path, xlsx(pages), "凤冈县2024年6月.xlsx")
    assert scopes(found) == [("520327|2024", "2024-06-30")]
    assert len(landed(found, "level")) == 2
    counties = xlsx({name: [HEADER, record(1)] for name in ("习水县", "赤水", "遵义市本级")})
    found = trial(tmp_path, counties, "2024年6月.xlsx")
    assert [scope for scope, _ in scopes(found)] == ["520330|2024", "520381|2024", "5203SB|2024"]


# Cells


@pytest.mark.parametrize(
    ("raw", "start", "end"),
    [
        ("2024年3月5日至3月20日", "2024-03-05", "2024-03-20"),
        ("3.5-3.20", "2024-03-05", "2024-03-20"),
        ("3/5-3/20", "2024-03-05", "2024-03-20"),
        ("2024/03/05 ~ 03/20", "2024-03-05", "2024-03-20"),
        ("24年3月5日-24年3月20日", "2024-03-05", "2024-03-20"),
        ("自2024年3月5日起至2024年3月20日止", "2024-03-05", "2024-03-20"),
        ("2024年3月5日\n2024年3月20日", "2024-03-05", "2024-03-20"),
        ("2024.3.5／2024.3.20", "2024-03-05", "2024-03-20"),
        ("2024年3月5日-2024年3月20日（晚班）", "2024-03-05", "2024-03-20"),
        ("2024.3.5.-3.20.", "2024-03-05", "2024-03-20"),
        ("2024年03月05日一2024年03月20日", "2024-03-05", "2024-03-20"),
        ("2024年3月5日9:00至3月20日17:00", "2024-03-05", "2024-03-20"),
        ("2024年3月", "2024-03-01", "2024-03-31"),
        ("2024年3-4月", "2024-03-01", "2024-04-30"),
    ],
)
def test_a_range_in_every_hand(tmp_path: Path, raw: str, start: str, end: str) -> None:
    row = record()
    found = trial(tmp_path, xlsx([RANGED, [*row[:4], raw, row[6]]]))
    assert (landed(found, "started_on"), landed(found, "ended_on")) == ([start], [end])


@pytest.mark.parametrize(
    ("header", "raw", "column", "value"),
    [
        ("开班时间", "2024、5、6", "started_on", "2024-05-06"),
        ("开班时间", "2024 5 6", "started_on", "2024-05-06"),
        ("开班时间", "2024。5。6", "started_on", "2024-05-06"),
        ("考核结果", "X", "completion", "not_completed"),
        ("考核结果", "✓", "completion", "completed"),
        ("考核结果", "优秀", "completion", "completed"),
        ("考核结果", "缺考", "completion", "not_completed"),
        ("补贴金额", "无", "subsidy_cny", None),
        ("补贴金额", "暂未发放", "subsidy_cny", None),
        ("补贴金额", "1.2万", "subsidy_cny", "12000.00"),
        ("补贴金额", "500元/人", "subsidy_cny", "500.00"),
        ("身份证号码", f"‘{id_no(1)}\t", "person_id_status", "valid"),
    ],
)
def test_a_cell_in_every_hand(
    tmp_path: Path, header: str, raw: str, column: str, value: str | None
) -> None:
    assert landed(trial(tmp_path, xlsx([HEADER, record(**{header: raw})])), column) == [value]


@pytest.mark.parametrize(
    ("header", "raw", "reason"),
    [
        ("培训时间", "2024年3月5日至7日，3月12日至14日", RowReason.DATE_UNPARSED),
        ("培训时间", "2023.12.25-1.10", RowReason.DATE_RANGE_REVERSED),
        ("培训时间", "15天", RowReason.DATE_UNPARSED),
        ("课时", "5天", RowReason.NUMBER_UNPARSED),
        ("补贴金额", "免费", RowReason.NUMBER_UNPARSED),
        ("补贴金额", "零" * 30_000, RowReason.TEXT_TOO_LONG),
        ("补贴金额", "一" * 3_000, RowReason.NUMBER_UNPARSED),
        ("考核结果", "○", RowReason.CODE_UNKNOWN),
        ("考核结果", "补考", RowReason.CODE_UNKNOWN),
    ],
)
def test_a_cell_that_says_too_little_or_too_much(
    tmp_path: Path, header: str, raw: str, reason: RowReason
) -> None:
    columns = [*HEADER, *({header} - set(HEADER))]
    faulty = [raw if column == header else value for column, value in _cells(columns)]
    found = trial(tmp_path, xlsx([columns, faulty, *([*record(2), *[""] * (len(columns) - 8)],)]))
    assert [reason for _, _, reason in rejected(found)] == [reason]


def _cells(columns: Sequence[str]) -> list[tuple[str, object]]:
    values = dict(zip(HEADER, record(1), strict=True))
    return [(column, values.get(column, "")) for column in columns]


def test_a_rank_may_be_an_ordinal_and_other_numbers_may_not(tmp_path: Path) -> None:
    rows = [
        ["竞赛编号", "赛项", "名次", "姓名", "身份证号码"],
        ["JS-01", "茶艺", "第1名", "张三", id_no(1)],
        ["", "", "第二名", "李四", id_no(2)],
    ]
    found = trial(tmp_path, xlsx(rows, ["A2:A3", "B2:B3"]), "2024年.xlsx", RESULTS)
    assert landed(found, "rank_no") == ["1", "2"]
    hours = xlsx([[*HEADER, "课时"], [*record(1), "第1期"], [*record(2), 40]])
    assert rejected(trial(tmp_path, hours)) == [(2, "training_hours", RowReason.NUMBER_UNPARSED)]


# Text files and web pages


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        ("sep=;\r\n" + csv([HEADER, record()]).replace(",", ";"), "utf-8-sig"),
        (csv([HEADER, record()], "\r"), "gb18030"),
        (f"{TITLE},,,,,,,\n\n" + csv([HEADER, record()], ",,,\n"), "utf-8"),
        ("\n".join(", ".join(f'"{v}"' for v in row) for row in (HEADER, record())), "utf-8"),
        (csv([HEADER, record()]) + "合计,1人,,,,,,1200\n制表人：王某\n\x1a", "gb18030"),
        (csv([HEADER, record()]).replace(",", "\t"), "utf-16"),
    ],
)
def test_text_files_in_every_dialect(tmp_path: Path, content: str, encoding: str) -> None:
    for suffix in ("csv", "xls"):
        found = trial(tmp_path, text(content, encoding), f"{FILE}.{suffix}")
        assert (landed(found, "subsidy_cny"), rejected(found)) == (["1200.00"], [])


@pytest.mark.parametrize("header_end", ["\n", ",\n", ",,\n"])
@pytest.mark.parametrize("row_end", ["\n", ",\n", ",,\n"])
@pytest.mark.parametrize("torn", ["1,200", '甲",学校'])
def test_an_unquoted_comma_never_moves_a_value(
    tmp_path: Path, header_end: str, row_end: str, torn: str
) -> None:
    changes = {"补贴金额": torn} if torn == "1,200" else {"培训机构": torn.replace('"', "")}
    rows = csv([HEADER], header_end) + csv([record(1, **changes)], row_end)
    found = trial(tmp_path, text(rows + csv([record(2)], header_end)), f"{FILE}.csv")
    assert landed(found, "subsidy_cny") == ["1200.00"]
    assert [row for row, _, _ in rejected(found)] == [2]


def html(rows: Rows) -> str:
    lines = ("".join(f"<td>{value}</td>" for value in row) for row in rows)
    return "<table>" + "".join(f"<tr>{line}</tr>" for line in lines) + "</table>"


@pytest.mark.parametrize(
    "page",
    [
        html([["<table><tr><td>导航</td></tr></table>"], [html([HEADER, record()])]]),
        html([HEADER, record(培训机构="<table><tr><td>甲学校</td></tr></table>")]),
        "".join(["<table><tr>", *(f"<th>{v}" for v in HEADER), "<tbody><tr>"])
        + "".join(f"<td>{v}" for v in record()),
        html([HEADER, record(培训机构="<script>alert(1)</script>甲<b>学</b>校")]),
    ],
)
def test_web_pages_of_every_make(tmp_path: Path, page: str) -> None:
    found = trial(tmp_path, text(page, "gb18030"), f"{FILE}.xls")
    assert landed(found, "institution_name") == ["甲学校"]


def test_the_name_of_a_local_file_does_not_say_what_it_is(tmp_path: Path) -> None:
    def old_workbook(path: Path) -> None:
        book = xlwt.Workbook()
        page = book.add_sheet("台账")
        for at, row in enumerate((HEADER, record())):
            for column, value in enumerate(row):
                page.write(at, column, value)
        book.save(str(path))

    for suffix in ("xls", "xlsx", "et", "csv"):
        found = trial(tmp_path, old_workbook, f"{FILE}.{suffix}")
        assert landed(found, "occupation") == ["电工"]


# Hostile packages

M: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
R: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
P: Final = "http://schemas.openxmlformats.org/package/2006/relationships"


def package(*, sheet: str = "xl/worksheets/sheet1.xml", **extra: bytes) -> Make:
    """A hand-made .xlsx with its texts inline; ``extra`` are further parts by name."""

    def cell(value: object) -> str:
        if isinstance(value, int):
            return f"<c><v>{value}</v></c>"
        return f'<c t="inlineStr"><is><t>{value}</t></is></c>'

    def make(path: Path) -> None:
        body = "".join(f"<row>{''.join(map(cell, row))}</row>" for row in (HEADER, record()))
        parts = {
            "_rels/.rels": f'<Relationships xmlns="{P}"><Relationship Id="rId1" '
            f'Type="{R}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
            "xl/workbook.xml": f'<workbook xmlns="{M}" xmlns:r="{R}"><sheets>'
            '<sheet name="台账" sheetId="1" r:id="rId1"/></sheets></workbook>',
            "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{P}"><Relationship Id="rId1" '
            f'Type="{R}/worksheet" Target="/xl/worksheets/sheet1.xml"/></Relationships>',
            sheet: f'<worksheet xmlns="{M}"><dimension ref="A1:XFD1048576"/>'
            f"<sheetData>{body}</sheetData></worksheet>",
        }
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as zipped:
            for name, content in (parts | extra).items():
                zipped.writestr(name, content)

    return make


def test_a_bare_package_with_odd_part_names_is_read(tmp_path: Path) -> None:
    tricks = {"../../evil.xml": b"x", "/etc/passwd": b"x"}
    for make in (package(), package(sheet="xl/Worksheets/Sheet1.xml"), package(**tricks)):
        assert landed(trial(tmp_path, make), "subsidy_cny") == ["1200.00"]
    assert list(tmp_path.iterdir()) == [tmp_path / f"{FILE}.xlsx"]


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("name", ["xl/worksheets/sheet1.xml", "xl/Worksheets/SHEET1.xml"])
def test_two_entries_of_one_name_are_refused(tmp_path: Path, name: str) -> None:
    def make(path: Path) -> None:
        package()(path)
        with zipfile.ZipFile(path, "a") as zipped:
            zipped.writestr(name, b"<worksheet/>")

    assert refusal(trial(tmp_path, make)) is BreachCode.FILE_UNREADABLE


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param([["2024年" * 400 + "1-6月"], ["填 " * 500 + "单位："]], id="title"),
        pytest.param([[mark * 30_000] for mark in "一-第(：甲"], id="titles of one mark"),
        pytest.param([HEADER, *[["单位" * 15_000], ["意" * 30_000 + "见"]]], id="footers"),
        pytest.param([HEADER[:4]] * 199, id="headers that lack columns"),
        pytest.param([HEADER, record(1)] * 1_000, id="headers again and again"),
        pytest.param([[f"姓名{at}" for at in range(3_000)]] * 20, id="thousands of columns"),
    ],
)
def test_texts_made_to_be_slow_are_not(tmp_path: Path, rows: Rows) -> None:
    began = time.monotonic()
    trial(tmp_path, xlsx([*rows, HEADER, record(2)]))
    assert time.monotonic() - began < 10


def test_names_headers_and_cells_are_but_text(tmp_path: Path) -> None:
    rows = [
        [*HEADER, 'b" from x; drop table y;--', "<script>alert(1)</script>"],
        record(1, 培训机构="=cmd|' /C calc'!A0"),
    ]
    found = trial(tmp_path, xlsx({"a'; drop table x;--": rows}))
    assert landed(found, "institution_name") == ["=cmd|' /C calc'!A0"]

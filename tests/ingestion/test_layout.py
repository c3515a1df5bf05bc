"""Do we find the header, the columns and the rows, however the sheet is laid out?"""

from __future__ import annotations

import itertools
import time
from collections.abc import Sequence

import pytest
from grids import (
    HEADER,
    ID,
    LEDGER,
    RETURN,
    STOCK,
    Rows,
    columns,
    data,
    record,
    sheet,
    skips,
    table,
    tables,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.contract import FeedContract, load_contracts
from ingestion.readers.tables import read_sheets
from ingestion.reasons import Breach, BreachCode

TITLE = "红花岗区2024年1-6月职业技能培训台账"


def refusal(rows: Rows, merges: Sequence[str] = (), contract: FeedContract = LEDGER) -> Breach:
    with pytest.raises(Breach) as caught:
        tables(rows, merges, contract)
    return caught.value


# Where the header is


@pytest.mark.parametrize("titles", range(8))
def test_any_number_of_title_rows_may_stand_above_the_header(titles: int) -> None:
    found = table([[f"{TITLE} {at}"] for at in range(titles)] + [HEADER, record()])
    assert data(found, "person_name") == ["张三"]
    assert found.rows["_row_number"].to_pylist() == [titles + 2]


@pytest.mark.parametrize("shift", [1, 3, 12])
def test_the_table_may_begin_in_any_column(shift: int) -> None:
    found = table([[""] * shift + list(row) for row in (HEADER, record())])
    assert data(found, "person_id_no") == [ID]


def test_blank_and_unknown_columns_may_stand_between() -> None:
    rows = [
        list(itertools.chain.from_iterable((cell, "") for cell in row))
        for row in (HEADER, record())
    ]
    rows[0][1], rows[1][1] = "民族", "仡佬族"
    assert data(table(rows), "occupation") == ["电工"]


@settings(max_examples=60, deadline=None)
@given(order=st.permutations(range(len(HEADER))))
def test_columns_may_stand_in_any_order(order: list[int]) -> None:
    rows = [[row[at] for at in order] for row in (HEADER, record(), record(2, "李四"))]
    found = table(rows)
    assert data(found, "person_name") == ["张三", "李四"]
    assert data(found, "started_on") == ["2024-05-06"] * 2
    assert data(found, "ended_on") == ["2024-05-20"] * 2


@settings(max_examples=60, deadline=None)
@given(
    prefix=st.sampled_from(["", "*", "＊", " ", "1.", "二、"]),
    suffix=st.sampled_from(["", "*", "（必填）", "：", "\n", "(18位)", " （*必填） ", "【必填】"]),
    gap=st.sampled_from(["", " ", "\n", "　", "\u00a0"]),
)
def test_headers_may_be_decorated(prefix: str, suffix: str, gap: str) -> None:
    decorated = [prefix + gap.join(header) + suffix for header in HEADER]
    assert columns(table([decorated, record()])) == columns(table([HEADER, record()]))


def test_a_group_above_and_leaves_below_make_one_header() -> None:
    found = table(
        [
            [TITLE],
            [
                "序号",
                "姓名",
                "身份证号",
                "培训机构",
                "培训工种",
                "培训时间",
                "",
                "考核结果",
                "成绩",
                "",
            ],
            ["", "", "", "", "", "起", "止", "", "理论", "实作"],
            [1, "张三", ID, "甲学校", "电工", "2024-05-06", "2024-05-20", "合格", 80, 90],
        ],
        ["A1:J1", "A2:A3", "B2:B3", "C2:C3", "D2:D3", "E2:E3", "F2:G2", "H2:H3", "I2:J2"],
    )
    assert data(found, "started_on") == ["2024-05-06"]
    assert data(found, "ended_on") == ["2024-05-20"]
    assert found.rows["_row_number"].to_pylist() == [4]


def test_group_and_leaves_are_joined_without_merged_cells_too() -> None:
    found = table(
        [
            ["姓名", "身份证号", "培训机构", "培训工种", "培训起止时间", "", "考核结果"],
            ["", "", "", "", "开始", "结束", ""],
            ["张三", ID, "甲学校", "电工", "2024-05-06", "2024-05-20", "合格"],
        ]
    )
    assert data(found, "ended_on") == ["2024-05-20"]
    assert len(found.rows) == 1


def test_three_header_rows_are_joined() -> None:
    found = table(
        [
            ["产业", "培训情况", "", "", "取证情况", ""],
            ["", "期数", "培训人次", "", "取证人次", ""],
            ["", "", "本期", "累计", "小计", "高级工及以上"],
            ["白酒", 3, 90, 300, 80, 20],
        ],
        ["A1:A3", "B1:D1", "B2:B3", "C2:D2", "E1:F1", "E2:F2"],
        RETURN,
    )
    assert columns(found) == [
        "industry",
        "class_count",
        "person_times",
        "person_times_ytd",
        "certificate_count",
        "high_skilled_count",
    ]
    assert data(found, "person_times_ytd") == ["300"]


def test_words_of_the_same_meaning_match_below_a_group() -> None:
    found = table(
        [
            ["产业", "培训人次（人次）", "", "投入资金（万元）"],
            ["", "本季度", "本年累计", ""],
            ["白酒", 90, 300, 4],
        ],
        ["A1:A2", "B1:C1", "D1:D2"],
        RETURN,
    )
    assert (data(found, "person_times"), data(found, "person_times_ytd")) == (["90"], ["300"])
    assert found.money_units == {"funds_cny": "wan_cny"}


def test_a_group_that_is_a_total_heads_its_parts() -> None:
    found = table(
        [
            ["地区", "技能人才总量", "高技能人才", "", "", ""],
            ["", "", "小计", "其中：高级工", "技师", "高级技师及以上"],
            ["红花岗区", 100, 20, 12, 5, 3],
        ],
        ["A1:A2", "B1:B2", "C1:F1"],
        STOCK,
    )
    assert data(found, "high_skilled_count") == ["20"]
    assert data(found, "senior_worker_count") == ["12"]
    assert data(found, "senior_technician_count") == ["3"]


def test_rows_that_merged_header_cells_reach_down_to_are_no_records() -> None:
    found = table(
        [
            [*HEADER, "授课教师情况", "", ""],
            [""] * len(HEADER) + ["姓名", "学历", "职称"],
            [*record(), "王五", "本科", "讲师"],
        ],
        [*(f"{letter}1:{letter}2" for letter in "ABCDEFGHI"), "J1:L1"],
    )
    assert data(found, "person_name") == ["张三"]
    assert len(found.rows) == 1


def test_leaves_of_an_unmapped_group_are_no_record_even_without_merges() -> None:
    found = table(
        [
            [*HEADER, "成绩", ""],
            [""] * len(HEADER) + ["理论", "实作"],
            [*record(), 80, 90],
        ]
    )
    assert len(found.rows) == 1


def test_a_group_of_somebody_else_keeps_its_leaves_from_matching() -> None:
    found = table(
        [
            ["学员信息", "", "", "就业单位", "", "培训情况", "", "", "", ""],
            [
                "姓名",
                "身份证号",
                "电话",
                "名称",
                "联系电话",
                "培训机构",
                "培训工种",
                "开班时间",
                "结业时间",
                "考核结果",
            ],
            [
                "张三",
                ID,
                "13900000000",
                "某公司",
                "0851-1",
                "甲学校",
                "电工",
                "2024-05-06",
                "2024-05-20",
                "合格",
            ],
        ],
        ["A1:C1", "D1:E1", "F1:J1"],
    )
    assert data(found, "person_phone") == ["13900000000"]


def test_a_header_merged_over_two_columns_is_one_header() -> None:
    found = table(
        [["序号", "姓名", "", *HEADER[2:]], [1, "张三", "", *record()[2:]]], ["B1:C1", "B2:C2"]
    )
    assert data(found, "person_name") == ["张三"]


def test_a_row_that_numbers_the_columns_is_no_record() -> None:
    numbers = [f"({at})" for at in range(1, len(HEADER) + 1)]
    assert skips(table([HEADER, numbers, record()])) == [(2, "REPEATED_HEADER")]
    assert skips(table([HEADER, ["甲", "乙", "丙", *range(1, 7)], record()])) == [
        (2, "REPEATED_HEADER")
    ]


def test_a_row_that_numbers_the_columns_is_known_below_a_leaf_that_hangs_open() -> None:
    header = ["县（市、区）", "培训人次", "高技能人才总量", "技能人才总量"]
    leaf = [None, "其中：女", None, None]
    found = table([header, leaf, ["甲", 1, 2, 3], ["仁怀市", 5, 6, 7]], contract=STOCK)
    assert skips(found)[-1] == (3, "REPEATED_HEADER")
    assert data(found, "area") == ["仁怀市"]


def test_a_record_between_two_headers_stays_a_record() -> None:
    header = [*HEADER, "紧急联系人姓名"]
    rows = [header, ["一、第一期"], [*record(1), "郑某"], header, [*record(2, "李四"), "郑某"]]
    assert data(table(rows), "person_name") == ["张三", "李四"]
    grouped = [[*HEADER[:5], "培训时间", None, *HEADER[7:]], [*[None] * 5, "起", "止"]]
    assert data(table([*grouped, record(1), *grouped, record(2, "李四")]), "person_name") == [
        "张三",
        "李四",
    ]


def test_all_headers_but_one_may_stand_below_a_group() -> None:
    rows = [["产业", "培训人次", None], [None, "本期", "累计"], ["茶", 3, 5]]
    found = table(rows, merges=["A1:A2", "B1:C1"], contract=RETURN)
    assert (data(found, "person_times"), data(found, "person_times_ytd")) == (["3"], ["5"])


@pytest.mark.parametrize(
    "cell", ["合计" + "1" * 60 + "!", "：" * 30_000 + "!", "a" + " " * 30_000 + "b"]
)
def test_a_cell_made_to_hold_us_up_does_not(cell: str) -> None:
    begun = time.process_time()
    table([[cell], HEADER, record(1), record(2, cell)])
    assert time.process_time() - begun < 20


# Which columns


def test_a_whole_header_beats_one_that_contains_it() -> None:
    header = [*HEADER, "联系电话", "就业单位联系电话", "意愿培训工种"]
    found = table([header, [*record(), "13900000000", "0851-1", "焊工"]])
    assert data(found, "person_phone") == ["13900000000"]
    assert data(found, "occupation") == ["电工"]


def test_the_other_partys_phone_is_not_taken_for_a_missing_one() -> None:
    found = table(
        [[*HEADER, "就业单位联系电话", "紧急联系人电话"], [*record(), "0851-1", "0851-2"]]
    )
    assert "person_phone" not in columns(found)


@pytest.mark.parametrize(
    ("header", "column"),
    [
        ("参训学员身份证号码（必填）", "person_id_no"),
        ("培训机构（学校）名称", "institution_name"),
        ("申报工种", "occupation"),
        ("鉴定等级", "level"),
        ("实际培训课时（节）", "training_hours"),
        ("学员手机号码", "person_phone"),
        ("身份证号/护照号", "person_id_no"),
        ("考核结果(合格/不合格)", "completion"),
    ],
)
def test_the_longest_alias_inside_a_header_counts(header: str, column: str) -> None:
    title = next(c.title_zh for c in LEDGER.columns if c.name == column)
    base = [text for text in HEADER if text != title]
    row = [value for text, value in zip(HEADER, record(), strict=True) if text != title]
    assert column in columns(table([[*base, header], [*row, "1"]]))


@pytest.mark.parametrize(
    "header",
    [
        "工种代码",
        "培训机构地址",
        "培训机构联系电话",
        "行业主管部门",
        "家庭住址",
        "姓名拼音",
        "原证书号",
        "上年补贴金额",
    ],
)
def test_a_header_about_something_else_stays_unmapped(header: str) -> None:
    assert columns(table([[*HEADER, header], [*record(), "1"]])) == columns(
        table([HEADER, record()])
    )


def test_a_required_column_that_is_missing_is_named_with_the_nearest_header() -> None:
    breach = refusal([["姓名", "证件编码", "培训机构", "培训工种", "培训时间", "考核结果"]])
    assert breach.code is BreachCode.COLUMN_MISSING
    assert "身份证号码" in breach.where
    assert "证件编码" in breach.message


def test_two_headers_for_one_column_are_ambiguous() -> None:
    breach = refusal([[*HEADER, "身份证号"], [*record(), ID]])
    assert breach.code is BreachCode.COLUMN_AMBIGUOUS
    assert ID not in str(breach)


def test_one_header_for_two_columns_is_ambiguous() -> None:
    header = ["姓名及身份证号码", "姓名", "身份证号码", *HEADER[3:]]
    assert refusal([header, ["张三", *record()[1:]]]).code is BreachCode.COLUMN_AMBIGUOUS


def test_a_date_range_stands_in_for_both_dates_and_one_date_does_not() -> None:
    base, row = HEADER[:5] + HEADER[7:], record()[:5] + record()[7:]
    ranged = table([[*base, "培训起止时间"], [*row, "2024.5.6-5.20"]])
    assert data(ranged, "training_dates") == ["2024.5.6-5.20"]
    breach = refusal([[*base, "开班时间"], [*row, "2024.5.6"]])
    assert breach.code is BreachCode.COLUMN_MISSING
    assert "结业时间" in breach.message


def test_no_header_at_all_names_what_is_needed() -> None:
    breach = refusal([["通知"], ["各县市区："], ["请于月底前报送。"]])
    assert breach.code is BreachCode.HEADER_NOT_FOUND
    assert "身份证号码" in breach.message


def test_an_empty_sheet_is_an_empty_delivery() -> None:
    assert refusal([[], []]).code is BreachCode.DELIVERY_EMPTY


# What stands above the table


@pytest.mark.parametrize(
    "rows",
    [
        [["填报单位：红花岗区人社局    填报日期：2024年7月5日    单位：万元/人"]],
        [["填报单位：红花岗区人社局", "", "填报日期：2024年7月5日", "单位：万元"]],
        [["填报单位（盖章）：", "红花岗区人社局", "", "金额单位：", "万元"]],
        [["填 报 单 位 ： 红花岗区人社局"], ["（单位：万元、人次）"]],
        [["报送单位:红花岗区人社局 单位:元"], ["2024年7月5日"]],
        [["填报单位：红花岗区人社局（盖章）", "", "（单位：万元）"]],
    ],
)
def test_unit_and_money_unit_are_found_above_the_header(rows: Rows) -> None:
    facts = table([[TITLE], *rows, HEADER, record()]).facts
    assert facts.unit_texts == ("红花岗区人社局",)
    assert facts.money_unit == ("cny" if "单位:元" in str(rows) else "wan_cny")
    assert facts.title_texts == ("台账", TITLE)


def test_a_stated_period_is_evidence_and_a_reporting_date_is_not() -> None:
    facts = table(
        [["统计期间：2024年1-6月  制表时间：2024年7月"], ["审核人：李四"], HEADER, record()]
    ).facts
    assert facts.title_texts == ("台账", "2024年1-6月")


def test_the_reporting_unit_may_stand_in_the_footer() -> None:
    facts = table(
        [HEADER, record(), ["填报单位（盖章）：汇川区人社局", "", "", "制表人：李四"]]
    ).facts
    assert facts.unit_texts == ("汇川区人社局",)


@pytest.mark.parametrize(
    ("above", "header", "unit"),
    [
        ([], "补贴金额(万元)", "wan_cny"),
        ([], "补贴金额（元/人）", "cny"),
        ([], "补贴金额（单位：万元）", "wan_cny"),
        ([["单位：万元"]], "补贴金额", "wan_cny"),
        ([["单位：万元"]], "补贴金额(元)", "cny"),
        ([], "补贴金额", None),
    ],
)
def test_the_headers_unit_of_money_beats_the_titles(
    above: Rows, header: str, unit: str | None
) -> None:
    assert table([*above, [*HEADER[:-1], header], record()]).money_units.get("subsidy_cny") == unit


def test_the_unit_of_money_may_stand_in_the_group_above_a_leaf_that_matches_alone() -> None:
    found = table(
        [
            ["学员", "", "培训", "", "", "", "", "补贴(万元)", ""],
            [*HEADER[1:8], "补贴金额", "补贴人数"],
            [*record()[1:8], 0.12, 1],
        ],
        ["A1:B1", "C1:G1", "H1:I1"],
    )
    assert found.money_units == {"subsidy_cny": "wan_cny"}


def test_units_may_stand_in_a_row_of_their_own_below_the_headers() -> None:
    found = table([HEADER, ["", "", "", "", "", "", "", "", "(万元)"], record()])
    assert found.money_units == {"subsidy_cny": "wan_cny"}
    assert found.rows["_row_number"].to_pylist() == [3]


def test_a_unit_of_money_that_was_not_agreed_is_refused() -> None:
    assert refusal([["单位：千元"], HEADER, record()]).code is BreachCode.FORMAT_NOT_AGREED


# What stands below the header


def test_totals_titles_notes_and_footers_are_told_from_records() -> None:
    found = table(
        [
            [TITLE],
            HEADER,
            ["一、第一期"],
            record(1),
            ["小计", "", "", "", "", "", "", "", 1200],
            ["二、第二期"],
            record(2, "李四"),
            [],
            ["", "小　计", "", "", "", "", "", "", 1200],
            ["合计：2人", "", "", "", "", "", "", "", 2400],
            ["注：以上数据截至6月底。"],
            ["2.补贴金额以拨付为准。"],
            ["制表人：王五", "", "", "审核人：赵六", "", "", "联系电话：0851"],
            ["2024年7月5日"],
        ]
    )
    assert data(found, "person_name") == ["张三", "李四"]
    assert skips(found) == [
        (3, "GROUP_TITLE_ROW"),
        (5, "TOTAL_ROW"),
        (6, "GROUP_TITLE_ROW"),
        (8, "BLANK_ROW"),
        (9, "TOTAL_ROW"),
        (10, "TOTAL_ROW"),
        (11, "NOTE_ROW"),
        (12, "NOTE_ROW"),
        (13, "FOOTER_ROW"),
        (14, "FOOTER_ROW"),
    ]


def test_a_total_fills_every_column_of_a_statistical_table() -> None:
    found = table(
        [
            ["县（市、区）", "技能人才总量", "高技能人才总量"],
            ["红花岗区", 100, 20],
            ["汇川区", 50, 10],
            ["合　计", 150, 30],
            ["填表人：王五", "", "审核人：赵六"],
        ],
        contract=STOCK,
    )
    assert data(found, "area") == ["红花岗区", "汇川区"]
    assert skips(found) == [(4, "TOTAL_ROW"), (5, "FOOTER_ROW")]


@pytest.mark.parametrize(
    "word", ["合计", "小计", "总计", "累计", "共计", "红花岗区小计", "本页合计", "合计28人"]
)
def test_every_word_for_a_total_is_known(word: str) -> None:
    assert skips(table([HEADER, record(), [word, "", "", "", "", "", "", "", 9]])) == [
        (3, "TOTAL_ROW")
    ]


def test_a_record_is_never_taken_for_a_total() -> None:
    rows = [
        HEADER,
        record(1, "张三", 培训机构="会计培训中心"),
        record(2, "计小明", 培训工种="统计分析合计员"),
    ]
    assert skips(table(rows)) == []


def test_a_record_with_all_but_its_name_missing_is_delivered_to_be_rejected() -> None:
    found = table([HEADER, ["", "张三"], record()])
    assert data(found, "person_name") == ["张三", "张三"]


def test_prepared_rows_with_numbers_and_zeros_are_blank() -> None:
    rows = [HEADER, record(), [2, *[""] * 7, 0], [3, *[""] * 7, "0.00"], record(4, "李四")]
    assert skips(table(rows)) == [(3, "BLANK_ROW"), (4, "BLANK_ROW")]


def test_blank_rows_at_the_end_are_not_delivered() -> None:
    assert len(table([HEADER, record(), *[[]] * 1000]).rows) == 1


def test_keys_of_merged_cells_are_filled_down_and_amounts_are_not() -> None:
    found = table(
        [
            HEADER,
            record(1, "张三"),
            record(2, "李四", 培训机构="", 补贴金额=""),
            record(3, "王五", 培训机构="", 补贴金额=""),
            record(4, "赵六", 培训机构=""),
        ],
        ["D2:D4", "I2:I4"],
    )
    assert data(found, "institution_name") == ["甲学校", "甲学校", "甲学校", None]
    assert data(found, "subsidy_cny") == ["1200", None, None, "1200"]


def test_a_record_in_a_merged_block_is_no_footer_for_the_date_in_front_of_it() -> None:
    order = [5, *range(5), *range(6, len(HEADER))]
    rows = [[row[at] for at in order] for row in (HEADER, record(1), record(2, "李四"))]
    rows[2][0], rows[2][4] = "2024年05月07日", None
    found = table(rows, merges=["E2:E3"])
    assert data(found, "institution_name") == ["甲学校", "甲学校"]
    assert skips(found) == []
    lacking = table([*rows[:2], [rows[2][0], *rows[2][1:2], None, *rows[2][3:]]])
    assert skips(lacking) == []


def test_a_total_inside_a_merged_block_stays_a_total() -> None:
    found = table(
        [
            HEADER,
            record(1),
            ["小计", "", "", "", "", "", "", "", 9],
            record(2, "李四", 培训机构=""),
        ],
        ["D2:D4"],
    )
    assert skips(found) == [(3, "TOTAL_ROW")]
    assert data(found, "institution_name") == ["甲学校", "甲学校"]


def test_a_record_in_a_merged_block_is_no_total_for_the_remark_in_front_of_it() -> None:
    remarked = ["合计", "李四", ID, None, "电工", "2024-06-06", "2024-06-20", "合格", 1200]
    found = table([["备注", *HEADER[1:]], record(""), remarked], merges=["D2:D3"])
    assert data(found, "institution_name") == ["甲学校", "甲学校"]
    assert skips(found) == []


def test_a_merge_over_the_whole_sheet_is_harmless() -> None:
    assert data(table([HEADER, record()], ["A1:XFD1048576"]), "person_name") == ["张三"]


def test_a_header_repeated_on_every_page_is_skipped() -> None:
    found = table([HEADER, record(1), HEADER, record(2, "李四"), HEADER, record(3, "王五")])
    assert data(found, "person_name") == ["张三", "李四", "王五"]
    assert skips(found) == [(3, "REPEATED_HEADER"), (5, "REPEATED_HEADER")]


def test_a_stacked_table_may_order_its_columns_anew() -> None:
    header = [HEADER[2], HEADER[1], *HEADER[3:], HEADER[0]]
    row = record(2, "李四")
    found = table(
        [HEADER, record(), [], ["二、汇川区"], header, [row[2], row[1], *row[3:], row[0]]]
    )
    assert data(found, "person_name") == ["张三", "李四"]
    assert data(found, "person_id_no") == [ID, ID]
    assert [reason for _, reason in skips(found)] == [
        "BLANK_ROW",
        "GROUP_TITLE_ROW",
        "REPEATED_HEADER",
    ]


def test_a_stacked_table_of_another_unit_is_a_table_of_its_own() -> None:
    first, second = tables(
        [
            ["填报单位：红花岗区人社局"],
            HEADER,
            record(),
            ["填报单位：汇川区人社局", "", "", "单位：万元"],
            HEADER,
            record(1, "李四"),
        ]
    )
    assert (first.facts.unit_texts, second.facts.unit_texts) == (
        ("红花岗区人社局",),
        ("汇川区人社局",),
    )
    assert (first.money_units, second.money_units) == ({}, {"subsidy_cny": "wan_cny"})
    assert data(second, "person_name") == ["李四"]
    assert first.rows["_row_number"].to_pylist() == [3, 4, 5]


def test_kinds_stand_in_the_contracts_column_order() -> None:
    found = table([HEADER, record(身份证号码=529999198803074512.0, 开班时间=45418.0)])
    kinds = found.rows["_kinds"][0].as_py()
    by_column = dict(zip((c.name for c in LEDGER.columns), kinds, strict=True))
    assert by_column["person_id_no"] == "n"
    assert by_column["started_on"] == "n"
    assert by_column["person_name"] == "t"
    assert by_column["person_phone"] == " "
    assert data(found, "person_id_no") == ["529999198803074000"]


# Several sheets


def test_every_sheet_of_a_workbook_is_a_table() -> None:
    sheets = [sheet([HEADER, record()], name=name) for name in ("红花岗区", "汇川区", "播州区")]
    found, notes = read_sheets(sheets, LEDGER, "台账.xlsx")
    assert [one.sheet for one in found] == ["红花岗区", "汇川区", "播州区"]
    assert notes == ("unknown column '序号'",)


def test_a_sheet_of_something_else_is_a_note_and_a_broken_one_a_refusal() -> None:
    good, other = sheet([HEADER, record()]), sheet([["填表说明"], ["请按模板填写"]], name="说明")
    _, notes = read_sheets([good, other, sheet([], name="Sheet3")], LEDGER, "台账.xlsx")
    assert "sheet '说明' has no such table and was left out" in notes
    broken = sheet([[text for text in HEADER if text != "考核结果"], record()], name="汇川区")
    with pytest.raises(Breach) as caught:
        read_sheets([sheet([HEADER, record()]), broken], LEDGER, "台账.xlsx")
    assert caught.value.code is BreachCode.COLUMN_MISSING
    assert "汇川区" in caught.value.where


@pytest.mark.parametrize("name", sorted(load_contracts()))
def test_every_contract_reads_its_own_titles_and_each_alias(name: str) -> None:
    contract = load_contracts()[name]
    for at in range(max(len(column.headers) for column in contract.columns)):
        header = [column.headers[min(at, len(column.headers) - 1)] for column in contract.columns]
        found = table([["标题"], header, ["x"] * len(header)], contract=contract)
        assert columns(found) == [column.name for column in contract.columns]

"""Do we read every format as the agency sees it, whatever the file is called?"""

from __future__ import annotations

import datetime as dt
import io
import json
import time
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter
import xlwt
from grids import HEADER, ID, LEDGER, Rows, columns, data, record, skips
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from ingestion.contract import FeedContract, load_contracts
from ingestion.readers import Reading, read, xlsx_parts
from ingestion.readers.xml_spreadsheet import NAMESPACE
from ingestion.reasons import Breach, BreachCode

CERTIFICATES = load_contracts()["hrss/certificates"]
ENROLMENTS = load_contracts()["hrss/enrolments"]
WORKSHOPS = load_contracts()["hrss/master_workshops"]
ROWS = [list(HEADER), record(1), record(2, "李四")]


def xlsx(path: Path, rows: Rows = ROWS) -> Path:
    with xlsxwriter.Workbook(str(path)) as book:
        page = book.add_worksheet("台账")
        for at, row in enumerate(rows):
            page.write_row(at, 0, row)
    return path


def xls(path: Path, rows: Rows = ROWS) -> Path:
    book = xlwt.Workbook()
    page = book.add_sheet("台账")
    for at, row in enumerate(rows):
        for column, value in enumerate(row):
            page.write(at, column, value)
    book.save(str(path))
    return path


def text(path: Path, encoding: str = "utf-8", delimiter: str = ",", rows: Rows = ROWS) -> Path:
    lines = [delimiter.join(str(cell) for cell in row) for row in rows]
    path.write_bytes("\r\n".join([*lines, ""]).encode(encoding))
    return path


def html_page(rows: Rows = ROWS, head: str = "") -> str:
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f"<html><head>{head}</head><body><table border=1>{body}</table></body></html>"


def check(reading: Reading) -> None:
    (table,) = reading.tables
    assert data(table, "person_name") == ["张三", "李四"]
    assert data(table, "person_id_no") == [ID, ID]
    assert data(table, "subsidy_cny") == ["1200", "1200"]
    assert table.rows["_row_number"].to_pylist() == [2, 3]


def refusal(path: Path, contract: FeedContract = LEDGER, name: str | None = None) -> Breach:
    with pytest.raises(Breach) as caught:
        read(path, contract, name or path.name)
    return caught.value


@pytest.mark.parametrize(
    "name", ["附件1：2024年第二期花名册（最终版）(1).xls", "a.csv", "a.xlsx", "noname"]
)
@pytest.mark.parametrize(("write", "form"), [(xlsx, "xlsx"), (xls, "xls"), (text, "csv")])
def test_the_content_is_sniffed_and_the_name_is_not_trusted(
    tmp_path: Path, name: str, write: Callable[[Path], Path], form: str
) -> None:
    reading = read(write(tmp_path / "f"), LEDGER, name)
    assert reading.format == form
    check(reading)


def test_a_wps_file_is_a_workbook_of_either_kind(tmp_path: Path) -> None:
    old, new = read(xls(tmp_path / "a"), LEDGER, "a.et"), read(xlsx(tmp_path / "b"), LEDGER, "b.et")
    assert (old.format, new.format) == ("et", "xlsx")
    check(old)
    check(new)


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030"]
)
@pytest.mark.parametrize("delimiter", [",", "\t", "|", "，", ";"])
def test_delimited_text_in_every_encoding_with_every_delimiter(
    tmp_path: Path, encoding: str, delimiter: str
) -> None:
    check(read(text(tmp_path / "a", encoding, delimiter), LEDGER, "a.csv"))


def test_rare_characters_survive_gb18030(tmp_path: Path) -> None:
    rows = [ROWS[0], record(1, "𠮷䶮㧬")]
    (table,) = read(text(tmp_path / "a", "gb18030", rows=rows), LEDGER, "a.csv").tables
    assert data(table, "person_name") == ["𠮷䶮㧬"]


def test_a_delimiter_in_the_title_does_not_mislead(tmp_path: Path) -> None:
    rows = [["红花岗区,2024年1-6月,台账"], ["填报单位：红花岗区人社局,单位：元"], *ROWS]
    (table,) = read(text(tmp_path / "a", delimiter="\t", rows=rows), LEDGER, "a").tables
    assert data(table, "person_name") == ["张三", "李四"]
    assert "红花岗区,2024年1-6月,台账" in table.facts.title_texts


def test_wrapped_and_quoted_cells_are_unwrapped(tmp_path: Path) -> None:
    content = (
        ",".join(HEADER)
        + "\r\n"
        + f'1,"张\r\n三",="{ID}",甲学校,电工,2024-05-06,2024-05-20,合格,"1,200"\r\n'
    )
    content += f"2,李四,'{ID},甲学校,电工,2024-05-06,2024-05-20,合格,1200\r\n"
    content += f"3,王五,{ID}\t,甲学校,电工,2024-05-06,2024-05-20,合格,1200\r\n"
    (tmp_path / "a").write_text(content, encoding="utf-8", newline="")
    (table,) = read(tmp_path / "a", LEDGER, "a.csv").tables
    assert data(table, "person_id_no") == [ID] * 3
    assert data(table, "subsidy_cny") == ["1,200", "1200", "1200"]
    assert table.rows["_row_number"].to_pylist() == [2, 3, 4]


def test_a_ragged_row_is_delivered_with_a_fault(tmp_path: Path) -> None:
    rows = [
        ROWS[0],
        [*record(1), "extra"],
        record(2)[:5],
        [*record(3), "", ""],
        ["合计", 9],
        record(4),
    ]
    (table,) = read(text(tmp_path / "a", rows=rows), LEDGER, "a").tables
    assert table.rows["_fault"].to_pylist() == ["ROW_RAGGED", "ROW_RAGGED", None, None, None]
    assert skips(table) == [(5, "TOTAL_ROW")]


@pytest.mark.parametrize(
    "broken",
    [
        '1,"张三,x,甲学校,电工,2024-05-06,2024-05-20,合格,1\n' + ",".join("123456789") + "\n",
        '1,"张三",x"y"z\n2,"李四"x,y\n',
        '1,"张三,x,甲学校,电工,2024-05-06,2024-05-20,合格,1\n'
        + "2,李四,x,甲学校,电工,2024-05-06,2024-05-20,合格,1\n"
        + '3,"王五",x,甲学校,电工,2024-05-06,2024-05-20,合格,1\n',
    ],
)
def test_damaged_quotes_refuse_the_file(tmp_path: Path, broken: str) -> None:
    (tmp_path / "a").write_text(",".join(HEADER) + "\n" + broken, encoding="utf-8")
    assert refusal(tmp_path / "a").code is BreachCode.FILE_UNREADABLE


def test_files_of_mixed_encodings_are_refused(tmp_path: Path) -> None:
    good = text(tmp_path / "a", "utf-8").read_bytes()
    (tmp_path / "b").write_bytes(good + ",".join(map(str, record(3))).encode("gb18030"))
    assert refusal(tmp_path / "b").code is BreachCode.ENCODING_UNKNOWN
    (tmp_path / "c").write_bytes(b"\xef\xbb\xbf" + text(tmp_path / "d", "gb18030").read_bytes())
    assert refusal(tmp_path / "c").code is BreachCode.ENCODING_UNKNOWN
    (tmp_path / "e").write_bytes(good + b"\xff\xfe\xfa\x80\x80\n")
    assert refusal(tmp_path / "e").code is BreachCode.ENCODING_UNKNOWN


def test_old_and_new_workbooks_tell_the_same(tmp_path: Path) -> None:
    rows = [
        [*HEADER, "课时"],
        [*record(身份证号码=ID), 40],
        [*record(2, 身份证号码=int(ID), 补贴金额=0.1 + 0.2), 40.5],
    ]
    new = read(xlsx(tmp_path / "a", rows), LEDGER, "a").tables[0].rows
    old = read(xls(tmp_path / "b", rows), LEDGER, "b").tables[0].rows
    assert new.equals(old)
    assert [kinds[1] for kinds in new["_kinds"].to_pylist()] == ["t", "n"]
    assert new["subsidy_cny"].to_pylist() == ["1200", "0.3"]
    assert new["training_hours"].to_pylist() == ["40", "40.5"]
    assert new["person_id_no"].to_pylist() == [ID, "529999198803074000"]


@pytest.mark.parametrize(
    "form", ["yyyy-mm-dd", 'yyyy"年"m"月"d"日"', "m/d/yyyy", "[$-804]yyyy/m/d;@"]
)
def test_date_cells_are_iso_text(tmp_path: Path, form: str) -> None:
    with xlsxwriter.Workbook(str(tmp_path / "a")) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, HEADER)
        page.write_row(1, 0, record())
        page.write_datetime(1, 5, dt.date(2024, 5, 6), book.add_format({"num_format": form}))
    (table,) = read(tmp_path / "a", LEDGER, "a").tables
    assert data(table, "started_on") == ["2024-05-06"]
    assert "d" in table.rows["_kinds"][0].as_py()


def test_the_1904_date_system_is_reported_and_date_cells_are_right(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.epoch = CALENDAR_MAC_1904
    book.active.append(HEADER)
    book.active.append([*record()[:5], dt.date(2024, 5, 6), 43956, *record()[7:]])
    book.save(tmp_path / "a")
    (table,) = read(tmp_path / "a", LEDGER, "a").tables
    assert table.date_1904
    assert data(table, "started_on") == ["2024-05-06"]
    assert data(table, "ended_on") == ["43956"]
    old = xlwt.Workbook()
    old.dates_1904 = True
    page = old.add_sheet("台账")
    for at, row in enumerate(ROWS):
        for column, value in enumerate(row):
            page.write(at, column, value)
    old.save(str(tmp_path / "b"))
    assert read(tmp_path / "b", LEDGER, "b").tables[0].date_1904


def test_formulas_without_result_and_errors_are_told_from_blanks(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(HEADER)
    book.active.append([*record()[:8], "=SUM(1,2)"])
    book.active.append([*record(2)[:4], "=A1", *record(2)[5:]])
    book.save(tmp_path / "a")
    (table,) = read(tmp_path / "a", LEDGER, "a").tables
    kinds = [
        dict(zip((c.name for c in LEDGER.columns), k, strict=True))
        for k in table.rows["_kinds"].to_pylist()
    ]
    assert (kinds[0]["subsidy_cny"], kinds[1]["occupation"]) == ("f", "f")
    assert data(table, "subsidy_cny")[0] is None
    with xlsxwriter.Workbook(str(tmp_path / "b")) as other:
        page = other.add_worksheet()
        page.write_row(0, 0, HEADER)
        page.write_row(1, 0, record())
        page.write_formula(1, 4, "=1/0", None, "#DIV/0!")
        page.write_formula(1, 8, "=1000+200", None, 1200)
    (table,) = read(tmp_path / "b", LEDGER, "b").tables
    kinds = dict(
        zip((c.name for c in LEDGER.columns), table.rows["_kinds"][0].as_py(), strict=True)
    )
    assert (kinds["occupation"], kinds["subsidy_cny"]) == ("e", "n")
    assert data(table, "subsidy_cny") == ["1200"]


def test_old_workbooks_tell_formulas_without_result_too(tmp_path: Path) -> None:
    book = xlwt.Workbook()
    page = book.add_sheet("台账")
    for at, row in enumerate(ROWS):
        for column, value in enumerate(row):
            page.write(at, column, xlwt.Formula("1+1") if at and column == 8 else value)
    book.save(str(tmp_path / "a"))
    (table,) = read(tmp_path / "a", LEDGER, "a").tables
    assert [kinds[-1] for kinds in table.rows["_kinds"].to_pylist()] == ["f", "f"]


def test_hidden_sheets_are_skipped_and_reported_and_hidden_rows_read(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(str(tmp_path / "a")) as book:
        for name in ("台账", "旧数据", "代码"):
            page = book.add_worksheet(name)
            for at, row in enumerate(ROWS):
                page.write_row(at, 0, row)
        book.get_worksheet_by_name("旧数据").hide()
        book.get_worksheet_by_name("代码").very_hidden()
        book.get_worksheet_by_name("台账").set_row(2, None, None, {"hidden": True})
        book.add_chartsheet("图")
    reading = read(tmp_path / "a", LEDGER, "a")
    check(reading)
    assert {"hidden sheet '旧数据' skipped", "hidden sheet '代码' skipped"} <= set(reading.notes)
    assert "1 hidden rows of sheet '台账' were read" in reading.notes


def test_of_two_sheets_of_one_name_both_are_looked_through(tmp_path: Path) -> None:
    """The library reads the first one whenever it is asked for the name."""
    with xlsxwriter.Workbook(str(tmp_path / "a")) as book:
        for name in ("台账", "台帐"):
            page = book.add_worksheet(name)
            for at, row in enumerate(ROWS):
                page.write_row(at, 0, row)
    for number in (1, 2):
        hostile = tmp_path / f"{number}.xlsx"
        with zipfile.ZipFile(tmp_path / "a") as book, zipfile.ZipFile(hostile, "w") as new:
            for part in book.infolist():
                content = book.read(part).replace("台帐".encode(), "台账".encode())
                if part.filename == f"xl/worksheets/sheet{number}.xml":
                    content = content.replace(b"<worksheet", b"<!DOCTYPE worksheet><worksheet", 1)
                new.writestr(part.filename, content)
        assert refusal(hostile).code is BreachCode.FILE_UNREADABLE


def test_merged_cells_are_known_in_both_kinds_of_workbook(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(str(tmp_path / "a")) as book:
        page = book.add_worksheet("台账")
        for at, row in enumerate([HEADER, record(), record(2, "李四", 培训机构=""), record(3)]):
            page.write_row(at, 0, row)
        page.merge_range(1, 3, 2, 3, "甲学校")
    old = xlwt.Workbook()
    page = old.add_sheet("台账")
    for at, row in enumerate([HEADER, record(), record(2, "李四"), record(3)]):
        for column, value in enumerate(row):
            if column != 3 or at in (0, 3):
                page.write(at, column, value)
    page.write_merge(1, 2, 3, 3, "甲学校")
    old.save(str(tmp_path / "b"))
    for name in "ab":
        (table,) = read(tmp_path / name, LEDGER, name).tables
        assert data(table, "institution_name") == ["甲学校"] * 3


def test_a_table_away_from_the_corner_keeps_its_row_numbers(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(str(tmp_path / "a")) as book:
        page = book.add_worksheet("台账")
        for at, row in enumerate(ROWS):
            page.write_row(at + 6, 3, row)
    (table,) = read(tmp_path / "a", LEDGER, "a").tables
    assert table.rows["_row_number"].to_pylist() == [8, 9]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_web_page_named_xls_is_read(tmp_path: Path, encoding: str) -> None:
    head = '<meta http-equiv="Content-Type" content="text/html; charset=gb2312">'
    (tmp_path / "a").write_bytes(html_page(head=head).encode(encoding))
    reading = read(tmp_path / "a", LEDGER, "台账.xls")
    assert reading.format == "html"
    check(reading)


def test_a_web_pages_spans_headings_and_hidden_rows_are_understood(tmp_path: Path) -> None:
    cells = "".join(
        f"<th rowspan=2>{text}</th>" for text in ("姓名", "身份证号码", "培训机构", "培训工种")
    )
    page = f"""<h2>红花岗区2024年1-6月台账</h2><p>填报单位：红花岗区人社局</p><table>
      <tr>{cells}<th colspan=2>培训时间</th><th rowspan=2>考核<br>结果</th></tr>
      <tr><th>起</th><th>止</th></tr>
      <tr><td>张三<td x:num="5.29999E+17">5.3E+17</td><td rowspan=2>甲学校<td>电工
        <td>2024-05-06<td>2024-05-20<td>合格</tr>
      <tr style="display:none"><td>模板</td></tr>
      <tr><td>李四<td>{ID}<td>焊工<td>2024-05-06<td>2024-05-20<td>合格</tr></table>"""
    (tmp_path / "a").write_text(page, encoding="utf-8")
    reading = read(tmp_path / "a", LEDGER, "a.xls")
    (table,) = reading.tables
    assert table.facts.unit_texts == ("红花岗区人社局",)
    assert data(table, "institution_name") == ["甲学校", "甲学校"]
    assert data(table, "ended_on") == ["2024-05-20", "2024-05-20"]
    assert data(table, "person_id_no") == ["529999000000000000", ID]
    assert table.rows["_kinds"][0].as_py()[1] == "n"
    assert "1 hidden rows were left out" in reading.notes


def test_the_xml_format_of_2003_is_read(tmp_path: Path) -> None:
    def cell(value: object) -> str:
        kind = "Number" if isinstance(value, int) else "String"
        return f'<Cell><Data ss:Type="{kind}">{value}</Data></Cell>'

    rows = "".join(f"<Row>{''.join(map(cell, row))}</Row>" for row in ROWS)
    rows += '<Row ss:Index="9"><Cell ss:Index="2"><Data ss:Type="String">合计</Data></Cell></Row>'
    space = f'xmlns="{NAMESPACE}" xmlns:ss="{NAMESPACE}"'
    (tmp_path / "a").write_text(
        f'<?xml version="1.0"?>\n<?mso-application progid="Excel.Sheet"?>\n<Workbook {space}>'
        f'<Worksheet ss:Name="台账"><Table>{rows}</Table></Worksheet></Workbook>',
        encoding="utf-8",
    )
    (table,) = read(tmp_path / "a", LEDGER, "a.xls").tables
    assert table.sheet == "台账"
    assert data(table, "subsidy_cny") == ["1200", "1200"]
    assert skips(table) == [(9, "TOTAL_ROW")]


RECORD = {
    "certificateNo": "S0001",
    "holderName": "张三",
    "holderIdNo": ID,
    "kind": "职业技能等级",
    "occupationName": "电工",
    "issueDate": "2024-05-06",
    "status": "有效",
    "updatedAt": "2024-05-06T08:00:00",
    "areaCode": 520302,
    "weight": 1.50,
}


@pytest.mark.parametrize(
    "content",
    [
        json.dumps([RECORD, RECORD]),
        json.dumps({"code": 0, "msg": "", "count": 2, "data": [RECORD, RECORD]}),
        json.dumps(RECORD) + "\n" + json.dumps(RECORD, ensure_ascii=False) + "\n",
        json.dumps([RECORD, RECORD], indent=2),
        json.dumps({"data": {"list": [RECORD, RECORD]}}, indent=1),
    ],
)
def test_json_records_are_read_in_every_wrapping(tmp_path: Path, content: str) -> None:
    (tmp_path / "a").write_text(content, encoding="utf-8")
    reading = read(tmp_path / "a", CERTIFICATES, "certificate_service:certificates")
    (table,) = reading.tables
    assert data(table, "area") == ["520302", "520302"]
    assert data(table, "person_id_no") == [ID, ID]
    assert table.rows["_kinds"][0].as_py()[8] == "n"
    assert reading.notes == ("unknown column 'weight'",)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ('{"certificateNo": "1", "certificateNo": "2"}', BreachCode.FILE_UNREADABLE),
        ('[{"certificateNo": NaN}]', BreachCode.FILE_UNREADABLE),
        ('[{"certificateNo": "1"', BreachCode.FILE_UNREADABLE),
        ("[" * 100_000, BreachCode.FILE_UNREADABLE),
        ('[{"certificateNo": "1", "certificate_no": "2"}]', BreachCode.COLUMN_AMBIGUOUS),
        ('[{"certificateNo": "1"}]', BreachCode.COLUMN_MISSING),
        ('{"result": "not_ok", "error": {"message": "x"}}', BreachCode.HEADER_NOT_FOUND),
        ("[[1, 2]]", BreachCode.FILE_UNREADABLE),
    ],
)
def test_damaged_json_is_refused(tmp_path: Path, content: str, code: BreachCode) -> None:
    (tmp_path / "a").write_text(content, encoding="utf-8")
    assert refusal(tmp_path / "a", CERTIFICATES).code is code


def test_a_database_spool_keeps_its_text(tmp_path: Path) -> None:
    required = [c.name for c in ENROLMENTS.columns if c.required]
    spool = pa.table(
        {name: pa.array([" 001 ", "", None], pa.string()) for name in [*required, "secret"]}
    )
    pq.write_table(spool, tmp_path / "a")
    reading = read(tmp_path / "a", ENROLMENTS, "training_platform:enrolment")
    (table,) = reading.tables
    assert columns(table) == required
    assert table.rows["enrolment_no"].to_pylist() == ["001", None, None]
    assert table.rows["_row_number"].to_pylist() == [1, 2, 3]


def test_a_format_that_was_not_agreed_is_refused(tmp_path: Path) -> None:
    assert refusal(text(tmp_path / "a"), WORKSHOPS).code is BreachCode.FORMAT_NOT_AGREED
    (tmp_path / "b").write_text(html_page(), encoding="utf-8")
    assert refusal(tmp_path / "b", WORKSHOPS, "b.xls").code is BreachCode.FORMAT_NOT_AGREED


def long_workbook(path: Path, *, rows: int = 9_000, far_out: bool = False) -> Path:
    """Records, and among the last of them a formula that failed, a total and a hidden row."""
    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        page = book.add_worksheet("台账")
        page.write_row(0, 0, HEADER)
        for at in range(1, rows + 1):
            page.write_row(at, 0, record(at))
            if at == rows - 3:
                page.write_formula(at, 4, "=1/0", None, "#DIV/0!")
            if at == rows - 1:
                page.set_row(at, None, None, {"hidden": True})
        page.write_row(rows + 1, 0, ["合计", *[""] * 7, 1200 * rows])
        if far_out:
            page.write(1_048_575, 16_383, "x")
    return path


def test_a_long_workbook_is_looked_through_to_its_end(tmp_path: Path) -> None:
    path = long_workbook(tmp_path / "a.xlsx")
    with xlsx_parts.opened(path) as package:
        assert package.is_long("台账")
    reading = read(path, LEDGER, "a.xlsx")
    (table,) = reading.tables
    assert table.rows["_row_number"].to_pylist() == list(range(2, 9_003))
    assert data(table, "subsidy_cny")[:9_000] == ["1200"] * 9_000
    assert skips(table) == [(9_002, "TOTAL_ROW")]
    kinds = table.rows["_kinds"].to_pylist()
    assert {kinds[at] for at in range(9_000) if at != 8_996} == {kinds[0]}
    assert (kinds[8_996].count("e"), data(table, "occupation")[8_996]) == (1, None)
    assert "1 hidden rows of sheet '台账' were read" in reading.notes


def test_a_long_workbook_that_reaches_too_far_is_refused_whatever_it_says(tmp_path: Path) -> None:
    """A sheet that says how far it reaches is believed only to save time."""
    path = long_workbook(tmp_path / "a.xlsx", far_out=True)
    told = refusal(path)
    assert (told.code, "used range" in told.message) == (BreachCode.READER_LIMIT, True)
    lying = tmp_path / "b.xlsx"
    with zipfile.ZipFile(path) as honest, zipfile.ZipFile(lying, "w", zipfile.ZIP_DEFLATED) as new:
        for part in honest.infolist():
            content = honest.read(part)
            new.writestr(part.filename, content.replace(b"A1:XFD1048576", b"A1:I9002"))
    assert refusal(lying).code is BreachCode.READER_LIMIT
    check(read(xlsx(tmp_path / "c.xlsx"), LEDGER, "c.xlsx"))


def test_many_small_workbooks_are_read_quickly_by_two_threads(tmp_path: Path) -> None:
    path = xlsx(tmp_path / "a")
    read(path, LEDGER, "warm")
    began = time.monotonic()
    with ThreadPoolExecutor(2) as threads:
        readings = list(threads.map(lambda at: read(path, LEDGER, f"{at}.xlsx"), range(150)))
    assert len(readings) == 150
    assert time.monotonic() - began < 30


def test_the_zip_of_a_workbook_may_be_written_to_a_stream(tmp_path: Path) -> None:
    target = io.BytesIO()
    book = openpyxl.Workbook()
    for row in ROWS:
        book.active.append(row)
    book.save(target)
    (tmp_path / "a").write_bytes(target.getvalue())
    check(read(tmp_path / "a", LEDGER, "a"))

"""Records in JSON, and tables in web pages and the XML of 2003, that mislead or overload."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

from hostile.goods import MARK, Good, lines_of, number_of, page_of, records_of
from hostile.variants import variant

_SPREADSHEET: Final = "urn:schemas-microsoft-com:office:spreadsheet"

Record = dict[str, Any]


@variant
def json_text(good: Good, argument: str) -> bytes:
    """The document itself is damaged, wrapped, cut off or in another encoding."""
    records = records_of(good)
    text = json.dumps(records, ensure_ascii=False)
    lines = [json.dumps(record, ensure_ascii=False) for record in records]
    changes: dict[str, Callable[[], str | bytes]] = {
        "cut_off": lambda: text.encode()[:-20],
        "comma_at_the_end": lambda: f"{text[:-1]},]",
        "comment": lambda: f"// full list\n{text}",
        "single_quotes": lambda: str(records),
        "two_documents": lambda: f"{text}{text}",
        "deep": lambda: b"[" * 100_000,
        "deep_and_closed": lambda: b"[" * 100_000 + b"]" * 100_000,
        "deep_inside": lambda: text.replace(f'"{MARK}工种"', "[" * 50_000 + "]" * 50_000),
        "array_of_arrays": lambda: json.dumps([list(r.values()) for r in records]),
        "array_of_words": lambda: b'["a", "b"]',
        "array_of_nulls": lambda: b"[null, null]",
        "nothing": lambda: b"[]",
        "nothing_in_an_envelope": lambda: b'{"code": 0, "count": 0, "data": []}',
        "empty_records": lambda: b"[{}, {}]",
        "null": lambda: b"null",
        "error_envelope": lambda: b'{"code": 401, "msg": "please log in", "data": null}',
        "login_page": lambda: b"<!DOCTYPE html><html><body>please log in</body></html>",
        "envelope": lambda: json.dumps({"code": 0, "count": 4, "data": records}),
        "lines": lambda: "\n".join(lines),
        "broken_line": lambda: "\n".join([*lines[:2], lines[2][:-5], *lines[3:]]),
        "lines_and_words": lambda: "\n".join([*lines, "end of file"]),
        "utf-8 with mark": lambda: text.encode("utf-8-sig"),
        "utf-16": lambda: text.encode("utf-16"),
        "gb18030": lambda: text.encode("gb18030"),
        "escaped": lambda: json.dumps(records),
        "indented": lambda: json.dumps(records, indent=4, ensure_ascii=False),
        "csv_instead": lambda: lines_of(good.rows),
        "javascript": lambda: f"callback({text})",
    }
    made = changes[argument]()
    return made if isinstance(made, bytes) else made.encode()


@variant
def json_value(good: Good, argument: str) -> bytes:
    """One record says something that JSON readers take in different ways."""
    key, _, literal = argument.partition("=")
    records = records_of(good)
    text = json.dumps(records, ensure_ascii=False)
    old = json.dumps(records[1][key], ensure_ascii=False)
    return text.replace(f'"{key}": {old}', f'"{key}": {_LITERALS.get(literal, literal)}', 1).encode(
        "utf-8", "surrogatepass"
    )


@variant
def json_key(good: Good, argument: str) -> bytes:
    """The second record has a key more, less or twice."""
    records: list[Record] = list(records_of(good))
    changes: dict[str, Callable[[Record], Record]] = {
        "other_spelling": lambda record: {**record, "person_name": "x"},
        "unknown": lambda record: {**record, "x" * 5000: 1},
        "markup": lambda record: {**record, "<script>alert(1)</script>": 1},
        "sql": lambda record: {**record, 'b"; drop table batches; --': 1},
        "prototype": lambda record: {**record, "__proto__": {"a": 1}, "constructor": {}},
        "blank": lambda record: {**record, "": 1, " ": 2},
        "missing": lambda record: {k: v for k, v in record.items() if k != "holderName"},
        "nested": lambda record: {**record, "holderName": {"first": "x"}},
        "many": lambda record: {**record, **{f"k{at}": at for at in range(100_000)}},
        "half_character": lambda record: {**record, "\ud800": 1},
        "number": lambda record: {**record, str(record["holderIdNo"]): 1},
    }
    if argument == "twice":
        first, second = (json.dumps(record, ensure_ascii=False) for record in records[:2])
        again = second.replace("{", '{"holderName": "x", ', 1)
        return f"[{first}, {again}]".encode()
    if argument == "missing_everywhere":
        return json.dumps([changes["missing"](record) for record in records]).encode()
    records[1] = changes[argument](records[1])
    return json.dumps(records, ensure_ascii=argument == "half_character").encode()


_LITERALS: Final = {
    "whole_number": number_of(1).replace("X", "0"),
    "float_number": f"{float(number_of(1)[:-1])}",
    "long_integer": "9" * 100_000,
    "deep_array": "[" * 900 + "]" * 900,
    "raw_surrogate": '"\ud800"',
    "surrogate": '"\\ud800"',
    "zero_character": '"a\\u0000b"',
    "control": '"a\tb"',
}


@variant
def web_page(good: Good, argument: str) -> bytes:
    """A web page that hides, nests, spans or promises too much."""
    page = page_of(good.rows)
    first = f"<td>{MARK}学校</td>"
    changes: dict[str, Callable[[], str]] = {
        "no_table": lambda: "<html><body>please log in</body></html>",
        "script_in_a_cell": lambda: page.replace(
            first, f"<td>{MARK}<script>alert(1)</script>学校</td>", 1
        ),
        "style_in_a_cell": lambda: page.replace(first, f"<td><style>x</style>{MARK}学校</td>", 1),
        "hidden_record": lambda: page.replace("</table>", _hidden_row(good)),
        "span_without_end": lambda: page.replace("<td>", "<td colspan=99999999 rowspan=99999999>"),
        "rowspan_without_end": lambda: page.replace(
            first, first.replace("<td", "<td rowspan=99999999"), 1
        ),
        "nested_tables": lambda: "<table><tr><td>" * 20_000 + page,
        "table_in_a_table": lambda: f"<table><tr><td>{page}</td></tr></table>",
        "unclosed": lambda: page.replace("</td>", "").replace("</tr>", "").replace("</table>", ""),
        "other_charset_said": lambda: page_of(good.rows, '<meta charset="big5">'),
        "entity": lambda: page.replace(first, "<td>&#26679;&#x4f8b;学校</td>", 1),
        "half_character": lambda: page.replace(first, f"<td>{MARK}&#xD800;&#0;学校</td>", 1),
        "laughs": lambda: '<?xml version="1.0"?><!DOCTYPE html [<!ENTITY a "ha">]>' + page,
        "object": lambda: page.replace(
            "<body>",
            '<body><iframe src="file:///etc/passwd"></iframe><img src="http://127.0.0.1:1">',
        ),
        "comment": lambda: page.replace("<body>", "<body><!--[if mso]><xml/><![endif]-->"),
        "many_columns": lambda: page.replace("</tr>", "<td></td>" * 20_000 + "</tr>"),
        "two_tables": lambda: page.replace(
            "<table", "<table><tr><td>人数</td></tr></table><table", 1
        ),
        "number_in_an_attribute": lambda: page.replace(first, f"<td x:num='1'>{MARK}学校</td>", 1),
        "cut_off": lambda: page[: len(page) // 2],
    }
    return changes[argument]().encode()


def _hidden_row(good: Good) -> str:
    cells = "".join(f"<td>{cell}</td>" for cell in good.records[0])
    return f'<tr style="display: none">{cells}</tr></table>'


@variant
def web_page_in(good: Good, argument: str) -> bytes:
    """The page in another encoding than it says."""
    return page_of(good.rows, '<meta charset="utf-8">').encode(argument)


@variant
def xml_2003(good: Good, argument: str) -> bytes:
    """The XML format of 2003, whole or spoilt."""

    def cell(value: object) -> str:
        kind = "Number" if isinstance(value, int | float) else "String"
        return f'<Cell><Data ss:Type="{kind}">{value}</Data></Cell>'

    rows = "".join(f"<Row>{''.join(map(cell, row))}</Row>" for row in good.rows)
    space = f'xmlns="{_SPREADSHEET}" xmlns:ss="{_SPREADSHEET}"'
    text = (
        f'<?xml version="1.0"?>\n<Workbook {space}><Worksheet ss:Name="台账">'
        f"<Table>{rows}</Table></Worksheet></Workbook>"
    )
    changes: dict[str, Callable[[], str]] = {
        "whole": lambda: text,
        "entity": lambda: text.replace(
            "?>", '?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]>', 1
        ),
        "cut_off": lambda: text[:-60],
        "index_beyond": lambda: text.replace("<Row>", '<Row ss:Index="99999999">', 1),
        "merge_beyond": lambda: text.replace(
            "<Cell>", '<Cell ss:MergeAcross="99999999" ss:MergeDown="99999999">', 1
        ),
        "number_of_words": lambda: text.replace(">1200<", ">twelve<", 1),
        "number_too_large": lambda: text.replace(">1200<", ">1e999999999<", 1),
        "formula_without_result": lambda: text.replace(
            '<Cell><Data ss:Type="Number">1200</Data></Cell>', '<Cell ss:Formula="=1200"/>', 1
        ),
    }
    return changes[argument]().encode()

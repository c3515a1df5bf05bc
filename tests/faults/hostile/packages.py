"""Workbooks whose container or parts are damaged, overgrown, locked or of another kind."""

from __future__ import annotations

import io
import re
import struct
import tarfile
import zipfile
from typing import Final

from containers import (
    SHEET,
    STRINGS,
    biff_with_password,
    flagged_as_encrypted,
    ole_container,
    repacked,
    with_a_flipped_byte,
)

from hostile.goods import Good
from hostile.variants import variant

WORKBOOK: Final = "xl/workbook.xml"
STYLES: Final = "xl/styles.xml"
PARTS: Final = {
    "sheet": SHEET,
    "strings": STRINGS,
    "workbook": WORKBOOK,
    "styles": STYLES,
    "relations": "xl/_rels/workbook.xml.rels",
    "types": "[Content_Types].xml",
}
_MEGABYTE: Final = 1 << 20


@variant
def truncated(good: Good, argument: str) -> bytes:
    """The first so many percent of the file, or all but so many bytes."""
    content = good.content()
    if argument.endswith("%"):
        return content[: len(content) * int(argument[:-1]) // 100]
    return content[: -int(argument)]


@variant
def empty(good: Good, argument: str) -> bytes:
    """Nothing, or nothing but blanks or zeros, as long as the file was."""
    filling = {"nothing": b"", "blanks": b" \r\n\t", "zeros": b"\0"}
    return filling[argument] * len(good.content())


@variant
def mislabelled(good: Good, argument: str) -> bytes:
    """Another format under the name of this one."""
    return good.content(argument)


@variant
def something_else(good: Good, argument: str) -> bytes:
    """A file that is no table at all, or a table packed into something."""
    simple = {
        "pdf": b"%PDF-1.7\n1 0 obj\n",
        "png": b"\x89PNG\r\n\x1a\n" + b"\0" * 100,
        "jpeg": b"\xff\xd8\xff\xe0" + b"\0" * 100,
        "rar": b"Rar!\x1a\x07\x01\x00" + b"\0" * 50,
        "7z": b"7z\xbc\xaf\x27\x1c" + b"\0" * 50,
        "gzip": b"\x1f\x8b\x08\x00" + b"\0" * 50,
        "rtf": rb"{\rtf1 \ansi x}",
        "elf": b"\x7fELF" + b"\0\1\2" * 100,
        "sqlite": b"SQLite format 3\0" + b"\0" * 100,
        "mhtml": b"MIME-Version: 1.0\nX-Document-Type: Workbook\n",
        "rss": b"<?xml version='1.0'?><rss/>",
        "shell_script": b"#!/bin/sh\ntouch pwned\n",
        "sql_script": b"drop table landing.batches;\ncopy (select 1) to 'pwned.csv';\n",
        "ole_of_zeros": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600,
        "zip_of_nothing": b"PK\x05\x06" + b"\0" * 18,
        "zip_of_noise": b"PK\x03\x04" + bytes(range(256)) * 8,
    }
    return simple[argument] if argument in simple else _packed(good, argument)


def _packed(good: Good, argument: str) -> bytes:
    packages = {
        "docx": "word/document.xml",
        "pptx": "ppt/presentation.xml",
        "xlsb": "xl/workbook.bin",
        "zip_of_sheet": f"{good.stem}.xlsx",
        "zip_of_csv": "../../pwned.csv",
    }
    content = io.BytesIO()
    if argument in packages:
        with zipfile.ZipFile(content, "w") as package:
            package.writestr(packages[argument], good.content())
    elif argument == "ods":
        with zipfile.ZipFile(content, "w") as package:
            package.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
            package.writestr("content.xml", "<x/>")
    else:
        name = {"tar": "a.xlsx", "tar_with_a_path": "../../pwned.csv"}[argument]
        with tarfile.open(fileobj=content, mode="w") as archive:
            member = tarfile.TarInfo(name)
            member.size = len(good.content())
            archive.addfile(member, io.BytesIO(good.content()))
    return content.getvalue()


@variant
def encrypted(good: Good, argument: str) -> bytes:
    """A workbook with a password, in the ways of both formats."""
    if argument == "package":
        info = struct.pack("<HHI", 4, 4, 0x40) + b"<encryption/>"
        sealed = struct.pack("<Q", 5000) + bytes(range(256)) * 20
        return ole_container({"EncryptedPackage": sealed, "EncryptionInfo": info})
    if argument == "stream":
        return biff_with_password()
    return flagged_as_encrypted(good.content())


@variant
def bomb(good: Good, argument: str) -> bytes:
    """A small file that unpacks to far more than a ledger."""
    content = good.content()
    match argument:
        case "ratio":
            return repacked(content, add={"xl/media/image1.bmp": b"\0" * (100 * _MEGABYTE)})
        case "entries":
            return repacked(content, add={f"xl/media/{at}": b"" for at in range(6000)})
        case "cell":
            text = b"<sst><si><t>" + b"a" * (100 * _MEGABYTE) + b"</t></si></sst>"
            return repacked(content, {STRINGS: lambda _: text})
        case "rows":
            rows = b'<row><c t="s"><v>0</v></c></row>' * 2_500_000
            return _with_rows(content, rows)
        case "row":
            return _with_rows(content, b"<row>" + b"<c><v>1</v></c>" * 5_000_000 + b"</row>")
        case "merges":
            merges = b"".join(b'<mergeCell ref="A%d:B%d"/>' % (at, at) for at in range(2, 300_002))
            return _after_cells(content, b"<mergeCells>" + merges + b"</mergeCells>")
        case _:
            return _understated(repacked(content, {STRINGS: _padded}))


def _padded(xml: bytes) -> bytes:
    return xml + b" " * (40 * _MEGABYTE)


def _understated(package: bytes) -> bytes:
    """The directory of the zip says that a part of many megabytes has a few bytes."""
    with zipfile.ZipFile(io.BytesIO(package)) as opened:
        size = struct.pack("<I", opened.getinfo(STRINGS).file_size)
    return package.replace(size, struct.pack("<I", 2000))


def _with_rows(package: bytes, rows: bytes) -> bytes:
    return repacked(
        package, {SHEET: lambda xml: xml.replace(b"</sheetData>", rows + b"</sheetData>")}
    )


def _after_cells(package: bytes, xml_after: bytes) -> bytes:
    return repacked(
        package, {SHEET: lambda xml: xml.replace(b"</sheetData>", b"</sheetData>" + xml_after)}
    )


@variant
def far_corner(good: Good, argument: str) -> bytes:
    """A value in the last cell that a sheet can have, or a used range up to there."""
    cells = {
        "value": b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>',
        "single_quotes": b"<row r='1048576'><c t='n' r='XFD1048576'><v>1</v></c></row>",
        "prefixed": b'<x:row xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
        b' r="1048576"><x:c r="XFD1048576"><x:v>1</x:v></x:c></x:row>',
        "last_row": b'<row r="1048576"><c r="A1048576" s="0"/></row>',
        "last_column": b'<row r="900"><c r="XFD900"><v>1</v></c></row>',
        "beyond": b'<row r="9999999"><c r="ZZZZ9999999"><v>1</v></c></row>',
    }
    if argument == "dimension":
        far = rb'<dimension ref="A1:XFD1048576"/>'
        return repacked(
            good.content(), {SHEET: lambda xml: re.sub(rb"<dimension[^>]*/>", far, xml)}
        )
    return _with_rows(good.content(), cells[argument])


@variant
def merged(good: Good, argument: str) -> bytes:
    """Merged cells over everything, or over more than a sheet has."""
    reference = {"sheet": b"A1:XFD1048576", "column": b"E2:E1048576", "reversed": b"F9:A1"}
    merge = b'<mergeCells count="1"><mergeCell ref="' + reference[argument] + b'"/></mergeCells>'
    return _after_cells(good.content(), merge)


@variant
def entities(good: Good, argument: str) -> bytes:
    """Entities declared in a part: a billion laughs, or a file of this machine."""
    kind, part = argument.split()
    layers = "".join(f'<!ENTITY l{at} "{f"&l{at - 1};" * 10}">' for at in range(1, 10))
    doctype = {
        "laughs": f'<!DOCTYPE x [<!ENTITY l0 "{"ha" * 9}">{layers}]>',
        "file": '<!DOCTYPE x [<!ENTITY l9 SYSTEM "file:///etc/hostname">]>',
        "remote": '<!DOCTYPE x SYSTEM "http://127.0.0.1:1/x.dtd">',
    }[kind].encode()

    def poisoned(xml: bytes) -> bytes:
        declared = re.sub(rb"(\?>)", lambda end: end[1] + doctype, xml, count=1)
        return re.sub(rb"(<t>)", rb"\1&l9;", declared, count=1)

    return repacked(good.content(), {PARTS[part]: poisoned})


@variant
def entities_in_utf16(good: Good, argument: str) -> bytes:
    """Entities in a part that is in UTF-16, where a search for bytes does not see them."""

    def poisoned(xml: bytes) -> bytes:
        text = xml.decode().replace('encoding="UTF-8"', 'encoding="UTF-16"')
        text = text.replace("?>", '?><!DOCTYPE x [<!ENTITY l9 "ha">]>', 1)
        return text.replace("<t>", "<t>&l9;", 1).encode("utf-16")

    return repacked(good.content(), {PARTS[argument]: poisoned})


@variant
def flipped(good: Good, argument: str) -> bytes:
    """One byte of a part's packed content changed."""
    return with_a_flipped_byte(good.content(), PARTS[argument])


@variant
def without_part(good: Good, argument: str) -> bytes:
    """A part is missing."""
    return repacked(good.content(), {PARTS[argument]: lambda _: None})


@variant
def blanked_part(good: Good, argument: str) -> bytes:
    """A part is there, but empty."""
    return repacked(good.content(), {PARTS[argument]: lambda _: b""})


@variant
def part_twice(good: Good, argument: str) -> bytes:
    """Two parts of one name, or of names that differ in case only."""
    name = SHEET if argument == "same" else SHEET.upper()
    content = io.BytesIO(good.content())
    with zipfile.ZipFile(content, "a") as package:
        package.writestr(zipfile.ZipInfo(name), b"<worksheet/>")
    return content.getvalue()


@variant
def extra_part(good: Good, argument: str) -> bytes:
    """A part that a careless program would write to its path, fetch or run."""
    parts = {
        "climbing_path": "../../../pwned.csv",
        "absolute_path": "/pwned.csv",
        "macro": "xl/vbaProject.bin",
        "external_link": "xl/externalLinks/externalLink1.xml",
        "connection": "xl/connections.xml",
        "script": "customUI/customUI.xml",
    }
    return repacked(good.content(), add={parts[argument]: b"=cmd|' /C calc'!A0"})


@variant
def sheet_xml(good: Good, argument: str) -> bytes:
    """The sheet's XML says something that no spreadsheet program writes."""
    changes = {
        "cut_off": lambda xml: xml[: len(xml) // 2],
        "string_beyond": lambda xml: re.sub(rb"<v>12</v>", b"<v>99999</v>", xml, count=1),
        "string_negative": lambda xml: re.sub(rb"<v>12</v>", b"<v>-1</v>", xml, count=1),
        "rows_reversed": _rows_reversed,
        "row_twice": lambda xml: re.sub(rb'(<row r="3".*?</row>)', rb"\1\1", xml, count=1),
        "no_references": lambda xml: re.sub(rb' r="[A-Z]*[0-9]+"', b"", xml),
        "row_zero": lambda xml: xml.replace(b'<row r="2"', b'<row r="0"'),
        "number_of_words": lambda xml: xml.replace(b"<v>1200</v>", b"<v>twelve</v>", 1),
        "number_not_a_number": lambda xml: xml.replace(b"<v>1200</v>", b"<v>NaN</v>", 1),
        "number_too_large": lambda xml: xml.replace(b"<v>1200</v>", b"<v>1e400</v>", 1),
        "strict_namespace": lambda xml: xml.replace(
            b"http://schemas.openxmlformats.org/spreadsheetml/2006/main",
            b"http://purl.oclc.org/ooxml/spreadsheetml/main",
        ),
        "inline_strings": lambda xml: re.sub(
            rb't="s"><v>5</v>', 't="inlineStr"><is><t>培训工种</t></is>'.encode(), xml, count=1
        ),
        "boolean": lambda xml: re.sub(
            rb'(<c r="I3")[^>]*><v>[0-9]+</v>', rb'\1 t="b"><v>1</v>', xml, count=1
        ),
        "iso_date": lambda xml: re.sub(
            rb'(<c r="G3")[^>]*><v>[0-9]+</v>',
            rb'\1 t="d"><v>2024-01-06T00:00:00</v>',
            xml,
            count=1,
        ),
        "formula_in_single_quotes": lambda xml: re.sub(
            rb'<c r="J3"[^>]*><v>1200</v></c>', b"<c r='J3'><f>1200+0</f></c>", xml, count=1
        ),
        "shared_formula": lambda xml: re.sub(
            rb'(<c r="J3")[^>]*><v>1200</v></c>', rb'\1><f t="shared" si="0"/></c>', xml, count=1
        ),
        "formula_of_nothing": lambda xml: re.sub(
            rb'(<c r="J3")[^>]*><v>1200</v></c>', rb"\1><f>1200</f><v></v></c>", xml, count=1
        ),
        "hidden_rows": lambda xml: xml.replace(b'<row r="3"', b'<row r="3" hidden="1"'),
        "cell_twice": lambda xml: re.sub(rb'(<c r="F3".*?</c>)', rb"\1\1", xml, count=1),
        "comment_inside": lambda xml: xml.replace(b"<sheetData>", b"<sheetData><!-- a -- b -->"),
        "instruction_inside": lambda xml: xml.replace(b"<sheetData>", b"<?php x ?><sheetData>"),
        "zero_bytes": lambda xml: xml.replace(b"</row>", b"\0</row>", 1),
    }
    return repacked(good.content(), {SHEET: changes[argument]})


def _rows_reversed(xml: bytes) -> bytes:
    head, rows, tail = re.fullmatch(
        rb"(.*<sheetData>)(.*)(</sheetData>.*)", xml, re.DOTALL
    ).groups()
    parts = re.findall(rb"<row .*?</row>", rows, re.DOTALL)
    return head + b"".join(reversed(parts)) + tail


@variant
def shared_strings(good: Good, argument: str) -> bytes:
    """Texts written in unusual, but lawful ways."""
    changes = {
        "phonetic": lambda xml: re.sub(
            rb"<si><t>([^<]*)</t></si>",
            rb'<si><t>\1</t><rPh sb="0" eb="1"><t>PINYIN</t></rPh></si>',
            xml,
        ),
        "rich": lambda xml: re.sub(
            rb"<si><t>([^<]{3})([^<]*)</t></si>",
            rb"<si><r><rPr><b/></rPr><t>\1</t></r><r><t>\2</t></r></si>",
            xml,
        ),
        "preserved_blanks": lambda xml: re.sub(
            rb"<si><t>([^<]*)</t></si>", rb'<si><t xml:space="preserve">  \1 \n</t></si>', xml
        ),
        "character_references": lambda xml: xml.decode().encode("ascii", "xmlcharrefreplace"),
        "escaped_surrogate": lambda xml: xml.replace("样例学校".encode(), b"_xD800_", 1),
        "escaped_zero": lambda xml: xml.replace("样例学校".encode(), b"_x0000_A", 1),
        "cdata": lambda xml: re.sub(rb"<t>([^<]*)</t>", rb"<t><![CDATA[\1]]></t>", xml),
    }
    return repacked(good.content(), {STRINGS: changes[argument]})


@variant
def old_container(good: Good, argument: str) -> bytes:
    """An OLE2 file whose tables lie."""
    content = bytearray(good.content())
    match argument:
        case "chain_in_a_circle":
            (fat,) = struct.unpack_from("<I", content, 76)
            struct.pack_into("<3I", content, (fat + 1) * 512, 1, 2, 0)
        case "sector_size":
            struct.pack_into("<H", content, 30, 31)
        case "fat_beyond":
            struct.pack_into("<I", content, 76, 0x00FFFFF0)
        case "directory_beyond":
            struct.pack_into("<I", content, 48, 0x00FFFFF0)
        case "no_workbook":
            return ole_container({"WordDocument": b"x" * 5000})
        case "sheet_beyond":
            at = content.index(struct.pack("<H", 0x85), 512)
            struct.pack_into("<I", content, at + 4, 0x00FFFFF0)
        case "record_too_long":
            at = content.index(struct.pack("<H", 0x85), 512)
            struct.pack_into("<H", content, at + 2, 0xFFF0)
        case _:
            raise KeyError(argument)
    return bytes(content)

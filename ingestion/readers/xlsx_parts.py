"""The parts of an .xlsx package that must be looked at before and beside its cells.

Refuses packages that would unpack to more than a ledger can be, that declare entities, whose
checksums fail or whose cells reach so far out that reading them would exhaust memory. Tells
formulas without stored result and error values from blank cells.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from lxml import etree

from ingestion.machine import is_of_machine
from ingestion.reasons import Breach, BreachCode

_MAX_PARTS: Final = 5_000
_MAX_UNPACKED: Final = 1 << 30
_SUSPICIOUS_RATIO: Final = 250
_SUSPICIOUS_SIZE: Final = 64 << 20
#: Cells of the rectangle that a sheet's cells span, blank ones included.
MAX_CELLS: Final = 40_000_000
_PIECE: Final = 8 << 20
_DIGITS: Final = b"0123456789"
#: A part of a sheet is long from here on, and says how far it reaches within so many bytes.
_LONG: Final = 2 << 20
_HEAD: Final = 4096
_MAX_ROW_BYTES: Final = 64 << 20

_ENTITY = re.compile(rb"<!(DOCTYPE|ENTITY)", re.IGNORECASE)
#: How a part in UTF-16 begins: no program writes one, and the library would find nothing in it.
_UTF_16: Final = (b"\xff\xfe", b"\xfe\xff", b"<\0", b"\0<")
_DIMENSION = re.compile(rb'<(?:\w+:)?dimension ref="[A-Z]{1,3}[0-9]{1,7}:([A-Z]{1,3})([0-9]{1,7})"')
_ROW = re.compile(rb"<row\b([^>]*)>")
_PREFIXED_ROW = re.compile(rb"<(?:\w+:)?row\b([^>]*)>")
_ROW_NUMBER = re.compile(rb'\br="([0-9]{1,9})"')
_CELL_REFERENCE = re.compile(rb' r="([A-Z]{1,3}[0-9]{1,7})"')
_NOT_CALCULATED = re.compile(
    rb"<((?:\w+:)?)c\b([^>]*)>\s*<\1f\b(?:[^>]*/>|[^>]*>[^<]*</\1f>)\s*"
    rb"(?:<\1v\s*/>|<\1v>\s*</\1v>)?\s*</\1c>"
)
_ERROR_CELL = re.compile(rb'<(?:\w+:)?c\b([^>]*\bt="e"[^>]*)>')
#: A shared text as nearly every program writes it has its number right behind; the others, and a
#: shared text without a number: the library would take another text.
_OTHER_TEXT = re.compile(rb't="s"[^>/]*>(?!<v>[0-9]+</v>)')
_NO_TEXT = re.compile(rb't="s"[^>/]*>\s*<((?:\w+:)?)v>(?!\s*[0-9]+\s*</\1v>)')
_REFERENCE = re.compile(rb'\br="([A-Z]{1,3})([0-9]{1,7})"')
_HIDDEN = re.compile(rb'\bhidden="(?:1|true)"')


@dataclass
class SheetPart:
    """What a sheet's XML says beyond its cells."""

    #: (row, column), 0-based → ``e`` or ``f``.
    marks: dict[tuple[int, int], str] = field(default_factory=dict)
    hidden_rows: int = 0


class Package:
    """An open package, and what it says beyond its cells."""

    def __init__(self, package: zipfile.ZipFile) -> None:
        """Look through all parts that the library reads before any sheet."""
        self._package = package
        self._names = _part_names(package)
        workbook = self._xml("xl/workbook.xml")
        properties = next(workbook.iter("{*}workbookPr"), None)
        self.date_1904 = properties is not None and properties.get("date1904") in ("1", "true")
        self.has_macros = "xl/vbaproject.bin" in self._names
        for name in self._names.keys() & {"xl/sharedstrings.xml", "xl/styles.xml"}:
            for _ in _pieces(package, self._names[name], None):
                pass
        targets = {
            relation.get("Id"): _target(relation.get("Target") or "").lower()
            for relation in self._xml("xl/_rels/workbook.xml.rels")
        }
        #: The parts of the sheets of one name, of which there should be one.
        self._parts: dict[str, list[str]] = {}
        for sheet in workbook.iter("{*}sheet"):
            identity = next((v for k, v in sheet.attrib.items() if k.endswith("}id")), None)
            if (target := targets.get(identity)) in self._names:
                self._parts.setdefault(sheet.get("name") or "", []).append(self._names[target])

    def is_long(self, sheet: str) -> bool:
        """Whether it takes long to read the sheet, though its cells reach no further than they may.

        It says so itself: a sheet that lies is still refused, with fewer words.
        """
        parts = self._parts.get(sheet, [])
        if len(parts) != 1 or self._package.getinfo(parts[0]).file_size < _LONG:
            return False
        with _told(), self._package.open(parts[0]) as content:
            stated = _DIMENSION.search(content.read(_HEAD))
        return stated is not None and (int(stated[2]) * (1 + column_index(stated[1])) <= MAX_CELLS)

    def scan(self, sheet: str) -> SheetPart:
        """Look through a sheet, and any other of its name. Raises Breach."""
        with _told():
            parts = [_scan(self._package, part) for part in self._parts.get(sheet, [])]
        return parts[-1] if parts else SheetPart()

    def _xml(self, name: str) -> etree._Element:
        content = b"".join(_pieces(self._package, self._names[name], None))
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
        return etree.fromstring(content, parser)


@contextmanager
def opened(path: Path) -> Iterator[Package]:
    """The package, looked through but for its sheets. Raises Breach."""
    with _told():
        file = zipfile.ZipFile(path)
    with file:
        with _told():
            _check_size(file, path.stat().st_size)
            package = Package(file)
        yield package


@contextmanager
def _told() -> Iterator[None]:
    """A damaged package is told as one."""
    try:
        yield
    except OSError as error:
        raise (error if is_of_machine(error) else _damaged()) from None
    except (zipfile.BadZipFile, zlib.error, EOFError, KeyError, etree.XMLSyntaxError):
        raise _damaged() from None
    except NotImplementedError:
        raise _damaged() from None


def check_package(path: Path) -> str:
    """The kind of zip: ``xlsx``, or Breach for what is none, too large, locked or damaged."""
    with _told(), zipfile.ZipFile(path) as package:
        _check_size(package, path.stat().st_size)
        names = set(_part_names(package))
    if "xl/workbook.xml" in names:
        return "xlsx"
    if "xl/workbook.bin" in names:
        raise Breach(
            BreachCode.FORMAT_NOT_AGREED, "", "a binary workbook (.xlsb); save it as .xlsx"
        )
    if "content.xml" in names and "mimetype" in names:
        raise Breach(BreachCode.FORMAT_NOT_AGREED, "", "an OpenDocument file; save it as .xlsx")
    if any(name.startswith(("word/", "ppt/")) for name in names):
        raise Breach(
            BreachCode.FORMAT_UNKNOWN, "", "a text document or slides; send the ledger as .xlsx"
        )
    raise Breach(BreachCode.FORMAT_UNKNOWN, "", "an archive; unpack it and send the ledger itself")


def _part_names(package: zipfile.ZipFile) -> dict[str, str]:
    """Part name in lower case, as the library compares them → the name in the zip.

    Raises Breach when two entries have one name: which of them is read, nobody can tell.
    """
    stored = package.namelist()
    names = {name.replace("\\", "/").lower(): name for name in stored}
    if len(names) < len(stored):
        raise _damaged()
    return names


def _check_size(package: zipfile.ZipFile, packed: int) -> None:
    parts = package.infolist()
    unpacked = sum(part.file_size for part in parts)
    if len(parts) > _MAX_PARTS or unpacked > _MAX_UNPACKED:
        raise _too_large()
    if unpacked > _SUSPICIOUS_SIZE and unpacked > _SUSPICIOUS_RATIO * max(packed, 1):
        raise _too_large()
    if any(part.flag_bits & 1 for part in parts):
        raise Breach(
            BreachCode.FILE_ENCRYPTED, "", "the file is locked with a password; send it without"
        )


def _scan(package: zipfile.ZipFile, name: str) -> SheetPart:
    part = SheetPart()
    columns: set[bytes] = set()
    numbers: set[int] = set()
    rows = 0
    for piece in _pieces(package, name, b"</row>"):
        references = _CELL_REFERENCE.findall(piece)
        if len(set(references)) < len(references) and piece.endswith(b"</row>"):
            raise _damaged()
        columns.update(b" ".join(references).translate(None, _DIGITS).split())
        begun = (_PREFIXED_ROW if b":row" in piece else _ROW).findall(piece)
        stated = [int(found[1]) for found in map(_ROW_NUMBER.search, begun) if found]
        known = len(numbers) + len(stated)
        numbers.update(stated)
        if len(numbers) < known:  # as with cells: one would hide the other
            raise _damaged()
        rows = max([rows, *stated]) + len(begun) - len(stated)
        if b"hidden=" in piece:
            part.hidden_rows += sum(1 for attributes in begun if _HIDDEN.search(attributes))
        if rows * (1 + max(map(column_index, columns), default=0)) > MAX_CELLS:
            raise too_far_out()
        if _OTHER_TEXT.search(piece) and _NO_TEXT.search(piece):
            raise _damaged()
        if b"<f" in piece or b":f" in piece:
            _mark(
                part, [f[1] for f in _NOT_CALCULATED.findall(piece) if b't="str"' not in f[1]], "f"
            )
        if b't="e"' in piece:
            _mark(part, _ERROR_CELL.findall(piece), "e")
    return part


def _mark(part: SheetPart, cells: list[bytes], kind: str) -> None:
    for attributes in cells:
        reference = _REFERENCE.search(attributes)
        if reference is None:
            raise Breach(
                BreachCode.FILE_UNREADABLE,
                "",
                "formulas without stored results; open the workbook, save it and send it again",
            )
        part.marks[int(reference[2]) - 1, column_index(reference[1])] = kind


def column_index(letters: bytes) -> int:
    """0-based index of a column by its letters."""
    index = 0
    for letter in letters:
        index = index * 26 + letter - 64
    return index - 1


def _pieces(package: zipfile.ZipFile, name: str, end: bytes | None) -> Iterator[bytes]:
    """A part in pieces, cut after ``end`` where given. Reading to its end checks its sum."""
    rest = b""
    is_first = True
    with package.open(name) as part:
        while piece := part.read(_PIECE):
            if is_first and (_ENTITY.search(piece[:65536]) or piece.startswith(_UTF_16)):
                raise _damaged()
            is_first = False
            if end is None:
                yield piece
                continue
            whole, found, rest_after = (rest + piece).rpartition(end)
            if found:
                yield whole + found
            rest = rest_after
            if len(rest) > _MAX_ROW_BYTES:
                raise _too_large()
    if rest:
        yield rest


def _target(target: str) -> str:
    """A relation's target as a part name."""
    return target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"xl/{target}")


def too_far_out() -> Breach:
    """The refusal of a sheet whose cells span more than a ledger can."""
    return Breach(
        BreachCode.READER_LIMIT,
        "",
        "the used range reaches far beyond the table; delete the empty rows and columns beside "
        "and below it, and save",
    )


def _too_large() -> Breach:
    return Breach(
        BreachCode.READER_LIMIT,
        "",
        "the workbook unpacks to far more than a ledger; send the plain table",
    )


def _damaged() -> Breach:
    return Breach(
        BreachCode.FILE_UNREADABLE, "", "the workbook is damaged or cut off; save and send it again"
    )

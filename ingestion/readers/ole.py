"""OLE2 containers and the BIFF records of old workbooks, as far as a reader must look itself.

The library that reads cells tells neither errors nor formulas without result from blank
cells, nor the date system; and it reads a cut-off file as a shorter one. Refuses containers
whose sectors are not all there, and workbooks with a password.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from ingestion.reasons import Breach, BreachCode

MAGIC: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_HEADER_SIZE: Final = 512
_LAST_SECTOR: Final = 0xFFFFFFFA
_FREE: Final = 0xFFFFFFFF
_ENTRY_SIZE: Final = 128
_STREAM, _ROOT = 2, 5

_FILEPASS, _DATEMODE, _BOUNDSHEET, _FORMULA, _BOOLERR, _EOF, _BOF = (
    0x2F,
    0x22,
    0x85,
    0x06,
    0x205,
    0x0A,
    0x809,
)
_RESULT_ERROR, _RESULT_EMPTY = 2, 3


@dataclass(frozen=True)
class BiffFacts:
    """What the records of a workbook say beyond its cells."""

    date_1904: bool
    #: Per sheet in workbook order: (row, column), 0-based → ``e`` or ``f``.
    marks: tuple[dict[tuple[int, int], str], ...]


@dataclass(frozen=True)
class Container:
    """An OLE2 file: its streams by name, still packed."""

    data: bytes
    sector_size: int
    fat: tuple[int, ...]
    streams: dict[str, tuple[int, int]] = field(default_factory=dict)
    mini_fat: tuple[int, ...] = ()
    mini_data: bytes = b""
    mini_cutoff: int = 4096

    def stream(self, name: str) -> bytes:
        """The bytes of a stream. Raises Breach when they are not all there."""
        start, size = self.streams[name]
        if size < self.mini_cutoff:
            return _chain_bytes(self.mini_data, self.mini_fat, start, 64, 0)[:size]
        content = _chain_bytes(self.data, self.fat, start, self.sector_size, self.sector_size)
        if len(content) < size:
            raise damaged()
        return content[:size]


def open_container(data: bytes) -> Container:
    """Read the container's tables. Raises Breach when they are damaged or cut off."""
    try:
        return _open(data)
    except (struct.error, IndexError, ValueError):
        raise damaged() from None


def biff_facts(stream: bytes) -> BiffFacts:
    """What the workbook stream says. Raises Breach for a password or a missing end."""
    date_1904 = False
    places: list[int] = []
    for record, start, size in _records(stream, 0):
        if record == _FILEPASS:
            raise Breach(
                BreachCode.FILE_ENCRYPTED, "", "the workbook has a password; send it without one"
            )
        if record == _DATEMODE and size >= 2:
            date_1904 = stream[start] == 1
        elif record == _BOUNDSHEET and size >= 4:
            places.append(struct.unpack_from("<I", stream, start)[0])
    sheets = [_scan(stream, place) for place in places]
    # an empty result is also what ="" gives; where nothing has a result, nothing was calculated.
    never_calculated = not any(sheet.calculated for sheet in sheets)
    return BiffFacts(
        date_1904,
        tuple(
            sheet.errors | (dict.fromkeys(sheet.empty, "f") if never_calculated else {})
            for sheet in sheets
        ),
    )


@dataclass
class _Scan:
    """What the formulas and error values of a sheet look like."""

    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    empty: list[tuple[int, int]] = field(default_factory=list)
    calculated: bool = False


def _scan(stream: bytes, place: int) -> _Scan:
    scan = _Scan()
    for record, start, size in _records(stream, place):
        if record == _BOOLERR and size >= 8 and stream[start + 7] == 1:
            scan.errors[struct.unpack_from("<HH", stream, start)] = "e"
        elif record == _FORMULA and size >= 16:
            is_special = stream[start + 12 : start + 14] == b"\xff\xff"
            if is_special and stream[start + 6] == _RESULT_ERROR:
                scan.errors[struct.unpack_from("<HH", stream, start)] = "e"
            elif is_special and stream[start + 6] == _RESULT_EMPTY:
                scan.empty.append(struct.unpack_from("<HH", stream, start))
            else:
                scan.calculated = True
    return scan


def _records(stream: bytes, place: int) -> Iterator[tuple[int, int, int]]:
    """(record, start of its content, size) up to the end of the substream at ``place``."""
    unpack, end, depth = struct.Struct("<HH").unpack_from, len(stream) - 4, 0
    while place <= end:
        record, size = unpack(stream, place)
        place += 4
        yield record, place, size
        if record & 0xFF == _BOF & 0xFF and record in (_BOF, 0x409, 0x209, 0x009):
            depth += 1
        elif record == _EOF:
            depth -= 1
            if depth <= 0:
                return
        place += size
    raise damaged()


def _open(data: bytes) -> Container:
    sector_size = 1 << struct.unpack_from("<H", data, 30)[0]
    if sector_size not in (512, 4096):
        raise damaged()
    (fat_count, directory_start) = struct.unpack_from("<II", data, 44)
    (mini_cutoff, mini_start, _, difat_start, difat_count) = struct.unpack_from("<IIIII", data, 56)
    difat = list(struct.unpack_from("<109I", data, 76))
    per_sector = sector_size // 4
    sector = difat_start
    for _ in range(min(difat_count, len(data) // sector_size)):
        if sector >= _LAST_SECTOR:
            break
        entries = struct.unpack_from(f"<{per_sector}I", data, (sector + 1) * sector_size)
        difat += entries[:-1]
        sector = entries[-1]
    fat: list[int] = []
    for at in [at for at in difat if at < _LAST_SECTOR][:fat_count]:
        fat += struct.unpack_from(f"<{per_sector}I", data, (at + 1) * sector_size)
    table = tuple(fat)
    directory = _chain_bytes(data, table, directory_start, sector_size, sector_size)
    streams, root = _entries(directory)
    mini_fat_bytes = (
        _chain_bytes(data, table, mini_start, sector_size, sector_size)
        if mini_start < _LAST_SECTOR
        else b""
    )
    mini_fat = struct.unpack(f"<{len(mini_fat_bytes) // 4}I", mini_fat_bytes)
    mini_data = (
        _chain_bytes(data, table, root[0], sector_size, sector_size)
        if root[0] < _LAST_SECTOR and root[1]
        else b""
    )
    return Container(data, sector_size, table, streams, mini_fat, mini_data, mini_cutoff)


def _entries(directory: bytes) -> tuple[dict[str, tuple[int, int]], tuple[int, int]]:
    streams: dict[str, tuple[int, int]] = {}
    root = (_FREE, 0)
    for at in range(0, len(directory) - _ENTRY_SIZE + 1, _ENTRY_SIZE):
        (length, kind) = struct.unpack_from("<HB", directory, at + 64)
        (start, size) = struct.unpack_from("<II", directory, at + 116)
        name = directory[at : at + min(max(length - 2, 0), 64)].decode("utf-16-le", "replace")
        if kind == _ROOT:
            root = (start, size)
        elif kind == _STREAM:
            streams.setdefault(name, (start, size))
    return streams, root


def _chain_bytes(data: bytes, fat: tuple[int, ...], start: int, size: int, offset: int) -> bytes:
    """The sectors of a chain, joined. Raises Breach when one lies beyond the file."""
    parts: list[bytes] = []
    sector = start
    while sector < _LAST_SECTOR:
        begin = offset + sector * size
        if begin >= len(data) or len(parts) > len(fat) or sector >= len(fat):
            raise damaged()
        parts.append(data[begin : begin + size])
        sector = fat[sector]
    return b"".join(parts)


def damaged() -> Breach:
    """The refusal of a container that is not whole."""
    return Breach(
        BreachCode.FILE_UNREADABLE, "", "the workbook is damaged or cut off; save and send it again"
    )

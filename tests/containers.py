"""Containers that workbooks come in, built and rebuilt byte by byte: zip packages and OLE2."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable, Mapping

#: The only sheet of a small workbook.
SHEET = "xl/worksheets/sheet1.xml"
STRINGS = "xl/sharedStrings.xml"

_SECTOR = 512
_NONE = 0xFFFFFFFF
_END_OF_CHAIN = 0xFFFFFFFE
_FAT_SECTOR = 0xFFFFFFFD


def repacked(
    package: bytes,
    change: Mapping[str, Callable[[bytes], bytes | None]] | None = None,
    add: Mapping[str, bytes] | None = None,
) -> bytes:
    """The zip with parts changed (name → function of the part's bytes; None drops it) and added."""
    target = io.BytesIO()
    changes = change or {}
    with (
        zipfile.ZipFile(io.BytesIO(package)) as source,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as out,
    ):
        for name in source.namelist():
            content = source.read(name)
            changed = changes[name](content) if name in changes else content
            if changed is not None:
                out.writestr(name, changed)
        for name, content in (add or {}).items():
            out.writestr(name, content)
    return target.getvalue()


def ole_container(streams: Mapping[str, bytes]) -> bytes:
    """An OLE2 container of streams of 4,096 bytes or more; shorter ones are padded."""
    body, chains, entries = io.BytesIO(), [], []
    for name, content in streams.items():
        padded = content.ljust(max(4096, -(-len(content) // _SECTOR) * _SECTOR), b"\0")
        start = body.tell() // _SECTOR
        count = len(padded) // _SECTOR
        chains += [*range(start + 1, start + count), _END_OF_CHAIN]
        body.write(padded)
        entries.append((name, 2, start, len(padded)))
    directory_at = len(chains)
    entries.insert(0, ("Root Entry", 5, _END_OF_CHAIN, 0))
    directory = b"".join(
        name.encode("utf-16-le").ljust(64, b"\0")
        + struct.pack("<HBBIII", 2 * len(name) + 2, kind, 1, *[_NONE] * 3)
        + b"\0" * 36
        + struct.pack("<III", start, size, 0)
        for name, kind, start, size in entries
    )
    directory = directory.ljust(-(-len(directory) // _SECTOR) * _SECTOR, b"\0")
    count = len(directory) // _SECTOR
    chains += [*range(directory_at + 1, directory_at + count), _END_OF_CHAIN]
    fat_at = len(chains)
    chains.append(_FAT_SECTOR)
    fat = struct.pack(f"<{len(chains)}I", *chains).ljust(_SECTOR, b"\xff")
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 16
    header += struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + b"\0" * 6
    header += struct.pack(
        "<IIIIIIIIII", 0, 1, directory_at, 0, 4096, _END_OF_CHAIN, 0, _END_OF_CHAIN, 0, fat_at
    )
    return header.ljust(_SECTOR, b"\xff") + body.getvalue() + directory + fat


def biff_with_password() -> bytes:
    """An old workbook whose stream says that it has a password."""
    stream = struct.pack("<HHHHHHI", 0x809, 12, 0x600, 5, 0, 0, 0)
    stream += struct.pack("<HH", 0x2F, 6) + b"\1\0" + b"\0" * 4 + struct.pack("<HH", 0x0A, 0)
    return ole_container({"Workbook": stream.ljust(5000, b"\0")})


def flagged_as_encrypted(package: bytes) -> bytes:
    """The zip with the flag of a password on its last part."""
    content = bytearray(package)
    content[content.rindex(b"PK\1\2") + 8] |= 1
    return bytes(content)


def with_a_flipped_byte(package: bytes, part: str) -> bytes:
    """The zip with one byte changed in the middle of a part's packed content."""
    with zipfile.ZipFile(io.BytesIO(package)) as source:
        info = source.getinfo(part)
    content = bytearray(package)
    content[info.header_offset + 30 + len(part) + info.compress_size // 2] ^= 0x55
    return bytes(content)

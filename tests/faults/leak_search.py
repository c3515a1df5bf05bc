"""A search for what must not be found: in every file of a folder, in every way it may be written.

A canary is looked for in the plain bytes of each file and in what lies below them: values of
Parquet, DuckDB and SQLite files, members of archives, names of files and folders. Each is known in
every encoding that a program may have put it into. What was found is told by the canary's name,
never by the canary.
"""

from __future__ import annotations

import base64
import io
import json
import re
import sqlite3
import struct
import urllib.parse
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

PLAIN: Final = "as it is"
#: Shorter runs of digits count as found only where no further digit stands beside them: they are
#: met by chance within longer numbers.
_LONG: Final = 15
_DIGITS: Final = frozenset(b"0123456789")
_NUMBER: Final = re.compile(r"[0-9]{8,18}")
_PREFIX: Final = 4
_BITS: Final = 22
_CHUNK: Final = 1 << 23
_FULL_WIDTH: Final = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
_SQLITE: Final = b"SQLite format 3\0"
_PARQUET: Final = b"PAR1"
_ZIP: Final = b"PK\x03\x04"
_GZIP: Final = b"\x1f\x8b"
_DUCKDB: Final = b"DUCK"


@dataclass(frozen=True)
class Finding:
    """A canary that was found; says where, which and in what form."""

    place: str
    canary: str
    form: str

    def __str__(self) -> str:
        return f"{self.place}: {self.canary} ({self.form})"


@dataclass(frozen=True)
class LeakSearch:
    """Looks for canaries, given by a name that may be told and a text that may not."""

    canaries: Mapping[str, str] = field(repr=False)
    #: Also as binary numbers, in eight bytes, of which thousands would be met by chance.
    as_binary: bool = True
    _known: Mapping[int, Mapping[bytes, tuple[str, str]]] = field(init=False, repr=False)
    _starts: npt.NDArray[np.bool_] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        known: dict[int, dict[bytes, tuple[str, str]]] = {}
        starts = np.zeros(1 << _BITS, dtype=bool)
        for name, text in self.canaries.items():
            for form, pattern in (*forms_of(text), *(binary_of(text) if self.as_binary else ())):
                known.setdefault(len(pattern), {}).setdefault(pattern, (name, form))
                starts[_hashes(pattern[:_PREFIX])] = True
        object.__setattr__(self, "_known", known)
        object.__setattr__(self, "_starts", starts)

    def found_in(self, content: bytes) -> set[tuple[str, str]]:
        """Names of the canaries that stand in these bytes, and in what form."""
        found: set[tuple[str, str]] = set()
        for at in self._possible(content):
            for length, patterns in self._known.items():
                end = at + length
                who = patterns.get(content[at:end])
                if who and not (length < _LONG and _is_part_of_number(content, at, end)):
                    found.add(who)
        return found

    def _possible(self, content: bytes) -> Iterator[int]:
        """Places at which the first bytes look like those of a canary."""
        for start in range(0, len(content), _CHUNK):
            piece = content[start : start + _CHUNK + _PREFIX - 1]
            yield from (start + np.flatnonzero(self._starts[_hashes(piece)])).tolist()

    def findings(self, place: str, content: bytes) -> list[Finding]:
        return [Finding(place, *who) for who in sorted(self.found_in(content))]

    def under(self, folder: Path, *, leave_out: Iterable[Path] = ()) -> list[Finding]:
        """Everything found in and below a folder, names included."""
        return [
            finding
            for place, content in contents(folder, tuple(leave_out))
            for finding in self.findings(place, content)
        ]


def forms_of(text: str) -> Iterator[tuple[str, bytes]]:
    """The ways in which programs write a text, each with its name."""
    plain = text.encode()
    yield PLAIN, plain
    yield "UTF-16 LE", text.encode("utf-16-le")
    yield "UTF-16 BE", text.encode("utf-16-be")
    yield "full-width", text.translate(_FULL_WIDTH).encode()
    for case, escaped in (("lower", f"{json.dumps(text)[1:-1]}"), ("upper", _upper_escapes(text))):
        if escaped != text:
            yield f"JSON escapes, {case}", escaped.encode()
    if not text.isascii():
        yield "GB18030", text.encode("gb18030")
        yield "bytes as Python shows them", repr(plain)[2:-1].encode()
    if (quoted := urllib.parse.quote(text, safe="")) != text:
        yield "percent", quoted.encode()
        yield "percent, lower", re.sub("%..", lambda m: m[0].lower(), quoted).encode()
    for shift in range(3):
        coded = base64.b64encode(bytes(shift) + plain).rstrip(b"=")
        # Characters at both ends also hold bits of what stands beside.
        yield f"base64 at {shift}", coded[(0, 2, 3)[shift] : len(coded) - 1]
    yield "hexadecimal", plain.hex().encode()


def binary_of(text: str) -> Iterator[tuple[str, bytes]]:
    """The ways in which programs keep a number that they took for one."""
    if _NUMBER.fullmatch(text):
        yield "integer", struct.pack("<q", int(text))
        yield "integer, big-endian", struct.pack(">q", int(text))
        yield "floating point", struct.pack("<d", float(text))


def contents(folder: Path, leave_out: tuple[Path, ...] = ()) -> Iterator[tuple[str, bytes]]:
    """Each file's place and bytes, and the values that lie below the bytes; then all names."""
    paths = [
        path
        for path in sorted(folder.rglob("*"))
        if not any(path.is_relative_to(left) for left in leave_out)
    ]
    for path in paths:
        if path.is_file() and not path.is_symlink():
            place = str(path.relative_to(folder))
            content = path.read_bytes()
            yield place, content
            for below in _below(path, content):
                yield f"{place}, inside", below
    yield (
        "names",
        "\n".join(str(path.relative_to(folder)) for path in paths).encode(errors="surrogateescape"),
    )


def _below(path: Path, content: bytes) -> Iterator[bytes]:
    """What a file's bytes hide by packing it."""
    if content.startswith(_SQLITE):
        yield _values_of_sqlite(path)
    elif content[8:12] == _DUCKDB:
        yield from (text for _, text in values_of_duckdb(path))
    elif content.startswith(_PARQUET):
        yield texts(pq.read_table(path))
    elif content.startswith(_ZIP) and zipfile.is_zipfile(path):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            yield from (archive.read(name) for name in archive.namelist())
            yield "\n".join(archive.namelist()).encode()
    elif content.startswith(_GZIP):
        yield zlib.decompress(content, wbits=31)


def values_of_duckdb(path: Path) -> Iterator[tuple[str, bytes]]:
    """Values of each table as text, and what describes them."""
    with duckdb.connect(path, read_only=True) as connection:
        tables = connection.execute(
            "select schema_name, table_name from duckdb_tables() where database_name <> 'system'"
        ).fetchall()
        for schema, table in tables:
            rows = connection.table(f'"{schema}"."{table}"').to_arrow_table()
            yield f"{schema}.{table}", texts(rows)
        described = connection.execute(
            """
            select sql || coalesce(comment, '') from duckdb_tables()
            union all
            select sql || coalesce(comment, '') from duckdb_views() where not internal
            union all
            select comment from duckdb_columns() where comment is not null
            """
        ).fetchall()
        yield "descriptions", "\n".join(text for (text,) in described if text).encode()


def texts(table: pa.Table) -> bytes:
    """Distinct values of each column, one per line: text, and bytes as they are."""
    lines: list[bytes] = [name.encode() for name in table.column_names]
    for column in table.itercolumns():
        if pa.types.is_binary(column.type) or pa.types.is_large_binary(column.type):
            lines += [value for value in column.to_pylist() if value]
        elif pa.types.is_nested(column.type):
            lines += [str(value).encode() for value in column.to_pylist() if value]
        else:
            values = pc.unique(column.cast(pa.string())).to_pylist()
            lines += [value.encode() for value in values if value]
    return b"\n".join(lines)


def _values_of_sqlite(path: Path) -> bytes:
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as connection:
        connection.text_factory = bytes
        tables = connection.execute("select name from sqlite_master where type = 'table'")
        rows = [
            value if isinstance(value, bytes) else str(value).encode()
            for (name,) in tables.fetchall()
            for row in connection.execute(f'select * from "{name.decode()}"')
            for value in row
            if value is not None
        ]
    return b"\n".join(rows)


def _upper_escapes(text: str) -> str:
    return re.sub(r"\\u[0-9a-f]{4}", lambda m: m[0][:2] + m[0][2:].upper(), json.dumps(text)[1:-1])


def _hashes(content: bytes) -> npt.NDArray[np.uint32]:
    """A hash of the bytes from each place on."""
    codes = np.frombuffer(content, dtype=np.uint8)
    if len(codes) < _PREFIX:
        return np.empty(0, dtype=np.uint32)
    last = len(codes) - _PREFIX + 1
    mixed = np.zeros(last, dtype=np.uint32)
    for place in range(_PREFIX):
        mixed |= codes[place : place + last].astype(np.uint32) << np.uint32(8 * place)
    return (mixed * np.uint32(2654435761)) >> np.uint32(32 - _BITS)


def _is_part_of_number(content: bytes, start: int, end: int) -> bool:
    """Whether the digits at an edge go on beyond it, as in a longer number met by chance."""
    before = content[start] in _DIGITS and start > 0 and content[start - 1] in _DIGITS
    after = content[end - 1] in _DIGITS and end < len(content) and content[end] in _DIGITS
    return before or after

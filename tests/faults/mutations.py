"""Damage to files: at random places of their bytes, lines, tags, zip entries or JSON values.

Every mutator takes a random source and the content of a good file, and gives back what is left
of it. Damage is of the kind that disks, mail gateways, converters and people do, and of the kind
that somebody does who wants the reader to fail.
"""

from __future__ import annotations

import io
import json
import re
import warnings
import zipfile
from collections.abc import Callable, Iterable
from random import Random
from typing import Final

Mutator = Callable[[Random, bytes], bytes]

#: What is put in the place of, or between, what was there.
_TOKENS: Final = (
    b"\0", b"\0" * 64, b"\xff\xfe", b"\xef\xbb\xbf", b'"', b'""', b"'", b",", b"\t", b"\n",
    b"\r\n", b";",
    b"<", b">", b"&", b"&amp;", b"&#0;", b"]]>", b"<!DOCTYPE x [<!ENTITY a 'b'>]>", b"--",
    b"=cmd|'/C calc'!A0",
    b"99999999999999999999", b"-1", b"1e400", b"NaN", b"\x1a", b"\xd0", b"\x81\x30\x81\x30",
    b"\xe5\x90\x88\xe8\xae\xa1",
    b"{", b"}", b"[" * 200, b"null", b"\\u0000", b"\\ud800", b"A" * 5000, b"\xe2\x80\x8b",
    b" " * 3000,
)  # fmt: skip


def flip_bits(rng: Random, content: bytes) -> bytes:
    """One to eight bits anywhere."""
    damaged = bytearray(content)
    for _ in range(rng.choice((1, 1, 2, 8))):
        damaged[rng.randrange(len(damaged))] ^= 1 << rng.randrange(8)
    return bytes(damaged)


def cut_off(rng: Random, content: bytes) -> bytes:
    """The end, or the beginning, is missing."""
    at = rng.randrange(len(content))
    return content[:at] if rng.random() < 0.8 else content[at:]


def cut_out(rng: Random, content: bytes) -> bytes:
    """A piece in the middle is missing, doubled, zeroed or in another place."""
    first = rng.randrange(len(content))
    last = min(len(content), first + rng.choice((1, 2, 7, 64, 512, 4096)))
    head, piece, tail = content[:first], content[first:last], content[last:]
    match rng.randrange(4):
        case 0:
            return head + tail
        case 1:
            return head + piece + piece + tail
        case 2:
            return head + bytes(len(piece)) + tail
        case _:
            at = rng.randint(0, len(tail))
            return head + tail[:at] + piece + tail[at:]


def put_in(rng: Random, content: bytes) -> bytes:
    """Something that does not belong there."""
    at = rng.randrange(len(content))
    token = rng.choice(_TOKENS)
    return content[:at] + token + content[at + (len(token) if rng.random() < 0.5 else 0) :]


BYTES: Final[tuple[Mutator, ...]] = (flip_bits, cut_off, cut_out, put_in)
#: For containers that are read by offsets: what is cut short seldom says more.
BINARY: Final[tuple[Mutator, ...]] = (*[flip_bits] * 8, *BYTES)


# --- text ---------------------------------------------------------------------------------------


def shuffle_lines(rng: Random, content: bytes) -> bytes:
    """A line is lost, doubled, moved, joined with the next, or cut in two."""
    lines = content.split(b"\n")
    at = rng.randrange(len(lines))
    match rng.randrange(6):
        case 0:
            del lines[at]
        case 1:
            lines.insert(at, lines[at])
        case 2:
            lines.insert(rng.randrange(len(lines)), lines.pop(at))
        case 3:
            lines[at : at + 2] = [b"".join(lines[at : at + 2])]
        case 4:
            cut = rng.randint(0, len(lines[at]))
            lines[at : at + 1] = [lines[at][:cut], lines[at][cut:]]
        case _:
            lines = [line + rng.choice((b",", b",,,", b"", b'"')) for line in lines]
    return b"\n".join(lines)


def shuffle_cells(rng: Random, content: bytes) -> bytes:
    """A cell is lost, moved, emptied or filled with something else."""
    cells = re.split(rb"([,\n])", content)
    at = rng.randrange(0, len(cells), 2)
    other = rng.randrange(0, len(cells), 2)
    match rng.randrange(4):
        case 0:
            del cells[at : at + 2]
        case 1:
            cells[at], cells[other] = cells[other], cells[at]
        case 2:
            cells[at] = cells[other]
        case _:
            cells[at] = rng.choice(_TOKENS)
    return b"".join(cells)


def encode_anew(rng: Random, content: bytes) -> bytes:
    """Decoded and encoded as something else, in whole or from one line on."""
    lines = content.split(b"\n")
    at = rng.choice((0, rng.randrange(len(lines))))
    text = b"\n".join(lines[at:]).decode("utf-8", "replace")
    form = rng.choice(("gb18030", "utf-16", "utf-16-be", "utf-8-sig", "utf-32", "big5", "utf-7"))
    return b"\n".join([*lines[:at], text.encode(form, "replace")])


TEXT: Final[tuple[Mutator, ...]] = (*BYTES, shuffle_lines, shuffle_cells, encode_anew)


# --- tags ---------------------------------------------------------------------------------------

_TAG = re.compile(rb"<[^<>]{1,200}>")
_VALUE = re.compile(rb'="([^"]{0,60})"')
_VALUES: Final = (
    b"", b"0", b"-1", b"1", b"99999999999", b"A1", b"XFD1048576", b"A1:XFD1048576", b"ZZZZ9",
    b"1048577", b"s", b"n",
    b"str", b"inlineStr", b"d", b"e", b"b", b"true", b"rId99", b"../../x.xml", b"text/xml", b"1e9",
    b"hidden",
)  # fmt: skip


def change_tags(rng: Random, content: bytes) -> bytes:
    """A tag is lost, doubled, moved, renamed, or what it encloses is."""
    tags = list(_TAG.finditer(content))
    if not tags:
        return flip_bits(rng, content)
    tag, other = rng.choice(tags), rng.choice(tags)
    match rng.randrange(5):
        case 0:
            return content[: tag.start()] + content[tag.end() :]
        case 1:
            return content[: tag.end()] + tag[0] + content[tag.end() :]
        case 2:
            return content[: tag.start()] + other[0] + content[tag.end() :]
        case 3:
            first, last = sorted((tag.start(), other.end()))
            return content[:first] + content[last:]
        case _:
            first, last = sorted((tag.start(), other.start()))
            return content[:last] + content[first:last] + content[last:]


def change_values(rng: Random, content: bytes) -> bytes:
    """An attribute says something else."""
    values = list(_VALUE.finditer(content))
    if not values:
        return change_tags(rng, content)
    for value in rng.sample(values, min(len(values), rng.choice((1, 1, 3)))):
        other = rng.choice((rng.choice(_VALUES), rng.choice(values)[1]))
        content = content[: value.start(1)] + other + content[value.end(1) :]
    return content


TAGS: Final[tuple[Mutator, ...]] = (*BYTES, *[change_tags] * 3, *[change_values] * 6)


# --- packages -----------------------------------------------------------------------------------

_SHEETS = re.compile(r"sharedStrings|sheet\d|workbook\.xml$|styles")


def change_part(rng: Random, content: bytes) -> bytes:
    """The XML of a part is damaged, and the package is whole."""
    parts = _parts(content)
    name = rng.choice([name for name in parts if _SHEETS.search(name)] or sorted(parts))
    parts[name] = rng.choice(TAGS)(rng, parts[name])
    return _package(parts.items())


def change_entries(rng: Random, content: bytes) -> bytes:
    """A part is lost, doubled, renamed, swapped with another, blown up, or an alien one is in."""
    entries = list(_parts(content).items())
    at = rng.randrange(len(entries))
    name, part = entries[at]
    match rng.randrange(7):
        case 0:
            del entries[at]
        case 1:
            entries.append((name, entries[rng.randrange(len(entries))][1]))
        case 2:
            renamed = rng.choice(
                (name.upper(), name.replace("/", "\\"), f"../{name}", f"/{name}", "")
            )
            entries[at] = (renamed, part)
        case 3:
            other = rng.randrange(len(entries))
            entries[at], entries[other] = (name, entries[other][1]), (entries[other][0], part)
        case 4:
            entries[at] = (name, part + b" " * rng.choice((1 << 10, 1 << 20, 20 << 20)))
        case 5:
            entries.append(
                (rng.choice(("xl/vbaProject.bin", "word/document.xml", "content.xml")), b"x")
            )
        case _:
            rng.shuffle(entries)
    return _package(entries)


def change_directory(rng: Random, content: bytes) -> bytes:
    """The fields of the zip headers lie: sizes, sums, flags, methods, offsets."""
    places = [found.start() for found in re.finditer(rb"PK(?:\x03\x04|\x01\x02|\x05\x06)", content)]
    damaged = bytearray(content)
    for _ in range(rng.choice((1, 2))):
        at = min(rng.choice(places) + rng.randrange(4, 46), len(damaged) - 1)
        damaged[at] = rng.choice((0, 1, 0xFF, rng.randrange(256)))
    return bytes(damaged)


def _parts(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        return {name: package.read(name) for name in package.namelist()}


def _package(entries: Iterable[tuple[str, bytes]]) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as package, warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # that a name stands twice is the damage
        for name, part in entries:
            entry = zipfile.ZipInfo(name or "x", (2024, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            package.writestr(entry, part)
    return written.getvalue()


PACKAGE: Final[tuple[Mutator, ...]] = (
    *BYTES, *[change_part] * 10, change_entries, change_entries, change_directory,
)  # fmt: skip


# --- JSON ---------------------------------------------------------------------------------------


def change_json(rng: Random, content: bytes) -> bytes:
    """A value is of another type, a key is lost, renamed or doubled, records are nested."""
    records = [json.loads(line) for line in content.splitlines()]
    record = rng.choice(records)
    key = rng.choice(sorted(record))
    odd = [
        None,
        True,
        1.5,
        10**30,
        -0.0,
        [],
        {},
        [[1]],
        {"data": [1]},
        "",
        "\u0000",
        "x" * 5000,
        52,
    ]
    match rng.randrange(6):
        case 0:
            del record[key]
        case 1:
            record[rng.choice((key.upper(), f" {key}", "data", "rows", ""))] = record.pop(key)
        case 2:
            text = "\n".join(json.dumps(one, ensure_ascii=False) for one in records)
            name = json.dumps(key)
            return text.replace(name, f"{name}: 1, {name}", 1).encode()
        case 3:
            return json.dumps({"code": 0, "data": records}, ensure_ascii=False).encode()
        case _:
            record[key] = rng.choice(odd)
    return "\n".join(json.dumps(one, ensure_ascii=False) for one in records).encode()


JSON: Final[tuple[Mutator, ...]] = (*BYTES, shuffle_lines, encode_anew, change_json, change_json)

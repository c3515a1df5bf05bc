"""How a text file is encoded: byte order mark, then strict UTF-8, then strict GB18030.

Refuses to guess further and to replace a single character: files of mixed encodings, with
zero bytes or in any other encoding are refused.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from ingestion.readers.sniff import text_encoding_by_mark
from ingestion.reasons import Breach, BreachCode

_PIECE: Final = 1 << 20
#: Characters of a line; longer ones are no table.
MAX_LINE: Final = 1 << 20
_HAN = re.compile(r"[\u4e00-\u9fff]")
#: So many Chinese characters in a line of valid UTF-8 are no accident.
_CERTAIN: Final = 3
BOM: Final = "\ufeff"
#: How the characters of `_HAN` begin and go on in UTF-8.
_HAN_LEADS: Final = (0xE4, 0xE9)
_TAIL_BITS: Final = 0xC0
_TAIL: Final = 0x80

Bytes = npt.NDArray[np.uint8]
Places = npt.NDArray[np.int64]


def find_encoding(path: Path, name: str) -> str:
    """The encoding in which the whole file decodes. Raises Breach."""
    with path.open("rb") as file:
        head = file.read(65_536)
    if marked := text_encoding_by_mark(head):
        if _decodes(path, marked):
            return marked
        raise _unknown(name, f"the file is marked as {marked}, but not all of it is")
    if _holds_zero_bytes(path):
        raise Breach(BreachCode.FILE_UNREADABLE, name, "zero bytes in a text file; export it again")
    if _decodes(path, "utf-8"):
        return "utf-8"
    if _decodes(path, "gb18030"):
        if (line := _line_in_utf8(path)) is not None:
            raise _unknown(name, f"line {line} is in UTF-8, but others are in GB18030")
        return "gb18030"
    raise _unknown(name, "neither UTF-8 nor GB18030 throughout")


def likely_encoding(path: Path) -> str | None:
    """What the first megabyte is encoded in, if it is UTF-8 or GB18030.

    If the rest decodes so too, without zero bytes or a line in the other encoding, it is what
    `find_encoding` finds.
    """
    with path.open("rb") as file:
        head = file.read(_PIECE)
    marked = text_encoding_by_mark(head)
    if marked or b"\0" in head:
        return marked if marked == "utf-8" else None
    for encoding in ("utf-8", "gb18030"):
        with suppress(UnicodeDecodeError):
            codecs.getincrementaldecoder(encoding)("strict").decode(head)
            return encoding
    return None


def holds_utf8(content: bytes, letters: Bytes, starts: Places) -> bool:
    """Whether a line among these is plainly UTF-8. ``starts``: of all lines, and the end."""
    leads = np.flatnonzero((letters >= _HAN_LEADS[0]) & (letters <= _HAN_LEADS[1]))
    leads = leads[leads < len(letters) - 2]
    follows = (letters[leads + 1] & _TAIL_BITS == _TAIL) & (
        letters[leads + 2] & _TAIL_BITS == _TAIL
    )
    lines, counts = np.unique(
        np.searchsorted(starts, leads[follows], side="right") - 1, return_counts=True
    )
    return any(
        _is_plainly_utf8(content[starts[line] : starts[line + 1]])
        for line in lines[counts >= _CERTAIN].tolist()
    )


def lines_of(path: Path, encoding: str, name: str, longest: int = MAX_LINE) -> Iterator[str]:
    """The lines with their ends, without byte order mark. Raises Breach for an endless line."""
    with path.open(encoding=encoding, newline="") as file:
        is_first = True
        while line := file.readline(longest):
            if len(line) >= longest:
                raise Breach(
                    BreachCode.READER_LIMIT,
                    name,
                    "a line is longer than a row can be; export it again",
                )
            yield line.removeprefix(BOM) if is_first else line
            is_first = False


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    try:
        with path.open("rb") as file:
            while piece := file.read(_PIECE):
                decoder.decode(piece)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _holds_zero_bytes(path: Path) -> bool:
    with path.open("rb") as file:
        return any(b"\0" in piece for piece in iter(lambda: file.read(_PIECE), b""))


def _line_in_utf8(path: Path) -> int | None:
    """The first line that is plainly UTF-8, in a file that as a whole is not."""
    with path.open("rb") as file:
        for number, line in enumerate(iter(lambda: file.readline(MAX_LINE), b""), start=1):
            if not line.isascii() and _is_plainly_utf8(line):
                return number
    return None


def _is_plainly_utf8(line: bytes) -> bool:
    try:
        return len(_HAN.findall(line.decode("utf-8"))) >= _CERTAIN
    except UnicodeDecodeError:
        return False


def _unknown(name: str, what: str) -> Breach:
    return Breach(
        BreachCode.ENCODING_UNKNOWN, name, f"{what}; save the file as CSV UTF-8 and send it again"
    )

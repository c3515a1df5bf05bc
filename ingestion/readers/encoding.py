"""How a text file is encoded: byte order mark, then strict UTF-8, then strict GB18030.

Refuses to guess further and to replace a single character: files of mixed encodings, with
zero bytes or in any other encoding are refused.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from ingestion.readers.sniff import text_encoding_by_mark
from ingestion.reasons import Breach, BreachCode

_PIECE: Final = 1 << 20
#: Characters of a line; longer ones are no table.
MAX_LINE: Final = 1 << 20
_HAN = re.compile(r"[\u4e00-\u9fff]")
#: So many Chinese characters in a line of valid UTF-8 are no accident.
_CERTAIN: Final = 3
BOM: Final = "\ufeff"


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
            if line.isascii():
                continue
            try:
                text = line.decode("utf-8")
            except UnicodeDecodeError:
                continue
            if len(_HAN.findall(text)) >= _CERTAIN:
                return number
    return None


def _unknown(name: str, what: str) -> Breach:
    return Breach(
        BreachCode.ENCODING_UNKNOWN, name, f"{what}; save the file as CSV UTF-8 and send it again"
    )

"""Delimited text in other encodings, with broken quotes, ragged rows and odd line ends."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from hostile.goods import MARK, Good, Row, lines_of
from hostile.variants import variant

_RARE: Final = "𠮷䶮㧬"


def _text(good: Good) -> str:
    return lines_of(good.rows)


def _lines(good: Good) -> list[str]:
    return _text(good).splitlines()


def _joined(lines: list[str]) -> bytes:
    return "\r\n".join([*lines, ""]).encode()


@variant
def encoded(good: Good, argument: str) -> bytes:
    """All of the text in this encoding."""
    return _text(good).encode(argument, "replace")


@variant
def encoded_otherwise(good: Good, argument: str) -> bytes:
    """An encoding that Python has no name for, or more than one at once."""
    return _ENCODINGS[argument](good)


def _with_rare(good: Good, encoding: str) -> bytes:
    return _text(good).replace(f"{MARK}学校", f"{MARK}{_RARE}").encode(encoding)


def _mixed(good: Good, first: str, second: str, place: int) -> bytes:
    lines = [f"{line}\r\n" for line in _lines(good)]
    return "".join(lines[:place]).encode(first) + "".join(lines[place:]).encode(second)


_ENCODINGS: Final[dict[str, Callable[[Good], bytes]]] = {
    "utf-16-le with mark": lambda good: b"\xff\xfe" + _text(good).encode("utf-16-le"),
    "utf-16-be with mark": lambda good: b"\xfe\xff" + _text(good).encode("utf-16-be"),
    "utf-32 with mark": lambda good: b"\xff\xfe\0\0" + _text(good).encode("utf-32-le"),
    "unicode text of spreadsheets": lambda good: lines_of(good.rows, "\t").encode("utf-16"),
    "two marks": lambda good: b"\xef\xbb\xbf" * 2 + _text(good).encode(),
    "mark inside": lambda good: _mixed(good, "utf-8", "utf-8-sig", 2),
    "mark of utf-8 on gb18030": lambda good: b"\xef\xbb\xbf" + _text(good).encode("gb18030"),
    "mark of utf-16 on utf-8": lambda good: b"\xff\xfe" + _text(good).encode(),
    "gb18030 with rare characters": lambda good: _with_rare(good, "gb18030"),
    "utf-8 with rare characters": lambda good: _with_rare(good, "utf-8"),
    "utf-8 then gb18030": lambda good: _mixed(good, "utf-8", "gb18030", 3),
    "gb18030 then utf-8": lambda good: _mixed(good, "gb18030", "utf-8", 3),
    "utf-8 then utf-16": lambda good: _mixed(good, "utf-8", "utf-16-le", 3),
    "mojibake": lambda good: _text(good).encode().decode("gb18030", "replace").encode(),
    "mojibake of latin-1": lambda good: _text(good).encode("gb18030").decode("latin-1").encode(),
    "cut inside a character": lambda good: _text(good).encode()[: _inside_last_character(good)],
    "overlong": lambda good: _text(good).encode().replace(b",", b"\xc0\xac", 1),
    "surrogates": lambda good: (
        _text(good).replace("合格", "\ud800").encode("utf-8", "surrogatepass")
    ),
    "one wild byte": lambda good: _text(good).encode().replace(b"1200", b"1200\xff", 1),
    "base64": lambda good: __import__("base64").b64encode(_text(good).encode()),
    "question marks": lambda good: _text(good).encode("ascii", "replace"),
    "escapes": lambda good: _text(good).encode("unicode_escape"),
}


def _inside_last_character(good: Good) -> int:
    return _text(good).encode().rindex("格".encode()) + 1


@variant
def zero_bytes(good: Good, argument: str) -> bytes:
    """Bytes of value zero where text should be."""
    text = _text(good).encode()
    match argument:
        case "in_a_cell":
            return text.replace(b"1200", b"12\x0000", 1)
        case "at_the_end":
            return text + b"\0" * 512
        case "far_below":
            return text + b"\r\n" * 40_000 + b"\0\r\n"
        case _:
            return text.replace(b",", b"\0")


@variant
def delimited(good: Good, argument: str) -> bytes:
    """Another delimiter, which may stand for itself or by its name."""
    named = {"tab": "\t", "comma_wide": "，", "semicolon": ";", "semicolon_wide": "；", "pipe": "|"}
    others = {"caret": "^", "blank": " ", "unit_separator": "\x1f", "tilde": "~"}
    if delimiter := (named | others).get(argument):
        return lines_of(good.rows, "\x01").replace("\x01", delimiter).encode()
    if argument.startswith("sep="):
        return f"{argument}\r\n{lines_of(good.rows, argument[-1])}".encode()
    lines = _lines(good)
    swapped = [line.replace(",", ";") for line in lines]
    if argument == "header_only":
        return _joined([swapped[0], *lines[1:]])
    if argument == "records_only":
        return _joined([lines[0], *swapped[1:]])
    return _joined([*lines[:3], *swapped[3:]])


@variant
def quoted(good: Good, argument: str) -> bytes:
    """Quotation marks that are not closed, not doubled, or around everything."""
    lines = _lines(good)
    school = f"{MARK}学校"
    changes: dict[str, Callable[[], list[str]]] = {
        "unclosed_in_a_record": lambda: _replaced(lines, 2, school, f'"{school}'),
        "unclosed_in_the_last_record": lambda: _replaced(lines, 4, school, f'"{school}'),
        "unclosed_in_the_header": lambda: _replaced(lines, 0, "姓名", '"姓名'),
        "not_doubled": lambda: _replaced(lines, 2, school, f'"{MARK}"甲"学校"'),
        "in_the_middle": lambda: _replaced(lines, 2, school, f'{MARK}"甲"学校'),
        "at_the_end": lambda: _replaced(lines, 2, school, f'{school}"'),
        "single": lambda: [line.replace(school, f"'{school}'") for line in lines],
        "around_everything": lambda: [
            ",".join(f'"{cell}"' for cell in line.split(",")) for line in lines
        ],
        "around_rows": lambda: [f'"{line}"' for line in lines],
        "with_backslash": lambda: _replaced(lines, 2, school, f'"{MARK}\\"甲学校"'),
        "curly": lambda: [line.replace(school, f"“{school}”") for line in lines],
        "swallows_a_record": lambda: _replaced(
            _replaced(lines, 2, school, f'"{school}'), 3, school, f'{school}"'
        ),
    }
    return _joined(changes[argument]())


def _replaced(lines: list[str], at: int, old: str, new: str) -> list[str]:
    return [line.replace(old, new) if number == at else line for number, line in enumerate(lines)]


@variant
def ragged(good: Good, argument: str) -> bytes:
    """Records with more or fewer cells than the header."""
    lines = _lines(good)
    changes: dict[str, Callable[[], list[str]]] = {
        "one_shorter": lambda: _at(lines, 2, lambda line: line.rpartition(",")[0]),
        "much_shorter": lambda: _at(lines, 2, lambda line: ",".join(line.split(",")[:3])),
        "one_longer": lambda: _at(lines, 2, lambda line: f"{line},x"),
        "much_longer": lambda: _at(lines, 2, lambda line: line + ",x" * 4000),
        "longer_by_blanks": lambda: _at(lines, 2, lambda line: line + "," * 40),
        "amount_torn": lambda: _at(lines, 2, lambda line: line.replace(",1200", ",1,200")),
        "amount_torn_by_delimiters_at_the_end": lambda: [
            f"{line}," for line in _at(lines, 2, lambda line: line.replace(",1200", ",1,200"))
        ],
        "delimiter_at_every_end": lambda: [f"{line}," for line in lines],
        "delimiter_at_ends_of_records": lambda: [lines[0], *(f"{line}," for line in lines[1:])],
        "all_shorter": lambda: [lines[0], *(line.rpartition(",")[0] for line in lines[1:])],
        "shifted": lambda: _at(lines, 2, lambda line: "," + line.rpartition(",")[0]),
        "line_broken_in_two": lambda: [
            *lines[:2],
            *(part for part in _halves(lines[2])),
            *lines[3:],
        ],
        "two_records_in_a_line": lambda: [*lines[:3], f"{lines[3]},{lines[4]}"],
    }
    return _joined(changes[argument]())


def _at(lines: list[str], at: int, change: Callable[[str], str]) -> list[str]:
    return [change(line) if number == at else line for number, line in enumerate(lines)]


def _halves(line: str) -> tuple[str, str]:
    cells = line.split(",")
    return ",".join(cells[:5]), ",".join(cells[5:])


@variant
def line_ends(good: Good, argument: str) -> bytes:
    """Lines that end otherwise."""
    lines = _lines(good)
    ends = {
        "carriage_returns": "\r",
        "line_feeds": "\n",
        "feeds_first": "\n\r",
        "doubled": "\r\r\n",
        "next_lines": "\x85",
        "separators": "\u2028",
        "form_feeds": "\x0c\n",
    }
    if argument in ends:
        return "".join(line + ends[argument] for line in lines).encode()
    if argument == "none_at_the_end":
        return "\r\n".join(lines).encode()
    if argument == "mixed":
        mixed = ("\r\n", "\n", "\r", "\n", "\r\n")
        return "".join(line + end for line, end in zip(lines, mixed, strict=True)).encode()
    return (_text(good) + "\x1a").encode()  # how CP/M and DOS ended a file


@variant
def cut_off(good: Good, argument: str) -> bytes:
    """The upload ended early: after a line, within a record, within a word."""
    text = _text(good)
    last = text.rstrip().rindex("\n") + 1
    places = {"after_a_line": last, "within_a_record": last + 40, "within_the_amount": -4}
    return text[: places[argument]].encode()


@variant
def overlong(good: Good, argument: str) -> bytes:
    """Lines, cells or rows without end."""
    text = _text(good)
    match argument:
        case "line_of_letters":
            return (text + "x" * 6_000_000).encode()
        case "line_of_delimiters":
            return (text + "," * 3_000_000).encode()
        case "header_of_delimiters":
            return ("," * 3_000_000 + text).encode()
        case "cell":
            return text.replace(f"{MARK}学校", "长" * 200_000, 1).encode()
        case "quoted_lines":
            return (text + '"' + "x\r\n" * 400_000).encode()
        case _:
            return (text + "\r\n" * 200_000 + lines_of(good.rows[-1:])).encode()


@variant
def wide_titles(good: Good, argument: str) -> bytes:
    """So many lines above the header, each of 4,900 texts that may all be headers."""
    lines = [
        [chr(0x4E00 + at) + chr(0x4E00 + line) for at in range(4900)]
        for line in range(int(argument))
    ]
    return lines_of([*map(tuple, lines), *good.rows]).encode()


@variant
def many_rows(good: Good, argument: str) -> bytes:
    """So many records: the same ones again and again."""
    repeated: list[Row] = [*good.records] * (int(argument) // len(good.records))
    return lines_of([good.rows[0], *repeated]).encode()

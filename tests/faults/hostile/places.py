"""Good content under hostile names, and things in the drop folder that are no files."""

from __future__ import annotations

import ctypes
import os
import re
import socket
import stat
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from containers import repacked

from hostile.goods import Good, number_of
from hostile.variants import LONG_AGO, Plant, dated, planted, put, variant

#: Of the folder that lies beside the drop folder, to be left alone.
OUTSIDE: Final = "outside"
#: What lies there.
PRIVATE: Final = "private.csv"


@variant
def named(good: Good, argument: str) -> Plant:
    """The good content under this name, in the folder of its unit and period."""
    name = _NAMES.get(argument, argument)
    raw = name if isinstance(name, bytes) else os.fsencode(name)
    inside = os.fsencode(f"{good.folder}/{good.stem}/")
    return planted(lambda folder: put(folder, inside + raw, good.content()))


_NAMES: Final[dict[str, str | bytes]] = {
    "sql": "h.csv'); copy (select 'pwned' x) to 'pwned.csv'; drop table victim; --.csv",
    "double_quote": 'a" from read_csv("x"); --.csv',
    "line_break": "a\nb.csv",
    "escape_sequence": "a\x1b[31m\x07b.csv",
    "right_to_left": "a\u202evsc.exe",
    "gbk_bytes": "台账附表".encode("gb18030") + b".csv",
    "neither_encoding": b"\xff\xfe\x80.csv",
    "eighty_chinese_characters": "长" * 80 + ".csv",
    "two_hundred_chinese_characters": "/".join(["长" * 70] * 3) + ".csv",
    "longest_name": "x" * 251 + ".csv",
    "seven_folders": "/".join("d" * 7) + "/a.csv",
    "twenty_folders": "/".join("d" * 20) + "/a.csv",
    "an_id_number": f"{number_of(1)}.csv",
    "emoji": "\U0001f4ca.csv",
    "zero_width": "台\u200b账.csv",
    "decomposed": "e\u0301.csv",
    "dots_before": "..台账.csv",
    "reason_of_nothing": "别的.csv.reason.txt",
}


@variant
def placed(good: Good, argument: str) -> Plant:
    """The good content at this place, which says less or something else of unit and period."""
    return planted(lambda folder: put(folder, argument, good.content()))


@variant
def globbed(good: Good, argument: str) -> Plant:
    """A name that is a pattern for the name of another file, which must not be read instead."""
    pattern, _, other = argument.partition(" ")
    inside = f"{good.folder}/{good.stem}"

    def write(folder: Path) -> None:
        put(folder, f"{inside}/{pattern}", good.content())
        put(folder.parent.parent / "stray", other, b"x,y\r\n")

    return planted(write)


@variant
def dated_at(good: Good, argument: str) -> Plant:
    """The file's clock says something strange."""
    moments: dict[str, float | datetime] = {
        "epoch": 0,
        "before_the_epoch": -86_400 * 400,
        "far_future": datetime(2099, 1, 1, tzinfo=UTC),
        "beyond_the_calendar": 253_402_300_800 * 2,
        "fraction": LONG_AGO.timestamp() + 0.123456789,
    }
    return planted(lambda folder: put(folder, good.name, good.content(), moments[argument]))


@variant
def again(good: Good, argument: str) -> Plant:
    """The good delivery a second time: under another name, saved again, or less of it."""
    name = f"{good.folder}/{good.stem}（1）.{good.name.rpartition('.')[2]}"

    def write(folder: Path) -> None:
        put(folder, good.name, good.content())
        put(folder, name, _SECOND[argument](good))

    return planted(write)


def _saved_again(good: Good) -> bytes:
    """Other bytes, for a workbook says when it was saved."""
    return repacked(
        good.content(), {"docProps/core.xml": lambda xml: re.sub(rb"20[0-9]{2}-", b"2031-", xml)}
    )


_SECOND: Final[dict[str, Callable[[Good], bytes]]] = {
    "renamed": lambda good: good.content(),
    "saved_again": _saved_again,
    "other_order": lambda good: good.having(good.header, *reversed(good.records)).content(),
    "other_format": lambda good: good.content("html"),
    "shrunk": lambda good: good.having(*good.rows[:2]).content(),
}


@variant
def special(good: Good, argument: str) -> Plant:
    """Something that is no regular file, or not what it seems, in the file's place."""
    plant = _SPECIAL[argument]

    def write(folder: Path) -> None:
        path = folder / good.name
        path.parent.mkdir(parents=True, exist_ok=True)
        plant(path, good)

    return planted(write)


def _outside(path: Path) -> Path:
    """What lies beside the drop folder."""
    drop = next(parent for parent in path.parents if parent.name == "drop")
    return drop.with_name(OUTSIDE)


def _link(path: Path, target: Path | str) -> None:
    path.symlink_to(target)
    dated(path)


def _pipe(path: Path, _: Good) -> None:
    os.mkfifo(path)
    dated(path)


def _socket(path: Path, _: Good) -> None:
    """Bound by a short name: a socket's path may be 107 bytes long."""
    here = Path.cwd()
    os.chdir(path.parent)
    try:
        with socket.socket(socket.AF_UNIX) as end:
            end.bind(path.name)
    finally:
        os.chdir(here)
    dated(path)


def _device(path: Path, _: Good) -> None:
    """/dev/zero under another name; only root can make one."""
    os.mknod(path, 0o600 | stat.S_IFCHR, os.makedev(1, 5))
    dated(path)


def _hard_link(path: Path, good: Good) -> None:
    """A second name of a file outside: a file like any other."""
    other = put(_outside(path), f"original.{path.suffix}", good.content())
    path.hardlink_to(other)


def _sparse(path: Path, _: Good) -> None:
    with path.open("wb") as file:
        file.truncate(5 << 30)
    dated(path)


def _loop(path: Path, good: Good) -> None:
    put(path.parent, path.name, good.content())
    _link(path.parent / "again", path.parent)


def _reason(path: Path, good: Good, make: Callable[[Path], object]) -> None:
    put(path.parent, path.name, good.content())
    reason = path.with_name(f"{path.name}.reason.txt")
    make(reason)
    dated(reason)


_SPECIAL: Final[dict[str, Callable[[Path, Good], object]]] = {
    "link_to_a_file_outside": lambda path, _: _link(path, _outside(path) / PRIVATE),
    "link_to_a_folder_outside": lambda path, _: _link(path, _outside(path)),
    "link_to_a_device": lambda path, _: _link(path, "/dev/zero"),
    "link_to_nothing": lambda path, _: _link(path, "nowhere"),
    "link_to_itself": lambda path, _: _link(path, path.name),
    "link_to_its_folder": _loop,
    "pipe": _pipe,
    "socket": _socket,
    "device": _device,
    "folder": lambda path, _: path.mkdir(),
    "folder_with_the_file": lambda path, good: put(path, "a.csv", good.content()),
    "hard_link": _hard_link,
    "sparse": _sparse,
    "reason_is_a_link": lambda path, good: _reason(
        path, good, lambda reason: reason.symlink_to(_outside(path) / PRIVATE)
    ),
    "reason_is_a_pipe": lambda path, good: _reason(path, good, os.mkfifo),
    "reason_is_long": lambda path, good: _reason(
        path, good, lambda reason: reason.write_bytes(b"<b>" * 4_000_000)
    ),
    "executable": lambda path, good: put(path.parent, path.name, good.content()).chmod(0o4755),
}


@variant
def unreadable(good: Good, argument: str) -> Plant:
    """A file or folder that we have no right to read."""

    @contextmanager
    def plant(folder: Path) -> Iterator[None]:
        path = put(folder, good.name, good.content())
        closed = path if argument == "file" else path.parent
        closed.chmod(0)
        try:
            with _without_override():
                yield
        finally:
            closed.chmod(0o700)

    return plant


@variant
def growing(good: Good, argument: str) -> Plant:
    """A file that somebody writes on while we look at it, and maybe dates back each time."""

    @contextmanager
    def plant(folder: Path) -> Iterator[None]:
        content = good.content()
        path = put(folder, good.name, content + b"\r\n" * (4 << 20))
        is_over = threading.Event()

        def write() -> None:
            with path.open("ab") as file:
                while not is_over.wait(0.001):
                    file.write(b"\r\n" * 100)
                    file.flush()
                    if argument == "dated_back":
                        dated(path)

        writer = threading.Thread(target=write)
        writer.start()
        try:
            yield
        finally:
            is_over.set()
            writer.join()

    return plant


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _Sets(ctypes.Structure):
    _fields_ = tuple((name, ctypes.c_uint32) for name in ("effective", "permitted", "inheritable"))


@contextmanager
def _without_override() -> Iterator[None]:
    """Even root is bound by the rights of files here (Linux: CAP_DAC_OVERRIDE, _READ_SEARCH)."""
    libc = ctypes.CDLL(None, use_errno=True)
    header, sets = _Header(0x20080522, 0), (_Sets * 2)()
    libc.capget(ctypes.byref(header), sets)
    before = sets[0].effective
    sets[0].effective = before & ~0b110
    libc.capset(ctypes.byref(header), sets)
    try:
        yield
    finally:
        sets[0].effective = before
        libc.capset(ctypes.byref(header), sets)

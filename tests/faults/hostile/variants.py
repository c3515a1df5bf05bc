"""What a variant is: a function that makes a bad delivery of a good one, found by its name."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from hostile.goods import Good

#: When files of the tests were last changed, unless that is the point.
LONG_AGO: Final = datetime(2024, 7, 2, tzinfo=UTC)

#: Puts something into a feed's folder; on leaving, whatever still writes there stops.
Plant = Callable[[Path], AbstractContextManager[None]]
#: A good delivery and the argument of the table's row → the file's bytes, or something else.
Maker = Callable[[Good, str], bytes | Plant]

MAKERS: Final[dict[str, Maker]] = {}


def variant(maker: Maker) -> Maker:
    """Enter a maker under its name."""
    MAKERS[maker.__name__] = maker
    return maker


def put(folder: Path, name: str | bytes, content: bytes, at: float | datetime = LONG_AGO) -> Path:
    """Write a file with its folders; ``name`` may be bytes that are no UTF-8."""
    path = folder / os.fsdecode(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    dated(path, at)
    return path


def dated(path: Path, at: float | datetime = LONG_AGO) -> None:
    moment = at.timestamp() if isinstance(at, datetime) else at
    os.utime(path, (moment, moment), follow_symlinks=False)


def planted(write: Callable[[Path], object]) -> Plant:
    """A plant that is there once and for all."""

    @contextmanager
    def plant(folder: Path) -> Iterator[None]:
        write(folder)
        yield

    return plant

"""Processes that tests start, with all that those start in turn: who lives, what it cost, the end.

A process is known by its number and the moment it began, so that nobody else is taken for it. What
a process has started is looked up while it lives; afterwards nobody could say whose it was.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_TICKS: Final = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Process:
    """A process, dead or alive."""

    pid: int
    #: Clock ticks after boot.
    began: int


@dataclass(frozen=True)
class _Stat:
    process: Process
    parent: int
    is_zombie: bool
    #: Of itself and of children that it has waited for.
    cpu_seconds: float


def family(pid: int) -> frozenset[Process]:
    """A process and its living descendants."""
    return frozenset(stat.process for stat in _family(pid))


def cpu_seconds(pid: int) -> float:
    """What a process and its descendants have computed; it does not run while others do."""
    return sum(stat.cpu_seconds for stat in _family(pid))


def living(processes: Iterable[Process]) -> frozenset[Process]:
    """Those that still run."""
    return frozenset(
        process
        for process in processes
        if (stat := _stat(process.pid)) and stat.process == process and not stat.is_zombie
    )


def kill(processes: Iterable[Process]) -> None:
    """End them at once, as a power cut does."""
    for process in living(processes):
        try:
            os.kill(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


def happens(condition: Callable[[], bool], *, within: float, every: float = 0.05) -> bool:
    """Wait until something is so; whether it came to that."""
    deadline = time.monotonic() + within
    while not (came := condition()) and time.monotonic() < deadline:
        time.sleep(every)
    return came


def _family(pid: int) -> list[_Stat]:
    stats = [stat for path in Path("/proc").glob("[0-9]*") if (stat := _stat(int(path.name)))]
    children: dict[int, list[_Stat]] = {}
    for stat in stats:
        children.setdefault(stat.parent, []).append(stat)
    found = [stat for stat in stats if stat.process.pid == pid and not stat.is_zombie]
    for stat in found:
        found += [child for child in children.get(stat.process.pid, ()) if not child.is_zombie]
    return found


def _stat(pid: int) -> _Stat | None:
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    fields = text.rpartition(")")[2].split()
    return _Stat(
        process=Process(pid, int(fields[19])),
        parent=int(fields[1]),
        is_zombie=fields[0] in "ZX",
        cpu_seconds=sum(map(int, fields[11:15])) / _TICKS,
    )

"""One case, measured as a process of its own: wall time, processor time, peak memory.

A child starts afresh, so imports and start-up are in every figure alike, and its peak memory is
nobody else's. What a case answers is the last line that it prints, as JSON.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Any


class CaseFailed(Exception):
    """A case that did not come to its end; the message holds the end of what it said."""


@dataclass(frozen=True)
class Measured:
    """What one run of a case took, its children included."""

    seconds: float
    cpu_seconds: float
    peak_bytes: int
    #: What it answered, or nothing.
    answer: Mapping[str, Any] = field(default_factory=dict)


def measure(
    command: Sequence[str | Path], variables: Mapping[str, str], *, answers: bool = False
) -> Measured:
    """Run a command to its end. Raises CaseFailed."""
    arguments = [str(part) for part in command]
    with tempfile.TemporaryFile() as said:
        begun = perf_counter()
        child = subprocess.Popen(
            arguments,
            env={**os.environ, **variables},
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
        )
        _, status, usage = os.wait4(child.pid, 0)
        seconds = perf_counter() - begun
        child.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        text = said.read().decode(errors="replace")
    if child.returncode:
        raise CaseFailed(f"{' '.join(arguments)} ended with {child.returncode}:\n{text[-2000:]}")
    return Measured(
        seconds=seconds,
        cpu_seconds=usage.ru_utime + usage.ru_stime,
        peak_bytes=usage.ru_maxrss * 1024,
        answer=json.loads(text.splitlines()[-1]) if answers else {},
    )

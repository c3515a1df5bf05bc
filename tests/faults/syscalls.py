"""Faults at system calls: the calls of a program counted, then one of them hit.

A `Stage` is a process that has imported a module of programs. Each run is a fork of it, joined by
strace before it begins, so that nothing but the program's own calls is seen, in the same order each
time. The first run lists its points: every call that changes a file below a folder. Further runs
are killed at a point, or told there that the disk is full or fails.
"""

from __future__ import annotations

import importlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final, Literal, NamedTuple

Kind = Literal["signal=SIGKILL", "error=ENOSPC", "error=EIO"]
KINDS: Final[tuple[Kind, ...]] = ("signal=SIGKILL", "error=ENOSPC", "error=EIO")

#: Calls that change a file or a folder; some exist on some processors only.
CALLS: Final = (
    "write", "pwrite64", "writev", "pwritev", "fsync", "fdatasync", "sync_file_range",
    "rename", "renameat", "renameat2", "unlink", "unlinkat", "mkdir", "mkdirat", "rmdir",
    "chmod", "fchmod", "fchmodat", "fchmodat2", "truncate", "ftruncate", "fallocate",
    "symlink", "symlinkat", "link", "linkat", "open", "openat", "creat",
    "copy_file_range", "sendfile",
)  # fmt: skip
_OPENING: Final = ("open", "openat")
_CALL: Final = re.compile(r"^(\d+) +(\w+)\(")


class Point(NamedTuple):
    """One call of one thread: its name, and which of that name it is."""

    call: str
    occurrence: int


class Ending(NamedTuple):
    """How a run ended: the signal or exit code, what was raised, whether the fault was reached.

    Where threads take turns, the same call of the next run may be another one, or there is none.
    """

    code: int
    raised: str
    was_hit: bool

    @property
    def was_killed(self) -> bool:
        return self.code < 0


def why_no_strace() -> str | None:
    """Why faults cannot be injected here; none when they can."""
    if shutil.which("strace") is None:
        return "strace is not installed: install the package strace"
    tried = subprocess.run(
        ["strace", "-o", os.devnull, "true"], capture_output=True, text=True, check=False
    )
    return "strace needs ptrace, which is forbidden here" if tried.returncode else None


class Stage:
    """A process that has imported a module; its functions run in forks of it, one at a time."""

    def __init__(self, module: str, scratch: Path, environment: dict[str, str]) -> None:
        self._log = scratch / "strace.log"
        self._said = scratch / "said.txt"
        self._process = subprocess.Popen(
            [sys.executable, "-B", __file__, module, str(self._said)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**environment, "PYTHONHASHSEED": "0", "OMP_NUM_THREADS": "1"},
            bufsize=0,
        )

    def close(self) -> None:
        """End the process."""
        for pipe in (self._process.stdin, self._process.stdout):
            _pipe(pipe).close()
        self._process.wait(timeout=60)

    def run(self, function: str, *arguments: str) -> Ending:
        """The program, undisturbed."""
        self._start(function, arguments)
        return self._ending(was_hit=False)

    def points(self, function: str, *arguments: str, below: Path) -> list[Point]:
        """The calls of an undisturbed run that change something below the folder, in order."""
        with self._traced(function, arguments, ["-y"]):
            ending = self._ending(was_hit=False)
        assert ending.code == 0, ending.raised
        return list(_points(self._log.read_text(errors="replace").splitlines(), str(below)))

    def struck(
        self, kind: Kind, point: Point, function: str, *arguments: str, below: Path
    ) -> Ending:
        """The program with a fault at that point, which should be a call below the folder."""
        inject = f"inject={point.call}:{kind}:when={point.occurrence}"
        with self._traced(function, arguments, ["-y", "-e", inject]):
            ending = self._ending(was_hit=False)
        hit = (
            "SIGKILL" in line or ("(INJECTED)" in line and str(below) in line)
            for line in self._log.read_text(errors="replace").splitlines()
        )
        return ending._replace(was_hit=any(hit))

    def _start(self, function: str, arguments: Sequence[str]) -> int:
        """Fork; the fork waits. Its process id."""
        self._said.write_text("")
        request = {"function": function, "arguments": arguments}
        _pipe(self._process.stdin).write(json.dumps(request).encode() + b"\n")
        return int(self._answer())

    @contextmanager
    def _traced(
        self, function: str, arguments: Sequence[str], options: Sequence[str]
    ) -> Iterator[None]:
        process = self._start(function, arguments)
        trace = "trace=" + ",".join(f"?{call}" for call in CALLS)
        with subprocess.Popen(
            ["strace", "-f", "-p", str(process), "-o", self._log, "-e", trace, *options],
            stderr=subprocess.PIPE,
            text=True,
        ) as strace:
            said = strace.stderr.readline() if strace.stderr else ""
            assert "attached" in said, said
            yield

    def _ending(self, *, was_hit: bool) -> Ending:
        """Let the fork go on, to its end."""
        _pipe(self._process.stdin).write(b".")
        code = int(self._answer())
        return Ending(code, self._said.read_text(), was_hit)

    def _answer(self) -> bytes:
        answer: bytes = _pipe(self._process.stdout).readline()
        assert answer, "the stage has ended"
        return answer


def _points(lines: Sequence[str], below: str) -> Iterator[Point]:
    """Calls are counted as strace counts them: by name, each thread for itself."""
    made: Counter[tuple[str, str]] = Counter()
    seen: set[Point] = set()
    for line in lines:
        if (found := _CALL.match(line)) is None:
            continue
        thread, call = found.groups()
        made[thread, call] += 1
        point = Point(call, made[thread, call])
        changes = call not in _OPENING or "O_CREAT" in line
        if changes and below in line and point not in seen:
            seen.add(point)
            yield point


def _pipe(pipe: IO[Any] | None) -> IO[Any]:
    assert pipe is not None
    return pipe


# --- within the stage -------------------------------------------------------------------------


def _serve(module: str, said: str) -> None:
    """Fork for every request, wait for it, and say how it ended."""
    programs = importlib.import_module(module)
    while request := _line():
        wanted = json.loads(request)
        process = os.fork()
        if process == 0:
            _perform(getattr(programs, wanted["function"]), wanted["arguments"], said)
        os.write(1, f"{process}\n".encode())
        _, status = os.waitpid(process, 0)
        os.write(1, f"{os.waitstatus_to_exitcode(status)}\n".encode())


def _perform(program: Any, arguments: Sequence[str], said: str) -> None:
    """Wait to be let go; then the program, and what it raised."""
    os.read(0, 1)
    code = 0
    try:
        program(*arguments)
    except BaseException as error:  # whatever it is, the other side hears of it
        code = 1
        Path(said).write_text(f"{type(error).__name__}: {error}")
    finally:
        os._exit(code)


def _line() -> bytes:
    """One line of standard input, and nothing beyond it."""
    line = b""
    while not line.endswith(b"\n") and (byte := os.read(0, 1)):
        line += byte
    return line


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    _serve(sys.argv[1], sys.argv[2])

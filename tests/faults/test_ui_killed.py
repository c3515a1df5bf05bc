"""The web interface and its daemon end with the command that started them, however it ends.

A daemon left alone would go on starting refreshes, beside the daemon of the next ``make ui``.
"""

from __future__ import annotations

import signal
import socket
import subprocess
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

import pytest
from campaign import chosen
from installations import SKILLS, Installation
from processes import Process, family, happens, kill, living

pytestmark = pytest.mark.xdist_group("ui")

PARTS: Final = ("dagster_webserver", "dagster._daemon", "dagster dev")
PATIENCE_SECONDS: Final = 120


def named(process: Process) -> str:
    try:
        line = Path(f"/proc/{process.pid}/cmdline").read_bytes()
    except OSError:
        return ""
    return line.replace(b"\0", b" ").decode(errors="replace")


def is_up(pid: int) -> bool:
    names = [named(process) for process in family(pid)]
    return all(any(part in name for name in names) for part in PARTS)


def killed(ui: subprocess.Popen[bytes]) -> None:
    ui.kill()


def told_to_end(ui: subprocess.Popen[bytes]) -> None:
    ui.send_signal(signal.SIGTERM)


def robbed_of_dagster(ui: subprocess.Popen[bytes]) -> None:
    kill(process for process in family(ui.pid) if PARTS[2] in named(process))


#: A shell lets what it starts in the background ignore interruptions.
IN_BACKGROUND: Final = ("/bin/sh", "-c", "trap '' INT; exec \"$@\"", "sh")


@pytest.mark.promise("nothing of the web interface outlives the command that opened it", 4)
@pytest.mark.parametrize(
    ("happening", "started"),
    chosen(
        [
            (told_to_end, IN_BACKGROUND),
            (told_to_end, ()),
            (killed, ()),
            (robbed_of_dagster, ()),
        ],
        1,
    ),
)
def test_nothing_of_the_web_interface_outlives_its_command(
    refreshed: Installation,
    tmp_path: Path,
    happening: Callable[[subprocess.Popen[bytes]], None],
    started: tuple[str, ...],
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    installation = refreshed.copied(tmp_path / "skills")
    with subprocess.Popen(
        [*started, str(SKILLS), "ui", "--port", str(port)],
        env=installation.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as ui:
        relatives = frozenset[Process]()
        try:
            assert happens(partial(is_up, ui.pid), within=PATIENCE_SECONDS)
            relatives = family(ui.pid)
            happening(ui)
            ui.wait(PATIENCE_SECONDS)
            assert happens(lambda: not living(relatives), within=PATIENCE_SECONDS)
        finally:
            kill(relatives | family(ui.pid))

"""Processes that end with the one that started them, however that one ends."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final

#: How long a process that is told to end may take before it is made to.
PATIENCE_SECONDS: Final = 20


@contextmanager
def attended(process: subprocess.Popen[Any]) -> Iterator[None]:
    """End that process and what it has started with the block, also when this one is killed.

    The guard waits for a pipe to close, which happens however this process ends. The process must
    lead a session of its own.
    """
    with subprocess.Popen(
        ["/bin/sh", "-c", f"read -r _; kill -s KILL -- -{process.pid}"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as guard:
        try:
            yield
        finally:
            guard.kill()
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(PATIENCE_SECONDS)
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

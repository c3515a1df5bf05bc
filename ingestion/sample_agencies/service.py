"""The provincial certificate service: a real HTTP server on the loopback, for sample and tests.

It runs in a process of its own, as such a service does, so that neither what it imports nor what it
answers weighs on the refresh that asks it. What it answers stands in `service_app`.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ingestion.settings import CHILD_ENVIRONMENT


@dataclass(frozen=True)
class RunningService:
    """Where the service answers."""

    url: str


@contextmanager
def serve_certificates(
    folder: Path, token: str, *, fault_rate: float = 0.02, seed: int = 0
) -> Iterator[RunningService]:
    """Serve what stands in a folder on a free port of the loopback until the block ends.

    Whoever asks while the process still starts waits for its answer; when it did not start, they
    are refused. It ends with this process, however that ends.
    """
    line, its_end = socket.socketpair()
    with line:
        with its_end, socket.create_server(("127.0.0.1", 0)) as listener:
            url = f"http://127.0.0.1:{listener.getsockname()[1]}"
            orders = {
                "listener": listener.fileno(),
                "folder": str(folder.absolute()),
                "token": token,
                "fault_rate": fault_rate,
                "seed": seed,
            }
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", "ingestion.sample_agencies.service_app"],
                stdin=its_end.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=[listener.fileno()],
                env=CHILD_ENVIRONMENT,
                start_new_session=True,
            )
        try:
            # Others read the command line and the environment; the token goes by neither.
            line.sendall(json.dumps(orders).encode() + b"\n")
            yield RunningService(url)
        finally:
            process.kill()
            process.wait()

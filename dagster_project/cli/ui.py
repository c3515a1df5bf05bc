"""``skills ui``: Dagster's web interface and its daemon, on loopback only.

They end with this process, however it ends: left alone, a daemon would go on starting runs, and
the next one would do so beside it.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from types import FrameType

from dagster_project.attending import attended
from dagster_project.dagster_home import prepare_dagster_home
from dagster_project.dbt_runs import prepare_manifest
from ingestion.settings import REPOSITORY, Settings


def open_ui(port: int) -> int:
    """Run ``dagster dev`` until it is interrupted; its exit code."""
    settings = Settings()
    prepare_manifest(settings)
    dagster = str(Path(sys.executable).with_name("dagster"))
    # A shell tells what it starts in the background to ignore interruptions, and Dagster would
    # inherit that, and then ignore being told to end as well.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    command = [dagster, "dev", "-m", "dagster_project.definitions"]
    with (
        subprocess.Popen(
            [*command, "-h", "127.0.0.1", "-p", str(port)],
            cwd=REPOSITORY,
            env={**os.environ, "DAGSTER_HOME": prepare_dagster_home(settings)},
            start_new_session=True,
        ) as process,
        attended(process),
    ):

        def pass_on(_number: int, _frame: FrameType | None) -> None:
            process.send_signal(signal.SIGINT)

        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, pass_on)
        return process.wait()

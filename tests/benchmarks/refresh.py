"""How long a first and a second refresh of the sample take here, step by step.

A measurement, not a test: run it with ``make bench`` on a machine that does nothing else. Each
refresh is a process of its own on a new home, as a person starts it, so importing, parsing and the
making of the sample are in the totals.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter

SKILLS = Path(sys.executable).with_name("skills")


def refresh(home: Path, timings: Path) -> tuple[float, dict[str, float]]:
    """Seconds of one refresh, in all and by step."""
    begun = perf_counter()
    subprocess.run(
        [str(SKILLS), "refresh", "--timings", str(timings)],
        env={**os.environ, "SKILLS_HOME": str(home)},
        stdout=subprocess.DEVNULL,
        check=True,
    )
    return perf_counter() - begun, json.loads(timings.read_text(encoding="utf-8"))


def main() -> None:
    cores = len(os.sched_getaffinity(0))
    factor = os.environ.get("SKILLS_SAMPLE_FACTOR", "1")
    with tempfile.TemporaryDirectory(prefix="skills-bench-") as folder:
        timings = Path(folder) / "timings.json"
        first, first_steps = refresh(Path(folder) / "home", timings)
        second, second_steps = refresh(Path(folder) / "home", timings)
    lines = [
        f"{cores} cores, {platform.machine()}, Python {platform.python_version()}, "
        f"sample factor {factor}",
        f"{'first s':>9} {'second s':>9}  step",
        *(
            f"{first_steps.get(step, 0):9.1f} {second_steps.get(step, 0):9.1f}  {step}"
            for step in {**first_steps, **second_steps}
        ),
        f"{first:9.1f} {second:9.1f}  all, from the command to its end",
    ]
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()

"""Results of the benchmark as text: figures with their limits, cases, and cost against size.

Run ``report.py RESULT.json …`` to print the Markdown that the README keeps, out of one or several
sizes.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from figures import GIBIBYTE, lines, middle

_WIDTH: Final = 40
_VERDICT: Final = {True: "holds", False: "**does not hold**", None: ""}
#: Cases whose cost is drawn against size.
_DRAWN: Final = ("full refresh", "floor", "headline")


def markdown(results: Sequence[dict[str, Any]]) -> str:
    """Everything that the README keeps."""
    results = sorted(results, key=lambda result: result["factor"])
    return "\n".join([*_about(results), "", *_figures(results), "", *_chart(results)]) + "\n"


def _about(results: Sequence[dict[str, Any]]) -> Iterator[str]:
    for result in results:
        machine = result["machine"]
        rows = ", ".join(f"{count:,} {name}" for name, count in result["rows"].items())
        yield (
            f"- **{result['factor']:g} x**, {result['date']}, commit `{result['commit']}`: {rows}; "
            f"{machine['cores']} cores, {machine['memory_gib']} GiB, medians of {result['rounds']}"
        )


def _figures(results: Sequence[dict[str, Any]]) -> Iterator[str]:
    yield "| figure | size | measured | at most | |"
    yield "|---|---:|---:|---:|---|"
    for result in results:
        for line in lines(result):
            yield (
                f"| {line.title} | {line.factor:g} x | {line.value} | {line.limit} "
                f"| {_VERDICT[line.holds]} |"
            )


def _chart(results: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Bars of equal steps per tenfold cost."""
    told = [
        (case, result["factor"], seconds)
        for case in _DRAWN
        for result in results
        if (seconds := middle(result, case)) is not None
    ]
    if not told:
        return
    most = max(seconds for _, _, seconds in told)
    least = min(seconds for _, _, seconds in told) / 2
    yield "```"
    for case, factor, seconds in told:
        share = math.log(seconds / least) / math.log(most / least)
        bar = "█" * max(1, round(share * _WIDTH))
        yield f"{case:13} {factor:5g} x  {bar:{_WIDTH}} {seconds:8.1f} s"
    yield "```"


def plain(result: dict[str, Any]) -> str:
    """The same of one run for a terminal, with every case."""
    told = [f"{'seconds':>9} {'cpu s':>9} {'peak GiB':>9}  case"]
    for case in result["cases"]:
        seconds, cpu, peak = (
            middle(result, case, what) or 0.0 for what in ("seconds", "cpu_seconds", "peak_bytes")
        )
        told.append(f"{seconds:9.2f} {cpu:9.2f} {peak / GIBIBYTE:9.2f}  {case}")
    told += ["", f"{'measured':>9} {'at most':>9}  figure"]
    for line in lines(result):
        verdict = {True: "  holds", False: "  DOES NOT HOLD", None: ""}[line.holds]
        told.append(f"{line.value:>9} {line.limit:>9}  {line.title}{verdict}")
    return "\n".join([*_about([result]), *told]) + "\n"


if __name__ == "__main__":
    sys.stdout.write(markdown([json.loads(Path(name).read_bytes()) for name in sys.argv[1:]]))

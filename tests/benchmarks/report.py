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

from figures import GIBIBYTE, Line, lines, middle

_WIDTH: Final = 40
#: Cases whose cost is drawn against size.
_DRAWN: Final = ("full refresh", "floor", "headline")


def markdown(results: Sequence[dict[str, Any]]) -> str:
    """Everything that the README keeps."""
    results = sorted(results, key=lambda result: result["factor"])
    parts = (_about(results), _costs(results), _figures(results), _chart(results))
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def _about(results: Sequence[dict[str, Any]]) -> Iterator[str]:
    for size, result in zip(_sizes(results), results, strict=True):
        machine = result["machine"]
        rows = ", ".join(f"{count:,} {name}" for name, count in result["rows"].items())
        yield (
            f"- **{size}**, {result['date']}, commit `{result['commit']}`: {rows}; "
            f"{machine['cores']} cores, {machine['memory_gib']} GiB, medians of {result['rounds']}"
        )


def _costs(results: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Every case, with a column for each size."""
    yield _row("seconds, peak GiB", *_sizes(results))
    yield _row("---", *["---:"] * len(results))
    for case in dict.fromkeys(case for result in results for case in result["cases"]):
        yield _row(case, *(_cost(result, case) for result in results))


def _cost(result: dict[str, Any], case: str) -> str:
    seconds, peak = middle(result, case), middle(result, case, "peak_bytes")
    return "" if seconds is None or peak is None else f"{seconds:,.1f}, {peak / GIBIBYTE:.1f}"


def _figures(results: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Every figure, with a column for each size; what is over its limit in bold."""
    yield _row("figure", *_sizes(results), "at most")
    yield _row("---", *["---:"] * (len(results) + 1))
    columns = [{line.title: line for line in lines(result)} for result in results]
    for title in dict.fromkeys(title for column in columns for title in column):
        told = [column.get(title) for column in columns]
        limits = [f"{line.limit} at {_size(line.factor)}" for line in told if line and line.limit]
        yield _row(title, *map(_value, told), ", ".join(limits))


def _value(line: Line | None) -> str:
    if line is None:
        return ""
    return f"**{line.value}**" if line.holds is False else line.value


def _sizes(results: Sequence[dict[str, Any]]) -> list[str]:
    return [_size(result["factor"]) for result in results]


def _size(factor: float) -> str:
    return f"{factor:g} x"


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


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

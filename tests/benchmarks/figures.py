"""What is compared with what, and how much is at most allowed: the table of the benchmark as data.

A figure is a ratio of medians out of one run on one machine. A limit binds at the size that it
names; at other sizes the figure is printed without one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from statistics import median
from typing import Any, Final

GIBIBYTE: Final = 1 << 30


@dataclass(frozen=True)
class Figure:
    """Seconds of one case beside those of another."""

    title: str
    case: str
    beside: str
    #: By factor of the city.
    at_most: Mapping[float, float] = field(default_factory=dict)


FIGURES: Final = (
    Figure(
        "full refresh from landed Parquet / floor with the same tests",
        "full refresh",
        "floor",
        {10: 2.0, 100: 1.25},
    ),
    Figure(
        "a day's change (0.1 % of rows) / full refresh", "day's change", "full refresh", {100: 0.15}
    ),
    Figure("nothing new / full refresh", "nothing new", "full refresh", {10: 0.1}),
    Figure("full refresh / plain `dbt build`", "full refresh", "dbt build"),
    Figure("full refresh / `dbt build` on Spark", "full refresh", "spark"),
    Figure("our delivery of the same CSV files / dlt's", "our delivery", "dlt", {1: 0.1}),
    Figure(
        "our delivery of the same CSV files / dlt's of data frames", "our delivery", "dlt frames"
    ),
    Figure(
        "our headline indicators from Parquet / pandas", "headline", "headline pandas", {10: 0.3}
    ),
    Figure(
        "our headline indicators from Parquet / polars", "headline", "headline polars", {10: 1.5}
    ),
)
#: Peak memory of any of our cases, by factor.
PEAK: Final = {100: 8 * GIBIBYTE}
OURS: Final = ("first refresh", "full refresh", "nothing new", "day's change", "headline")


@dataclass(frozen=True)
class Line:
    """One line of the printed table."""

    title: str
    factor: float
    value: str
    limit: str
    holds: bool | None


def middle(result: Mapping[str, Any], case: str, what: str = "seconds") -> float | None:
    """The median over the rounds of a case, if it was run."""
    runs = result["cases"].get(case)
    return median(run[what] for run in runs) if runs else None


def lines(result: Mapping[str, Any]) -> Iterator[Line]:
    """Every figure that this result can tell, the rows of deliveries and the peak among them."""
    factor = result["factor"]
    for figure in FIGURES:
        ours, other = middle(result, figure.case), middle(result, figure.beside)
        if ours is not None and other is not None:
            yield _judged(figure.title, factor, ours / other, figure.at_most.get(factor))
    for told in result.get("deliveries", ()):
        yield _judged(told["title"], factor, told["ratio"], told.get("at_most"))
    peaks = [middle(result, case, "peak_bytes") or 0.0 for case in OURS]
    limit = PEAK.get(factor)
    yield Line(
        "peak memory of ours",
        factor,
        f"{max(peaks) / GIBIBYTE:.1f} GiB",
        f"{limit / GIBIBYTE:g} GiB" if limit else "",
        max(peaks) <= limit if limit else None,
    )


def _judged(title: str, factor: float, ratio: float, limit: float | None) -> Line:
    return Line(
        title,
        factor,
        f"{ratio:.2f}",
        f"{limit:g}" if limit is not None else "",
        ratio <= limit if limit is not None else None,
    )

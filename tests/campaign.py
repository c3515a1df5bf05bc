"""Figures of survival: how many faults were tried, and how many the promise outlived.

Tests of ``tests/faults`` name the promise that they try, such as
``@pytest.mark.promise("bits flipped in landed files are noticed", 200)``, with the number of cases
that the long form owes. In the suite a part of the cases runs (`chosen`, `repeated`);
``FAULTS=long``, as ``make faults`` sets it, runs all. A test that tries several cases says so with
``record_property("cases", number)``. The long form writes down every test that passed and goes on
from there when it was stopped, for as long as the code is the same.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

import pytest

REPOSITORY: Final = Path(__file__).resolve().parents[1]
IS_LONG: Final = os.environ.get("FAULTS") == "long"
#: What held so far in the long form; the first line names the code that it held for.
RECORD: Final = Path(os.environ.get("FAULTS_RECORD", REPOSITORY / ".faults.jsonl"))

_CODE: Final = ("ingestion", "dagster_project", "dbt_project", "seeds", "tests", "pyproject.toml")
_PROMISE: Final = "promise"
_CASES: Final = "cases"

Case = TypeVar("Case")


def chosen(cases: Sequence[Case], count: int) -> Sequence[Case]:
    """All cases in the long form; else so many of them, evenly spread, always the same."""
    if IS_LONG or len(cases) <= count:
        return cases
    return [cases[number * len(cases) // count] for number in range(count)]


def repeated(short: int, long: int) -> int:
    """How often something is tried in this form."""
    return long if IS_LONG else short


@dataclass
class Figure:
    """What is known of one promise."""

    owed: int
    held: int = 0
    broken: int = 0


class Campaign:
    """Counts the cases of each promise where the results of all workers come together."""

    def __init__(self, record: Path | None) -> None:
        self.record = record
        self.figures: dict[str, Figure] = {}
        for entry in _entries(record):
            self._figure(entry["promise"], entry["owed"]).held += entry["cases"]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        properties = dict(report.user_properties)
        if _PROMISE not in properties or report.skipped:
            return
        name, owed = properties[_PROMISE]
        cases = int(str(properties.get(_CASES, 1)))
        if report.failed:
            self._figure(name, owed).broken += 1
        elif report.when == "call":
            self._figure(name, owed).held += cases
            if self.record is not None:
                entry = {"test": plain(report.nodeid), "promise": name, "owed": owed}
                with self.record.open("a", encoding="utf-8") as file:
                    file.write(json.dumps({**entry, "cases": cases}, ensure_ascii=False) + "\n")

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if not self.figures:
            return
        form = "long form" if IS_LONG else "part of the long form: make faults"
        terminalreporter.section(f"promises kept ({form}; {os.cpu_count()} cores)")
        for name, figure in sorted(self.figures.items()):
            broken = f", {figure.broken} TESTS FAILED" if figure.broken else ""
            terminalreporter.line(f"{figure.held:>6,} of {figure.owed:>5,} held{broken}  {name}")

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """The long form fails when fewer cases were tried than it owes."""
        if IS_LONG and any(figure.held < figure.owed for figure in self.figures.values()):
            session.exitstatus = session.exitstatus or pytest.ExitCode.TESTS_FAILED

    def _figure(self, name: str, owed: int) -> Figure:
        return self.figures.setdefault(name, Figure(owed))


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "promise(name, owed): what is tried, and how many cases the long form owes"
    )
    if hasattr(config, "workerinput"):
        return
    if IS_LONG and _recorded_code() != (code := _code_hash()):
        RECORD.write_text(json.dumps({"code": code}) + "\n", encoding="utf-8")
    config.pluginmanager.register(Campaign(RECORD if IS_LONG else None))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        if mark := item.get_closest_marker(_PROMISE):
            item.user_properties.append((_PROMISE, list(mark.args)))
    done = {entry["test"] for entry in _entries(RECORD if IS_LONG else None)}
    held = [item for item in items if plain(item.nodeid) in done]
    if held:
        config.hook.pytest_deselected(items=held)
        items[:] = [item for item in items if plain(item.nodeid) not in done]


def plain(nodeid: str) -> str:
    """The name of a test without the group that pytest-xdist hangs on it."""
    head, bracket, tail = nodeid.rpartition("]")
    return f"{head}{bracket}{tail.partition('@')[0]}"


def _entries(record: Path | None) -> Iterable[dict[str, str | int]]:
    if record is None or not record.exists():
        return []
    lines = record.read_text(encoding="utf-8").splitlines()[1:]
    return [json.loads(line) for line in lines]


def _recorded_code() -> str | None:
    if not RECORD.exists():
        return None
    with RECORD.open(encoding="utf-8") as file:
        return str(json.loads(file.readline())["code"])


def _code_hash() -> str:
    """Of all files that git knows or would add, as they stand."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", *_CODE],
        cwd=REPOSITORY,
        capture_output=True,
        check=True,
    ).stdout.split(b"\0")
    digest = hashlib.sha256()
    for name in sorted(set(filter(None, listed))):
        path = REPOSITORY / os.fsdecode(name)
        if path.exists():
            digest.update(name + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]

"""Dagster's log of one run as a file, for runs whose terminal belongs to people.

Everything that goes into it, also what libraries print, passes through `dagster_project.redaction`.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path

import dagster as dg

from dagster_project.redaction import without_data


@dg.logger(config_schema={"path": str}, description="One file per run, under the home.")
def file_logger(context: dg.InitLoggerContext) -> logging.Logger:
    """Writes to ``path`` as it goes."""
    handler = logging.FileHandler(Path(context.logger_config["path"]), encoding="utf-8")
    handler.setFormatter(_WithoutData("%(asctime)s %(levelname)s %(message)s"))
    logger = logging.Logger("skills.run")
    logger.addHandler(handler)
    return logger


@contextmanager
def printed_into(path: Path) -> Iterator[None]:
    """Send what is printed within the block to the end of this file."""
    with path.open("a", encoding="utf-8") as file:
        lines = _Lines(file)
        try:
            with redirect_stdout(lines), redirect_stderr(lines):
                yield
        finally:
            lines.end()


class _WithoutData(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return without_data(super().format(record))


class _Lines(io.TextIOBase):
    """Passes on whole lines, since a value may come in pieces."""

    def __init__(self, file: io.TextIOBase | io.TextIOWrapper) -> None:
        self._file = file
        self._begun = ""

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        *lines, self._begun = (self._begun + text).split("\n")
        for line in lines:
            self._file.write(f"{without_data(line)}\n")
        return len(text)

    def flush(self) -> None:
        self._file.flush()

    def end(self) -> None:
        """Pass on what no line break followed."""
        self._file.write(without_data(self._begun))
        self._begun = ""

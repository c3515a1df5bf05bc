"""Dagster's log of one run as a file, for runs whose terminal belongs to people.

Everything that goes into it, also what libraries print, passes through `dagster_project.redaction`.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING

import dagster as dg

from dagster_project.redaction import without_data

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


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
        printer = io.TextIOWrapper(lines, encoding="utf-8", errors="replace", write_through=True)
        try:
            with redirect_stdout(printer), redirect_stderr(printer):
                yield
        finally:
            # Libraries in C keep the printer to the end of the process. Whatever it leads to then
            # lives as long, down to this module and all that it imports.
            printer.detach()
            lines.close()


class _WithoutData(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return without_data(super().format(record))


class _Lines(io.RawIOBase):
    """Passes on whole lines, since a value may come in pieces."""

    def __init__(self, file: io.TextIOWrapper) -> None:
        self.name = file.name
        self._file = file
        self._begun = b""

    def writable(self) -> bool:
        return True

    def write(self, printed: ReadableBuffer) -> int:
        *lines, self._begun = (self._begun + bytes(printed)).split(b"\n")
        for line in lines:
            self._pass_on(line, "\n")
        return len(memoryview(printed))

    def close(self) -> None:
        """Pass on what no line break followed."""
        if not self.closed:
            self._pass_on(self._begun, "")
        super().close()

    def _pass_on(self, line: bytes, end: str) -> None:
        self._file.write(without_data(line.decode("utf-8", "replace")) + end)
        self._file.flush()

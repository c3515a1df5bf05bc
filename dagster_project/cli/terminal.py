"""The terminal that people look at: consoles, and progress drawn as one line per stage.

Where nobody watches (a pipe, a log of some scheduler) each stage leaves one plain line when it
ends and nothing moves.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter
from typing import Final

from rich.console import Console, ConsoleOptions, ConsoleRenderable, RenderHook, RenderResult
from rich.markup import escape
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.segment import Segment

from dagster_project.progress import Stage
from ingestion.printable import printable

#: What a table may take where no terminal sets a limit: in a file or a pipe.
FILE_WIDTH: Final = 200


def people_console(*, stderr: bool = False) -> Console:
    """A console for people; wide where its text goes to a file or a pipe.

    Bound to the stream of this moment, so that what is redirected later does not take it along.
    """
    stream = sys.stderr if stderr else sys.stdout
    wide = None if stream.isatty() or "COLUMNS" in os.environ else FILE_WIDTH
    return harmless(Console(file=stream, width=wide))


def harmless(console: Console) -> Console:
    """The same console, which from now on writes no control character that stands in a text.

    Names of files and sheets are chosen by others; an escape sequence in one would move the
    reader's cursor, or repaint what was said before.
    """
    console.push_render_hook(_Harmless())
    return console


class _Harmless(RenderHook):
    """Passes on everything that is printed, its texts made printable."""

    def process_renderables(self, renderables: list[ConsoleRenderable]) -> list[ConsoleRenderable]:
        return [_Printable(renderable) for renderable in renderables]


@dataclass(frozen=True)
class _Printable:
    """A renderable of which only the console's own control codes are left."""

    content: ConsoleRenderable

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for text, style, control in console.render(self.content, options):
            yield Segment(text if control else printable(text, keep="\n"), style, control)


class TerminalStage:
    """A stage with a bar, as long as it is under way."""

    def __init__(self, bars: Progress, task: TaskID) -> None:
        self._bars = bars
        self._task = task
        self.summary = ""

    def report(self, done: int | None = None, total: int | None = None, note: str = "") -> None:
        """Move the bar and say what is at hand."""
        self._bars.update(self._task, completed=done, total=total, note=escape(printable(note)))

    def conclude(self, summary: str) -> None:
        """Kept beside the stage's line."""
        self.summary = summary


class TerminalProgress:
    """Stages one below the other; the times of those that are over."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bars = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            TimeElapsedColumn(),
            TextColumn("[dim]{task.fields[note]}", markup=True),
            console=console,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
            disable=not console.is_terminal,
        )
        self.seconds: dict[str, float] = {}

    @contextmanager
    def shown(self) -> Iterator[None]:
        """Draw for as long as the block lasts."""
        with self._bars:
            yield

    @contextmanager
    def stage(self, title: str) -> Iterator[Stage]:
        """A stage; when it ends well its line stays, with its time."""
        task = self._bars.add_task(title, total=None, note="")
        stage, begun = TerminalStage(self._bars, task), perf_counter()
        try:
            yield stage
        finally:
            self._bars.remove_task(task)
        self.seconds[title] = perf_counter() - begun
        self._console.print(
            f"  [green]✓[/] {title}  [dim]{stage.summary} {self.seconds[title]:.1f} s[/]",
            highlight=False,
        )

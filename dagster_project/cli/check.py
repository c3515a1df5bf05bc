"""``skills check``: an agency tries its file before sending it; nothing is stored.

Row by row it says what would be rejected and why, by place and never by value. What depends on
earlier deliveries (a file far smaller than the last, rows that landed before) is not looked at.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.markup import escape

from dagster_project.cli.names import require_feed
from dagster_project.cli.options import OutputFormat, TextLanguage
from dagster_project.cli.output import Heading, Sheet, show, write_sheet
from dagster_project.cli.terminal import people_console
from ingestion.contract import FeedContract, load_contracts
from ingestion.places import place_name
from ingestion.reasons import RowReason
from ingestion.trial import Trial, try_file

_SHOWN_ROWS: Final = 200
_HEADINGS: Final = (
    Heading("sheet", "工作表", "Sheet"),
    Heading("row_number", "行号", "Row", "d"),
    Heading("column", "列", "Column"),
    Heading("reason", "原因代码", "Reason"),
    Heading("meaning_zh", "原因", "Meaning"),
    Heading("meaning_en", "英文说明", "In English"),
)


def try_delivery(
    file: Path,
    feed: str,
    output_format: OutputFormat,
    output: Path | None,
    language: TextLanguage,
) -> int:
    """Tell what would become of the file; 0 when it would be taken in, 1 when it would not."""
    require_feed(feed)
    contract = load_contracts()[feed]
    trial = try_file(file, contract, now=datetime.now(UTC))
    # For programs the table alone goes to standard output.
    words = people_console(stderr=output_format is not OutputFormat.TABLE or output is not None)
    title = f"[bold]{contract.title_zh}[/] {contract.name}: {escape(trial.name)}"
    words.print(title, highlight=False)
    if trial.breach:
        refused = f"[red]整份不接收 Refused whole:[/] {escape(trial.breach.text_zh)}"
        words.print(refused, highlight=False)
        words.print(str(trial.breach), markup=False, highlight=False)
    for line in _batches(trial, contract):
        words.print(f"  {line}", markup=False, highlight=False)
    for note in trial.notes:
        words.print(f"  {note}", style="dim", markup=False, highlight=False)
    sheet = _rejected_sheet(trial, contract)
    _tell_reasons(sheet, words)
    if output_format is not OutputFormat.TABLE or output is not None:
        write_sheet(sheet, output_format, output, language)
    elif sheet.rows:
        show(replace(sheet, rows=sheet.rows[:_SHOWN_ROWS]), words, language)
    if len(sheet.rows) > _SHOWN_ROWS:
        words.print(f"全部 {len(sheet.rows):,} 行 · All rows: --format xlsx --output FILE")
    return 1 if trial.breach else 0


def _batches(trial: Trial, contract: FeedContract) -> list[str]:
    """What would land of each unit and period."""
    lines = []
    for draft in trial.batches:
        scope, checked = draft.scope, draft.checked
        about = []
        if scope.unit_code and contract.delivery.unit:
            about.append(place_name(scope.unit_code, contract.delivery.unit))
        if scope.period:
            about.append(f"{scope.period.start:%Y-%m} … {scope.period.end:%Y-%m}")
        lines.append(
            f"{' '.join(about)}: 入库 would land {checked.rows_landed:,} · "
            f"退回 rejected {checked.rows_rejected:,} · 跳过 skipped {checked.rows_skipped:,}"
        )
    return lines


def _tell_reasons(sheet: Sheet, words: Console) -> None:
    """The reasons, most frequent first."""
    for reason, count in Counter(str(row[3]) for row in sheet.rows).most_common():
        code = RowReason(reason)
        words.print(f"  {count:>7,}  {code.text_zh} · {code.text_en}", highlight=False)


def _rejected_sheet(trial: Trial, contract: FeedContract) -> Sheet:
    titles = {column.name: column.title_zh for column in contract.columns}
    rows = trial.rejected().select(["sheet", "row_number", "column_name", "reason"]).to_pylist()
    return Sheet(
        f"退回的行 Rejected rows: {trial.name}",
        " ｜ ".join(
            [
                "试报，未存储任何内容 · A trial: nothing was stored.",
                *([str(trial.breach)] if trial.breach else ()),
                *_batches(trial, contract),
            ]
        ),
        _HEADINGS,
        tuple(
            (
                row["sheet"],
                row["row_number"],
                titles.get(row["column_name"], row["column_name"]),
                row["reason"],
                RowReason(row["reason"]).text_zh,
                RowReason(row["reason"]).text_en,
            )
            for row in rows
        ),
    )

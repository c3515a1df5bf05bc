"""``skills refresh``: the whole job, told to a person.

Runs Dagster's job in this process, its log in a file, one line per step in the terminal. It ends
with what was refused and why, what landed, how the plan stands, and where to read it. The exit
code is 0 when a version was published or nothing had changed, 1 when the run or its audit failed,
2 when it was refused before it began.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import duckdb
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table

from dagster_project.agencies import (
    HomeError,
    RefreshRunningError,
    connected,
    held_home,
)
from dagster_project.building import failed_nodes, last_sequence
from dagster_project.cli.changes import tell_changes
from dagster_project.cli.deliveries import place, why
from dagster_project.cli.options import TextLanguage
from dagster_project.cli.output import show
from dagster_project.cli.scorecard import headline_sheet
from dagster_project.cli.terminal import TerminalProgress, people_console
from dagster_project.dagster_home import (
    COMMAND_LINE,
    LAUNCHED_BY,
    REFRESH_JOB,
    forget_old_runs,
    give_up_orphans,
    prepare_dagster_home,
)
from dagster_project.dbt_runs import DbtError, prepare_manifest, workplace
from dagster_project.publishing.publication import whose_data
from dagster_project.publishing.versions import Version, current_version, published_versions
from dagster_project.refusals import standing_refusals
from dagster_project.run_log import printed_into
from ingestion.connectors.drop_folder import DropFolder
from ingestion.contract import load_contracts
from ingestion.landing import DeliveryRecord, Manifest
from ingestion.personal_numbers import without_numbers
from ingestion.reasons import Breach
from ingestion.settings import Settings
from ingestion.vault import SecretError, load_secret

if TYPE_CHECKING:
    from dagster import DagsterEvent, ExecuteInProcessResult

KEEP_LOGS: Final = 30
_SHOWN_REFUSALS: Final = 40
_SHOWN_STRAYS: Final = 10


@dataclass(frozen=True)
class Request:
    """What a person asks of a refresh."""

    as_of: date | None = None
    force: bool = False
    accept_fewer_rows: bool = False
    #: A person's word that the clock is right, whatever was recorded before.
    trust_clock: bool = False
    #: Where the seconds of each step go, as JSON.
    timings: Path | None = None


def refresh_home(request: Request) -> int:
    """Refresh this installation; an exit code."""
    # Bound to today's standard output: while the job runs, what is printed goes to the log.
    console = people_console()
    settings = Settings()
    progress = TerminalProgress(console)
    try:
        with (
            held_home(settings, now=datetime.now(UTC), trust_clock=request.trust_clock),
            progress.shown(),
        ):
            exit_code = _refresh(settings, request, console, progress)
    except (RefreshRunningError, HomeError, SecretError, DbtError, Breach) as refusal:
        console.print(str(refusal), style="red", markup=False, highlight=False, soft_wrap=True)
        return 2
    if request.timings:
        request.timings.write_text(json.dumps(progress.seconds, ensure_ascii=False, indent=2))
    return exit_code


def _require_secret(settings: Settings, console: Console) -> None:
    load_secret(
        settings,
        may_create=settings.is_sample,
        announce=lambda notice: console.print(f"[yellow]{notice}[/]", highlight=False),
    )


def _refresh(
    settings: Settings, request: Request, console: Console, progress: TerminalProgress
) -> int:
    notice = whose_data(is_sample=settings.is_sample)
    console.print(f"[bold]技能遵义 · skills refresh[/]  {notice}  [dim]{settings.home}[/]")
    _require_secret(settings, console)
    # The sample's agencies come up while this program still prepares itself.
    with connected(settings, progress) as reachable:
        return _refreshed(reachable, request, console, progress)


def _refreshed(
    settings: Settings, request: Request, console: Console, progress: TerminalProgress
) -> int:
    """The same, with every agency reachable."""
    before = current_version(settings.published)
    known = last_sequence(settings)
    strays = _stray_files(settings, may_be_unreachable=known > 0)
    log = _new_log(settings)
    if request.trust_clock:
        log.write_text(f"The clock was vouched for: {datetime.now(UTC)}\n", encoding="utf-8")
    result = _run_job(settings, request, progress, log)
    records = _records(settings)
    handled = [record for record in records if record.sequence > known]
    _tell_counts(handled, console)
    _tell_refusals(records, known, console)
    _tell_strays(strays, console)
    if not result.success:
        _tell_failure(settings, result, log, console)
        return 1
    after = current_version(settings.published)
    if after is None:
        console.print("[red]Nothing is published.[/]")
        return 1
    _tell_scorecard(after, console)
    if before is None or before.name != after.name:
        tell_changes(after, console)
    _tell_version(settings, before, after, log, console)
    return 0


def _stray_files(settings: Settings, *, may_be_unreachable: bool) -> list[str]:
    """Files in the drop folder that belong to no feed.

    Raises Breach when the folder can't be listed: a home without any delivery has most likely
    been given a wrong folder. Later its feeds say so, and the others go on.
    """
    try:
        folder = DropFolder(settings.drop_url, stability_seconds=0)
        return folder.scan(load_contracts(), feeds=frozenset()).unmatched
    except Breach:
        if may_be_unreachable:
            return []
        raise


def _run_job(
    settings: Settings, request: Request, progress: TerminalProgress, log: Path
) -> ExecuteInProcessResult:
    """Dagster's job in this process; whatever is printed on the way goes to the log."""
    with printed_into(log), ExitStack() as at_end:
        with progress.stage("准备 Preparing Dagster and dbt"):
            prepare_manifest(settings)
            from dagster import DagsterInstance

            from dagster_project.definitions import defs

            instance = at_end.enter_context(
                DagsterInstance.from_config(prepare_dagster_home(settings))
            )
            give_up_orphans(instance)
            forget_old_runs(instance)
            job = defs.resolve_job_def(REFRESH_JOB)
        return job.execute_in_process(
            instance=instance,
            resources={"settings": settings, "progress": progress},
            run_config={
                "loggers": {"file": {"config": {"path": str(log)}}},
                "ops": {
                    "warehouse": {
                        "config": {
                            "as_of": request.as_of.isoformat() if request.as_of else None,
                            "force": request.force,
                        }
                    },
                    "published__warehouse": {
                        "config": {"accept_fewer_rows": request.accept_fewer_rows}
                    },
                },
            },
            tags={LAUNCHED_BY: COMMAND_LINE},
            raise_on_error=False,
        )


def _new_log(settings: Settings) -> Path:
    folder = settings.home / "logs"
    folder.mkdir(parents=True, exist_ok=True)
    for old in sorted(folder.glob("refresh-*.log"))[: -KEEP_LOGS + 1]:
        old.unlink()
    return folder / f"refresh-{datetime.now(UTC):%Y%m%dT%H%M%S}-{os.getpid()}.log"


def _records(settings: Settings) -> list[DeliveryRecord]:
    if not settings.manifest.exists():
        return []
    with Manifest(settings.manifest) as manifest:
        return manifest.deliveries()


def _tell_counts(handled: Sequence[DeliveryRecord], console: Console) -> None:
    """What this run took in, by feed."""
    taken = [record for record in handled if record.rows_landed or record.rows_rejected]
    if not taken:
        console.print("\n没有新的报送 · Nothing new was delivered.\n")
        return
    table = Table(title="本次入库 Taken in", title_justify="left", box=box.SIMPLE_HEAD)
    table.add_column("报送项 Feed")
    for title in ("次数 Files", "报送行 Rows", "入库 Landed", "退回 Rejected", "跳过 Skipped"):
        table.add_column(title, justify="right")
    for contract in load_contracts().values():
        own = [record for record in taken if record.feed == contract.name]
        if own:
            table.add_row(f"{contract.title_zh} {contract.name}", f"{len(own):,}", *_sums(own))
    table.add_section()
    table.add_row("合计 Total", f"{len(taken):,}", *_sums(taken))
    console.print()
    console.print(table)


def _sums(records: Sequence[DeliveryRecord]) -> Iterator[str]:
    for part in ("rows_delivered", "rows_landed", "rows_rejected", "rows_skipped"):
        yield f"{sum(getattr(record, part) or 0 for record in records):,}"


def _tell_refusals(records: Sequence[DeliveryRecord], known: int, console: Console) -> None:
    """Every delivery that stands refused, and why; those of this run first.

    ``known`` is the number of the last delivery before it.
    """
    refused = sorted(
        standing_refusals(records), key=lambda record: (record.sequence <= known, record.feed)
    )
    if not refused:
        return
    console.print(f"[bold]未接收 Refused: {len(refused)}[/]")
    for record in refused[:_SHOWN_REFUSALS]:
        age = "" if record.sequence > known else " [dim](此前 earlier)[/]"
        console.print(f"  [red]✗[/] {record.feed} · {escape(place(record))}{age}", highlight=False)
        console.print(Padding(f"[dim]{escape(why(record))}[/]", (0, 0, 0, 4)), highlight=False)
    if len(refused) > _SHOWN_REFUSALS:
        console.print(
            f"  … 另有 {len(refused) - _SHOWN_REFUSALS} 项 more: "
            "skills deliveries --outcome refused"
        )
    console.print()


def _tell_strays(strays: Sequence[str], console: Console) -> None:
    if not strays:
        return
    console.print(
        f"[bold]不属于任何报送项的文件 Files of no feed: {len(strays)}[/] "
        "[dim](<agency>/<feed>/… expected; left alone)[/]",
        highlight=False,
    )
    for stray in strays[:_SHOWN_STRAYS]:
        console.print(f"  {escape(without_numbers(stray))}", highlight=False)
    console.print()


def _tell_scorecard(version: Version, console: Console) -> None:
    """How the plan stands: rows by status, and the headline."""
    with duckdb.connect(version.database, read_only=True) as connection:
        counts = connection.execute(
            """
            select status_name_zh, status_name_en, count(*)
            from kpis.kpi_scorecard
            where is_binding
            group by all
            order by count(*) desc, status_name_en
            """
        ).fetchall()
    show(headline_sheet(version.facts, version.database), console, TextLanguage.ZH)
    words = " · ".join(f"{zh} {en} {count}" for zh, en, count in counts)
    console.print(f"全部指标 All binding rows: {words}\n", highlight=False)


def _tell_version(
    settings: Settings, before: Version | None, after: Version, log: Path, console: Console
) -> None:
    newest = published_versions(settings.published)[-1]
    if newest.name != after.name:
        console.print(
            f"没有变化 Nothing has changed since version [bold]{newest.name}[/]; "
            f"[bold]{after.name}[/], which was rolled back to, stays current."
        )
    elif before is not None and before.name == after.name:
        console.print(f"没有变化 Nothing has changed since version [bold]{after.name}[/].")
    else:
        console.print(
            f"[green]已发布 Published version [bold]{after.name}[/][/], "
            f"as of {after.facts.as_of}, {after.facts.tests_run} tests passed."
        )
    for label, path in (
        ("数据库 Database", settings.published_database),
        ("Parquet", after.parquet),
        ("日志 Log", log),
    ):
        console.print(f"  {label}: {path}", soft_wrap=True, highlight=False)
    console.print("  下一步 Next: skills scorecard --help · make ui")


def _tell_failure(
    settings: Settings, result: ExecuteInProcessResult, log: Path, console: Console
) -> None:
    """What failed, in words that lead somewhere; the published version is untouched."""
    console.print("[red bold]未发布 Not published; the last version stays.[/]")
    for event in result.all_events:
        if event.is_step_failure:
            console.print(f"  [red]✗[/] {event.step_key}", highlight=False)
            for line in _reasons(settings, event):
                console.print(f"    {escape(line)}", highlight=False)
        elif event.event_type_value == "ASSET_CHECK_EVALUATION":
            found = event.asset_check_evaluation_data
            damage = found.metadata.get("damage")
            if damage is not None:
                console.print(f"    {escape(str(damage.value))}", highlight=False, soft_wrap=True)
    console.print(f"  日志 Log: {log}", soft_wrap=True, highlight=False)


def _reasons(settings: Settings, event: DagsterEvent) -> list[str]:
    if event.step_key == "warehouse" and (nodes := failed_nodes(workplace(settings))):
        return nodes
    failure = event.step_failure_data
    told = failure.user_failure_data
    if told is not None:
        objections = told.metadata.get("objections")
        listed = str(objections.value) if objections else ""
        said = f"{told.description or ''}\n{listed}"
        return [line for line in said.splitlines() if line.strip()]
    error = failure.error.cause or failure.error if failure.error else None
    return [error.message.strip().splitlines()[0]] if error else []

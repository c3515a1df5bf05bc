"""``skills``: the command line, a table of contents of what it can do.

Each command imports what it needs when it is called, so that asking for help or for the scorecard
does not wait for Dagster. Errors that a person can mend end in one sentence and a non-zero code:
1 when something was tried and did not succeed, 2 when it was refused before it began.
"""

from __future__ import annotations

import atexit
import gc
import os
import sys
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Annotated, Final

import typer

from dagster_project.cli.options import Outcome, OutputFormat, RollUp, TextLanguage

#: When to look for garbage: nearly all that a command makes lives to its end, and to go through it
#: after every 700 objects, as Python does by itself, takes a seventh of a refresh without news.
_GARBAGE: Final = (200_000, 20, 100)

app = typer.Typer(
    name="skills",
    help="技能遵义数据仓库 · The pipeline and warehouse of the plan 技能遵义.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


AsOfOption = Annotated[
    datetime | None,
    typer.Option(
        formats=["%Y-%m-%d"],
        metavar="YYYY-MM-DD",
        help="统计截止日 · Judge by what had happened by this day.",
    ),
]
AsKnownOption = Annotated[
    datetime | None,
    typer.Option(
        formats=["%Y-%m-%d"],
        metavar="YYYY-MM-DD",
        help="已报截止日 · Count what had been delivered by this day.",
    ),
]
MeasureOption = Annotated[
    list[int] | None, typer.Option(help="措施编号 · Measure number; may be repeated.")
]
IndustryOption = Annotated[
    str | None, typer.Option(help="产业 · Industry, by name or code (酱酒, liquor).")
]
CountyOption = Annotated[
    str | None, typer.Option(help="县区 · County unit, by name or code (仁怀, 520382).")
]
EveryOption = Annotated[bool, typer.Option("--all", help="含下钻 · Also the drill-down rows.")]
FormatOption = Annotated[OutputFormat, typer.Option("--format", help="输出格式 · How to write it.")]
OutputOption = Annotated[
    Path | None, typer.Option(help="输出文件 · Write to this file instead of the terminal.")
]
LastOption = Annotated[
    int | None,
    typer.Option(
        min=1, help="最多行数 · At most so many rows; otherwise few on a terminal, all in a file."
    ),
]
LanguageOption = Annotated[
    TextLanguage, typer.Option(help="语言 · Chinese with English beside, or English.")
]


@app.command()
def refresh(
    *,
    as_of: AsOfOption = None,
    force: Annotated[
        bool,
        typer.Option("--force", help="Build all afresh, and publish even if nothing has changed."),
    ] = False,
    accept_fewer_rows: Annotated[
        bool,
        typer.Option(
            "--accept-fewer-rows",
            help="Publish although a table lost half its rows, or a rule went.",
        ),
    ] = False,
    trust_clock: Annotated[
        bool,
        typer.Option("--trust-clock", help="The clock is right; what was recorded before was not."),
    ] = False,
    timings: Annotated[
        Path | None, typer.Option(help="Write the seconds of each step to this JSON file.")
    ] = None,
) -> None:
    """刷新：入库、建模、发布 · Take in what the agencies delivered, build, test, publish."""
    from dagster_project.cli.refresh import Request, refresh_home

    request = Request(
        as_of=as_of.date() if as_of else None,
        force=force,
        accept_fewer_rows=accept_fewer_rows,
        trust_clock=trust_clock,
        timings=timings,
    )
    raise typer.Exit(refresh_home(request))


@app.command()
def scorecard(
    *,
    measure: MeasureOption = None,
    industry: IndustryOption = None,
    county: CountyOption = None,
    period: Annotated[
        str | None, typer.Option(help="报告期 · Period code, such as 2025 or 2025-06.")
    ] = None,
    every: EveryOption = False,
    as_of: AsOfOption = None,
    as_known: AsKnownOption = None,
    output_format: FormatOption = OutputFormat.TABLE,
    output: OutputOption = None,
    lang: LanguageOption = TextLanguage.ZH,
) -> None:
    """成绩单：各项指标的目标、完成值与状态 · The published scorecard."""
    from dagster_project.cli.scorecard import Question, answer

    question = Question(
        measures=tuple(measure or ()),
        industry=industry,
        county=county,
        period=period,
        every=every,
        as_of=as_of.date() if as_of else None,
        as_known=as_known.date() if as_known else None,
    )
    raise typer.Exit(answer(question, output_format, output, lang))


@app.command()
def status(
    *,
    by: Annotated[RollUp, typer.Option(help="汇总对象 · What to roll up to.")] = RollUp.MEASURE,
    output_format: FormatOption = OutputFormat.TABLE,
    output: OutputOption = None,
    lang: LanguageOption = TextLanguage.ZH,
) -> None:
    """总览：各措施、县区、部门的状态 · How measures, counties and departments stand."""
    from dagster_project.cli.status import show_status

    raise typer.Exit(show_status(by, output_format, output, lang))


@app.command()
def explain(
    indicator: Annotated[str, typer.Argument(help="指标编号 · Indicator, such as M05-1.")],
    *,
    county: CountyOption = None,
    industry: IndustryOption = None,
    period: Annotated[
        str | None, typer.Option(help="报告期 · Period code, such as 2025 or 2025-Q1.")
    ] = None,
    unit: Annotated[
        str | None, typer.Option(help="单位编码 · Code of a department, enterprise or school.")
    ] = None,
    item: Annotated[str | None, typer.Option(help="分项编码 · Code of a part.")] = None,
    last: LastOption = None,
    output_format: FormatOption = OutputFormat.TABLE,
    output: OutputOption = None,
    lang: LanguageOption = TextLanguage.ZH,
) -> None:
    """依据：数值从哪里来，直到台账的行 · Where a value comes from, down to ledger rows."""
    from dagster_project.cli.explain import Question, answer

    question = Question(
        indicator=indicator,
        county=county,
        industry=industry,
        period=period,
        unit=unit,
        item=item,
    )
    raise typer.Exit(answer(question, last, output_format, output, lang))


@app.command()
def changes(
    *,
    since: Annotated[
        str | None,
        typer.Option(
            metavar="VERSION", help="对比版本 · Version to compare with; otherwise the one before."
        ),
    ] = None,
    measure: MeasureOption = None,
    industry: IndustryOption = None,
    county: CountyOption = None,
    every: EveryOption = False,
    output_format: FormatOption = OutputFormat.TABLE,
    output: OutputOption = None,
    lang: LanguageOption = TextLanguage.ZH,
) -> None:
    """变化：与上一版本相比，哪些指标变了 · What changed in the scorecard since the last version."""
    from dagster_project.cli.changes import Question, answer

    question = Question(
        since=since,
        measures=tuple(measure or ()),
        industry=industry,
        county=county,
        every=every,
    )
    raise typer.Exit(answer(question, output_format, output, lang))


@app.command()
def deliveries(
    *,
    feed: Annotated[str | None, typer.Option(help="报送项 · Feed, as agency/feed.")] = None,
    outcome: Annotated[
        Outcome | None, typer.Option(help="结果 · Only deliveries that ended so.")
    ] = None,
    rejections: Annotated[
        bool, typer.Option("--rejections", help="退回原因 · Rejected rows, counted by reason.")
    ] = False,
    last: LastOption = None,
    output_format: FormatOption = OutputFormat.TABLE,
    output: OutputOption = None,
    lang: LanguageOption = TextLanguage.ZH,
) -> None:
    """报送情况：谁报了什么、结果如何 · What came, from whom, and what became of it."""
    from dagster_project.cli.deliveries import list_deliveries, list_rejections
    from dagster_project.cli.output import most_rows, write_sheet

    most = most_rows(last, output_format, output)
    sheet = list_rejections(feed) if rejections else list_deliveries(feed, outcome, most)
    write_sheet(sheet, output_format, output, lang)


@app.command()
def check(
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="待报文件 · The file to try.")
    ],
    feed: Annotated[str, typer.Option(help="报送项 · Feed, such as county/training_ledgers.")],
    *,
    output_format: FormatOption = OutputFormat.TABLE,
    output: OutputOption = None,
    lang: LanguageOption = TextLanguage.ZH,
) -> None:
    """试报：哪些行会入库、哪些会退回及原因 · Try a file before sending it; nothing is stored."""
    from dagster_project.cli.check import try_delivery

    raise typer.Exit(try_delivery(file, feed, output_format, output, lang))


@app.command()
def rollback(
    version: Annotated[
        str | None, typer.Argument(help="版本 · Version to go back to; otherwise the one before.")
    ] = None,
) -> None:
    """回退：让较早的版本重新生效 · Make an earlier version current again."""
    from dagster_project.cli.rollback import go_back

    raise typer.Exit(go_back(version))


@app.command()
def spark(
    select: Annotated[
        list[str] | None,
        typer.Option(help="范围 · Only these models, in dbt's words; may be repeated."),
    ] = None,
) -> None:
    """Spark：在集群上重建并逐行比对 · Build all on a Spark cluster, compare every row."""
    from dagster_project.cli.spark import show_on_spark

    raise typer.Exit(show_on_spark([part for word in select or () for part in ("--select", word)]))


@app.command()
def ui(
    port: Annotated[int, typer.Option(min=1024, max=65535, help="端口 · Port on loopback.")] = 3000,
) -> None:
    """打开 Dagster 界面 · Open Dagster's web interface on this machine."""
    from dagster_project.cli.ui import open_ui

    raise typer.Exit(open_ui(port))


@app.command()
def docs() -> None:
    """生成模型文档 · Write the documentation of every model to one HTML page."""
    from dagster_project.cli.docs import write_docs

    raise typer.Exit(write_docs())


def main() -> None:
    """The entry point ``skills``. What nobody foresaw is told without the data that it met."""
    end = _End()
    gc.set_threshold(*_GARBAGE)
    # Registered first, it is called last.
    atexit.register(end.leave)
    try:
        app()
        end.code = 0
    except SystemExit as told:
        end.code = told.code if isinstance(told.code, int) else int(bool(told.code))
        raise
    except Exception as error:
        from dagster_project.redaction import told as told_without_data
        from ingestion.settings import SettingsError

        sys.stderr.write(f"{told_without_data(error)}\n")
        if isinstance(error, SettingsError):
            end.code = 2
        sys.exit(end.code)


class _End:
    """Leaves without taking apart what was imported, which can take longer than a command did.

    By then files and databases are closed, and children have ended.
    """

    #: Of an end that nobody foresaw, such as an interrupt.
    code = 1

    def leave(self) -> None:
        with suppress(OSError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(self.code)

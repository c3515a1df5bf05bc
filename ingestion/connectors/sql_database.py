"""A table or view of an agency's database, pulled through SQLAlchemy into one Parquet file.

Everything is read in one read-only transaction on one snapshot: the row count, the furthest
change time and the rows. What arrives must be as many rows as were counted. The database turns
every value into text, so nothing is rounded or reinterpreted on the way, and rows travel in
chunks that become columns at once. A field whose database type is a number is marked so
(field metadata ``kind`` = ``n``), since a number in an ID column is never an ID.

It takes only columns that the contract names: what was not agreed is not collected. It refuses
a connection that can't give a consistent snapshot, and it never writes. A server that falls silent
is cut off when the time of the pull is up. PostgreSQL and SQLite
are tested; other databases work as far as their SQLAlchemy dialect casts to text and reads
repeatably.
"""

from __future__ import annotations

import difflib
import os
import secrets
import socket
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
import sqlalchemy as sa
from sqlalchemy.exc import (
    ArgumentError,
    DBAPIError,
    InterfaceError,
    NoSuchModuleError,
    NoSuchTableError,
    OperationalError,
    SQLAlchemyError,
)
from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_exponential

from ingestion.connectors import (
    Clock,
    Delivery,
    furthest,
    named_by_content,
    within,
)
from ingestion.contract import DatabaseSource, FeedContract
from ingestion.periods import LOCAL_TIME
from ingestion.reasons import Breach, BreachCode
from ingestion.settings import Connection


@dataclass(frozen=True)
class DatabaseLimits:
    """How much a pull may burden the agency's server."""

    tries: int = 3
    first_pause_seconds: float = 1.0
    connect_seconds: int = 10
    #: One statement, or one fetch of a chunk.
    statement_seconds: int = 300
    lock_seconds: int = 10
    #: The server ends a transaction of ours that idles, so that we never hold back its vacuum.
    idle_seconds: int = 300
    #: Wall time of a whole pull, all tries included.
    pull_seconds: float = 1800.0
    #: Size of what is spooled.
    pull_bytes: int = 8 << 30
    chunk_rows: int = 20_000


#: PostgreSQL's classes of conditions (SQLSTATE) that another try may get past.
_PASSING: Final = ("08", "40", "53", "57P")
#: How servers say, before there is a SQLSTATE, that the user or the password is wrong.
_REFUSALS: Final = (
    "authentication failed",
    "access denied",
    "pg_hba.conf",
    "认证失败",
    "does not exist",
)
_NUMBERS: Final = (sa.Integer, sa.Numeric, sa.Float)
#: Bytes in which a SQLite file says what it is; a size of page that does not fit in is told as 1.
_SQLITE_HEAD: Final = 100
_LARGEST_PAGE: Final = 65536


@dataclass(frozen=True)
class _Field:
    """One column of the table that the contract names."""

    #: As the database spells it.
    physical: str
    #: As the contract spells it.
    header: str
    #: Name of the contract's column.
    column: str
    type: sa.types.TypeEngine[Any]


def pull_database(
    contract: FeedContract,
    connection: Connection,
    since: str | None,
    into: Path,
    clock: Clock,
    *,
    until: str | None = None,
    limits: DatabaseLimits = DatabaseLimits(),
) -> Delivery | None:
    """Read the table, or the rows changed from ``since`` to ``until`` (local time), into one file.

    Rows without a change time come every time, so that none is lost. None when nothing changed.
    Raises Breach: SETTING_MISSING, SOURCE_UNREACHABLE, SOURCE_UNAUTHORISED, SOURCE_INCONSISTENT,
    COLUMN_MISSING, COLUMN_AMBIGUOUS, or DELIVERY_EMPTY when a whole table holds nothing.
    """
    source = contract.source
    if not isinstance(source, DatabaseSource):
        raise TypeError(f"{contract.name} does not come from a database")
    where = source.pull_name
    if not contract.watermark:
        since = until = None
    engine = _engine(connection, source, where, limits)
    watch = _Watch(limits.pull_seconds)
    sa.event.listen(engine, "connect", lambda driver, _: watch.over(driver), insert=True)
    retrying = Retrying(
        retry=retry_if_exception(lambda error: not watch.is_over and _is_passing(error)),
        stop=stop_after_attempt(limits.tries),
        wait=wait_exponential(multiplier=limits.first_pause_seconds),
        reraise=True,
    )
    late = _too_slow(where, limits)

    def pull() -> tuple[Path, str, int, datetime | None] | None:
        span = since, until
        return retrying(_pull, engine, contract, source, span, into, where, limits, watch)

    try:
        # The watch ends what PostgreSQL and SQLite do; what it can't end is left behind.
        found = within(limits.pull_seconds + limits.connect_seconds + 1, pull, late)
    except SQLAlchemyError as error:
        raise late if watch.is_over else _explained(error, where, limits) from None
    finally:
        watch.end()
        engine.dispose()
    now = clock()
    if found is None:
        if since or until or contract.delivery.rows.minimum == 0:
            return None
        message = "the table holds no row at all: ask the agency whether that is meant"
        raise Breach(BreachCode.DELIVERY_EMPTY, where, message)
    path, sha256, size, moment = found
    return Delivery(
        name=where,
        path=path,
        sha256=sha256,
        size=size,
        delivered_at=now,
        watermark=furthest([moment] if moment else [], now),
    )


# --- the connection ---------------------------------------------------------------------------


class _Watch:
    """Cuts the connection of a pull off when its time is up, whatever it waits for."""

    def __init__(self, seconds: float) -> None:
        self._deadline = time.monotonic() + seconds
        self._driver: object = None
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True
        self._timer.start()

    @property
    def is_over(self) -> bool:
        return time.monotonic() >= self._deadline

    def over(self, driver: object) -> None:
        """Watch over this connection from now on."""
        self._driver = driver
        if self.is_over:
            self._cut()

    def end(self) -> None:
        self._timer.cancel()

    def _cut(self) -> None:
        match self._driver:
            case sqlite3.Connection() as file:
                with suppress(sqlite3.Error):  # closed meanwhile
                    file.interrupt()
            case psycopg.Connection() as line:
                with (
                    suppress(psycopg.Error, OSError),  # closed meanwhile
                    socket.socket(fileno=os.dup(line.fileno())) as same_line,
                ):
                    same_line.shutdown(socket.SHUT_RDWR)


def _engine(
    connection: Connection, source: DatabaseSource, where: str, limits: DatabaseLimits
) -> sa.Engine:
    """An engine that keeps no connection. Raises Breach (SETTING_MISSING)."""
    setting = f"SKILLS_{source.system.upper()}_URL"
    try:
        url = sa.make_url(connection.url.get_secret_value())
        if url.drivername in ("postgresql", "postgres"):
            url = url.set(drivername="postgresql+psycopg")
        options: dict[str, Any] = {"poolclass": sa.NullPool, "hide_parameters": True}
        match url.get_backend_name():
            case "sqlite":
                options["creator"] = _sqlite_reader(url.database or "", limits.lock_seconds)
            case "postgresql":
                options["connect_args"] = {
                    "application_name": "skills ingestion",
                    "client_encoding": "utf8",
                    "connect_timeout": limits.connect_seconds,
                    "keepalives_idle": 30,
                    "keepalives_interval": 10,
                    "keepalives_count": 3,
                }
        return sa.create_engine(url, **options)
    except (NoSuchModuleError, ModuleNotFoundError):
        message = f"no driver is installed for the kind of database that {setting} names"
    except (ArgumentError, ValueError):
        message = f"{setting} is no database URL: correct it"
    raise Breach(BreachCode.SETTING_MISSING, where, message)


def _sqlite_reader(path: str, lock_seconds: int) -> Callable[[], sqlite3.Connection]:
    """Opens a SQLite file for reading only; a missing file is an error, not a new database."""
    address = f"file:{quote(path)}?mode=ro"
    return lambda: sqlite3.connect(
        address, uri=True, timeout=lock_seconds, isolation_level=None, check_same_thread=False
    )


@contextmanager
def _snapshot(engine: sa.Engine, where: str, limits: DatabaseLimits) -> Iterator[sa.Connection]:
    """One read-only transaction that sees one state of the database. Raises Breach."""
    with engine.connect() as connection:
        match engine.dialect.name:
            case "sqlite":
                connection.exec_driver_sql("begin")
                connection.exec_driver_sql("pragma schema_version")  # takes the lock for reading
                _refuse_cut_off(Path(engine.url.database or ""), where)
            case "postgresql":
                connection.execution_options(
                    isolation_level="REPEATABLE READ", postgresql_readonly=True
                )
                connection.execute(_session_settings(limits))
            case _:
                connection.execution_options(isolation_level="REPEATABLE READ")
        yield connection


def _refuse_cut_off(path: Path, where: str) -> None:
    """Raises Breach when a SQLite file is shorter than its first page says that it is.

    SQLite reads what is missing as zeros, and takes rows that lay there for rows without values.
    """
    with path.open("rb") as file:
        head = file.read(_SQLITE_HEAD)
        size = os.fstat(file.fileno()).st_size
    page = int.from_bytes(head[16:18], "big")
    pages = int.from_bytes(head[28:32], "big")
    is_said = head[24:28] == head[92:96]  # by whoever wrote last; old programs do not say it
    if is_said and size < pages * (_LARGEST_PAGE if page == 1 else page):
        message = "the file is cut off: it was copied or stored only in part, ask the agency"
        raise Breach(BreachCode.SOURCE_INCONSISTENT, where, message)


def _session_settings(limits: DatabaseLimits) -> sa.Select[Any]:
    """Settings of this transaction only, so that they also pass a connection pooler."""
    settings = {
        "statement_timeout": f"{limits.statement_seconds}s",
        "lock_timeout": f"{limits.lock_seconds}s",
        "idle_in_transaction_session_timeout": f"{limits.idle_seconds}s",
        "timezone": str(LOCAL_TIME),
        "datestyle": "ISO",
    }
    return sa.select(*(sa.func.set_config(name, value, True) for name, value in settings.items()))


# --- the pull ---------------------------------------------------------------------------------


def _pull(
    engine: sa.Engine,
    contract: FeedContract,
    source: DatabaseSource,
    span: tuple[str | None, str | None],
    into: Path,
    where: str,
    limits: DatabaseLimits,
    watch: _Watch,
) -> tuple[Path, str, int, datetime | None] | None:
    """Path, hash, size and furthest change time of the spooled rows; None without rows."""
    partial = into / f"{secrets.token_hex(16)}.partial"
    try:
        with _snapshot(engine, where, limits) as connection:
            rows, moment = _spool(connection, contract, source, span, partial, where, limits, watch)
        # Only now: a line that breaks when the snapshot is let go leaves nothing finished behind.
        return (*named_by_content(partial), moment) if rows else None
    finally:
        partial.unlink(missing_ok=True)


def _spool(
    connection: sa.Connection,
    contract: FeedContract,
    source: DatabaseSource,
    span: tuple[str | None, str | None],
    partial: Path,
    where: str,
    limits: DatabaseLimits,
    watch: _Watch,
) -> tuple[int, datetime | None]:
    """How many rows were written, and their furthest change time. Raises Breach."""
    schema, _, name = source.table.rpartition(".")
    reflected = sa.inspect(connection).get_columns(name, schema=schema or None)
    fields = _fields([(c["name"], c["type"]) for c in reflected], contract, where)
    table = sa.table(name, *(sa.column(f.physical, f.type) for f in fields), schema=schema or None)
    changed = next((f for f in fields if f.column == contract.watermark), None)
    condition = _changed_within(table, changed, span, connection.dialect.name)
    counting: list[sa.ColumnElement[Any]] = [sa.func.count()]
    if changed:
        counting.append(_text(sa.func.max(table.c[changed.physical], type_=changed.type)))
    counted = connection.execute(sa.select(*counting).select_from(table).where(condition)).one()
    if counted[0] == 0:
        return 0, None
    most = contract.delivery.rows.maximum
    if span == (None, None) and counted[0] > most:
        message = f"the table holds {counted[0]:,} rows, where at most {most:,} are agreed"
        raise Breach(BreachCode.ROWS_OUT_OF_BAND, where, message)
    keys = [table.c[f.physical] for f in fields if f.column in contract.key]
    rows = (
        sa.select(*(_text(table.c[f.physical]).label(f.header) for f in fields))
        .where(condition)
        # Of changes the key's text: for the order of the key itself SQLite would go through the
        # whole table by the key's index, and leave that of the change time alone.
        .order_by(*(keys if span == (None, None) else map(_text, keys)))
    )
    result = connection.execute(rows, execution_options={"yield_per": limits.chunk_rows})
    _make_private(partial)
    chunks = _bounded(result.partitions(), partial, where, limits, watch)
    fetched = _write(chunks, fields, partial)
    if fetched != counted[0]:
        message = f"{counted[0]} rows were counted but {fetched} came: try again"
        raise Breach(BreachCode.SOURCE_INCONSISTENT, where, message)
    return fetched, _moment(counted[1] if changed else None)


def _fields(
    reflected: Sequence[tuple[str, sa.types.TypeEngine[Any]]], contract: FeedContract, where: str
) -> list[_Field]:
    """The table's columns that the contract names. Raises Breach naming what is missing."""
    spelled = {
        header.casefold(): (header, column.name)
        for column in contract.columns
        for header in (*column.headers, column.name)
    }
    fields = [
        _Field(physical, *spelled[physical.casefold()], type_)
        for physical, type_ in reflected
        if physical.casefold() in spelled
    ]
    by_column: dict[str, str] = {}
    for field in fields:
        other = by_column.setdefault(field.column, field.physical)
        if other != field.physical:
            message = f"columns {other} and {field.physical} both stand for {field.column}"
            raise Breach(BreachCode.COLUMN_AMBIGUOUS, where, message)
    others = [physical for physical, _ in reflected if physical.casefold() not in spelled]
    for column in contract.columns:
        needed = column.required or column.name == contract.watermark
        if needed and column.name not in by_column:
            near = difflib.get_close_matches(column.name, others, n=1, cutoff=0.0)
            hint = f"; nearest is {near[0]}" if near else ""
            message = (
                f"column {column.name} ({column.title_zh}) is missing{hint}: add its name to the "
                "contract's aliases, or ask for the grant"
            )
            raise Breach(BreachCode.COLUMN_MISSING, where, message)
    return fields


def _text(expression: sa.ColumnElement[Any]) -> sa.ColumnElement[str]:
    """The value as the database itself writes it; times with a zone in the session's zone."""
    if isinstance(expression.type, sa.DateTime) and expression.type.timezone:
        expression = sa.cast(expression, sa.DateTime(timezone=False))
    return sa.cast(expression, sa.String)


def _changed_within(
    table: sa.TableClause,
    changed: _Field | None,
    span: tuple[str | None, str | None],
    dialect: str,
) -> sa.ColumnElement[bool]:
    """Which rows to read. SQLite keeps times as text, so they are compared as text there."""
    since, until = span
    if changed is None:
        return sa.true()
    column: sa.ColumnElement[Any] = table.c[changed.physical]
    if dialect == "sqlite":
        column = sa.type_coerce(column, sa.String)
    conditions: list[sa.ColumnElement[bool]] = []
    if since:
        conditions.append(column >= _bound(since, changed, dialect))
    if until:
        conditions.append(column <= _bound(until, changed, dialect))
    return sa.or_(sa.and_(*conditions), column.is_(None)) if conditions else sa.true()


def _bound(time: str, changed: _Field, dialect: str) -> str | date | datetime:
    """A local time in the words of the column that it is compared with."""
    if dialect == "sqlite":
        return time
    if isinstance(changed.type, sa.DateTime):
        moment = datetime.fromisoformat(time)
        return moment.replace(tzinfo=LOCAL_TIME) if changed.type.timezone else moment
    if isinstance(changed.type, sa.Date):
        return datetime.fromisoformat(time).date()
    return time


def _bounded(
    chunks: Iterator[Sequence[sa.Row[*tuple[Any, ...]]]],
    partial: Path,
    where: str,
    limits: DatabaseLimits,
    watch: _Watch,
) -> Iterator[Sequence[sa.Row[*tuple[Any, ...]]]]:
    """The same chunks, as long as neither time nor space is used up. Raises Breach."""
    for chunk in chunks:
        if watch.is_over:
            raise _too_slow(where, limits)
        if partial.stat().st_size > limits.pull_bytes:
            message = f"the rows take more than {limits.pull_bytes >> 20:,} MiB: ask the agency"
            raise Breach(BreachCode.READER_LIMIT, where, message)
        yield chunk


def _write(
    chunks: Iterator[Sequence[sa.Row[*tuple[Any, ...]]]], fields: Sequence[_Field], partial: Path
) -> int:
    """Write chunks as columns of text; how many rows came."""
    schema = pa.schema(
        pa.field(
            field.header,
            pa.string(),
            metadata={"kind": "n"} if isinstance(field.type, _NUMBERS) else None,
        )
        for field in fields
    )
    fetched = 0
    with pq.ParquetWriter(partial, schema, compression="zstd") as writer:
        for rows in chunks:
            columns = [pa.array(column, pa.string()) for column in zip(*rows, strict=True)]
            writer.write_batch(pa.record_batch(columns, schema=schema))
            fetched += len(rows)
    return fetched


def _make_private(partial: Path) -> None:
    """A new empty file that nobody else can read."""
    partial.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.close(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))


def _moment(text: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if text else None
    except ValueError:
        return None


# --- errors -----------------------------------------------------------------------------------


def _too_slow(where: str, limits: DatabaseLimits) -> Breach:
    return Breach(
        BreachCode.SOURCE_UNREACHABLE,
        where,
        f"reading took longer than {limits.pull_seconds:g} s: the last data stay; try at a quiet "
        "hour, or ask the agency why its database is so slow",
    )


def _state(error: SQLAlchemyError) -> str:
    """The SQLSTATE, or nothing."""
    return str(getattr(getattr(error, "orig", None), "sqlstate", None) or "")


def _is_refusal(error: SQLAlchemyError) -> bool:
    """Whether user, password or grant are the matter. Reads the text, and shows none of it."""
    state = _state(error)
    if state:
        return state.startswith("28") or state == "42501"
    text = str(getattr(error, "orig", "")).lower()
    return any(words in text for words in _REFUSALS)


def _is_passing(error: BaseException) -> bool:
    """Whether another try may help."""
    if not isinstance(error, OperationalError | InterfaceError) or _is_refusal(error):
        return False
    state = _state(error)
    return not state or state.startswith(_PASSING)


def _explained(error: SQLAlchemyError, where: str, limits: DatabaseLimits) -> Breach:
    """What a failure of the driver means; its text may hold values and is not repeated."""
    state = _state(error)
    code = BreachCode.SOURCE_UNREACHABLE
    if _is_refusal(error):
        code = BreachCode.SOURCE_UNAUTHORISED
        message = "the database refused our user: ask the agency for user, password and grants"
    elif isinstance(error, NoSuchTableError):
        message = "the table does not exist, or our user may not see it: ask the agency"
    elif state == "57014":
        message = f"a statement took longer than {limits.statement_seconds} s: try at a quiet hour"
    elif state == "55P03":
        message = f"the table was locked for {limits.lock_seconds} s: try at a quiet hour"
    elif isinstance(error, ArgumentError):
        code = BreachCode.SETTING_MISSING
        message = "this database's driver offers no repeatable read: use another driver"
    elif isinstance(error, DBAPIError):
        shown = f"{type(error.orig).__name__}{', SQLSTATE ' + state if state else ''}"
        message = f"the database failed ({shown}): check address, network and server"
    else:
        message = f"the database could not be read ({type(error).__name__})"
    return Breach(code, where, message)

"""Dagster's storage in SQLite as it is, but with connections that stay open.

Dagster makes an engine and a connection for every event that it stores. Each engine compiles its
statements anew, and whenever the last connection closes, SQLite folds its write-ahead log into the
database and syncs the disk: most of what an event costs. Here the index of all runs and the run at
hand stay connected, and what Dagster tells in one go is stored in one transaction. A power cut may
take the last events along, never the database with them: what has happened to the data stands in
the manifest.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any, Final

from dagster import EventLogEntry
from dagster._core.storage.event_log.sqlite.sqlite_event_log import (
    INDEX_SHARD_NAME,
    SqliteEventLogStorage,
)
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from dagster._core.storage.sqlite_storage import (
    DagsterSqliteStorage,
    _event_logs_directory,
)
from dagster._serdes import ConfigurableClassData
from sqlalchemy import Connection, Engine, create_engine, event

#: By this variable Dagster asks whether to hand over events together; it asks nobody else.
_BATCHES: Final = "DAGSTER_EVENT_BATCH_SIZE"
_EVENTS_AT_ONCE: Final = 1000


class ConnectedEventLogStorage(SqliteEventLogStorage):
    """Dagster's events in SQLite, over connections that stay open."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._engines: dict[str, Engine] = {}
        #: Tables that are known to be there: asked for with every event, and never dropped.
        self._tables: set[str] = set()
        #: Of the thread that stores a batch: its open connections.
        self._batch = threading.local()
        super().__init__(base_dir, inst_data)
        os.environ.setdefault(_BATCHES, str(_EVENTS_AT_ONCE))

    def store_event_batch(self, events: Sequence[EventLogEntry]) -> None:
        """All of them or none, in one transaction of each database."""
        with self._db_lock, ExitStack() as stack:
            self._batch.open, self._batch.stack = {}, stack
            try:
                for entry in events:
                    self.store_event(entry)
            finally:
                self._batch.open = None

    def has_table(self, table_name: str) -> bool:
        """Whether the index has this table; Dagster makes an engine for each such question."""
        if table_name not in self._tables and super().has_table(table_name):
            self._tables.add(table_name)
        return table_name in self._tables

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        opened: dict[str, Connection] | None = getattr(self._batch, "open", None)
        if opened is None:
            with self._db_lock, self._begun(shard) as connection:
                yield connection
            return
        if shard not in opened:
            opened[shard] = self._batch.stack.enter_context(self._begun(shard))
        yield opened[shard]

    def _begun(self, shard: str) -> AbstractContextManager[Connection]:
        """A transaction; the caller holds the lock."""
        engine = self._engine(shard)
        if shard not in self._initialized_dbs:
            self._initdb(engine)
            self._initialized_dbs.add(shard)
        return engine.begin()

    def _engine(self, shard: str) -> Engine:
        """The engine of a run's events or of the index; one run at a time stays connected."""
        if shard not in self._engines:
            if shard != INDEX_SHARD_NAME:
                self._disconnect(set(self._engines) - {INDEX_SHARD_NAME})
            engine = create_engine(
                self.conn_string_for_shard(shard),
                pool_size=1,
                connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS},
            )
            event.listen(engine, "connect", _sync_seldom)
            self._engines[shard] = engine
        return self._engines[shard]

    def _disconnect(self, shards: Iterable[str]) -> None:
        for shard in shards:
            self._engines.pop(shard).dispose()

    def dispose(self) -> None:
        """Close what is open."""
        super().dispose()
        with self._db_lock:
            self._disconnect(list(self._engines))


def _sync_seldom(connection: sqlite3.Connection, _record: object) -> None:
    """Sync the disk when the log is folded in, not with every event."""
    connection.execute("pragma synchronous = normal")


class ConnectedStorage(DagsterSqliteStorage):
    """Dagster's storage below a folder."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        super().__init__(base_dir, inst_data)
        self._event_log_storage = ConnectedEventLogStorage(_event_logs_directory(base_dir))

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData, config_value: Mapping[str, Any]
    ) -> ConnectedStorage:
        """The storage below ``base_dir``."""
        return cls.from_local(inst_data=inst_data, **config_value)

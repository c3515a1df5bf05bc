"""Checked rows of one batch on their way to disk: the final file, its hash, what the vault gets.

Rows come piece by piece and are gone from memory once they are written, so that a batch may be of
any size. The file is written once, with its final columns, into the delivery's own staging folder;
whether it ever gets its final name is decided later. It refuses to judge anything.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import pyarrow as pa

from ingestion.batches import Scope
from ingestion.checks import SECRETS_SCHEMA, CanonicalHash, Checked, Tally
from ingestion.contract import FeedContract
from ingestion.landing import BatchWriter, StagedFiles
from ingestion.reasons import SkipReason

#: Pieces that wait for the disk.
_AHEAD: Final = 2


@dataclass(frozen=True)
class Parked:
    """A draft that waits to be committed; its rows wait on disk."""

    batch_id: str
    scope: Scope
    canonical_hash: str
    rows_delivered: int
    rows_landed: int
    rows_rejected: int
    skipped: Counter[SkipReason]
    #: Greatest change time among all rows, rejected ones included.
    watermark: str | None
    staged: StagedFiles
    secrets: Path = field(repr=False)

    @property
    def rows_of_data(self) -> int:
        return self.rows_landed + self.rows_rejected

    def plain_values(self) -> Iterator[pa.RecordBatch]:
        """What goes to the vault, as ``SECRETS_SCHEMA``, a part at a time."""
        with pa.memory_map(str(self.secrets)) as source, pa.ipc.open_file(source) as file:
            for number in range(file.num_record_batches):
                yield file.get_batch(number)


class Parking:
    """Takes the pieces of one batch; another thread writes them."""

    def __init__(self, folder: Path, batch_id: str, contract: FeedContract) -> None:
        folder.mkdir(mode=0o700)
        self.tally = Tally()
        self._batch_id = batch_id
        self._rows = 0
        self._hash = CanonicalHash(contract)
        self._files = BatchWriter(folder, batch_id, contract.watermark)
        self._secrets = folder / "secrets.arrow"
        self._sink = pa.ipc.new_file(str(self._secrets), SECRETS_SCHEMA)
        self._writing: deque[Future[None]] = deque()
        self._is_closed = False
        self._thread = ThreadPoolExecutor(1)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None
    ) -> None:
        self._thread.shutdown(cancel_futures=kind is not None)
        if not self._is_closed:
            with suppress(OSError):  # what `close` has not closed is thrown away
                self._sink.close()

    def add(self, rows_delivered: int, checked: Checked) -> None:
        """Take further rows. Raises OSError, also for what was added before."""
        self._rows += rows_delivered
        self._writing.append(self._thread.submit(self._files.add, checked.landed, checked.rejected))
        self.tally.add(checked)
        self._hash.add(checked)
        self._sink.write_table(checked.secrets)
        while len(self._writing) > _AHEAD:
            self._writing.popleft().result()

    def close(self, scope: Scope) -> Parked:
        """Everything on disk, synced. Raises OSError."""
        while self._writing:
            self._writing.popleft().result()
        self._sink.close()
        self._is_closed = True  # Arrow would write the end of the file once more
        return Parked(
            batch_id=self._batch_id,
            scope=scope,
            canonical_hash=self._hash.hexdigest(),
            rows_delivered=self._rows,
            rows_landed=self.tally.landed,
            rows_rejected=self.tally.rejected,
            skipped=self.tally.skipped,
            watermark=self.tally.watermark,
            staged=self._files.close(),
            secrets=self._secrets,
        )

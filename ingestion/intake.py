"""From a fetched delivery to checked batches on disk: reader, checks, staging folder.

Piece by piece where the delivery is large and plain enough, else as a whole. Whether its batches
ever land is decided later, by whoever knows the feed's history. It refuses to look anywhere but
into the delivery.
"""

from __future__ import annotations

import logging
import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ingestion.batches import Draft, StreamedDraft, draft_batches
from ingestion.checks import Checked
from ingestion.clock import credible_moment
from ingestion.connectors import Delivery
from ingestion.contract import FeedContract
from ingestion.history import AlreadyLanded
from ingestion.landing import batch_id
from ingestion.parking import Parked, Parking
from ingestion.personal_numbers import without_numbers
from ingestion.readers import NotPlainError, Stream, open_stream, read
from ingestion.reasons import Breach, BreachCode
from ingestion.vault import KeyRing

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Terms:
    """What all deliveries of a run are read by."""

    #: The feed's contract, with the one way in by which they came.
    contract: FeedContract
    keys: KeyRing
    #: The moment of the run, with its zone.
    now: datetime


@dataclass(frozen=True)
class Intake:
    """A delivery that was read and checked; its rows wait on disk."""

    parked: tuple[Parked, ...] = ()
    rows_delivered: int = 0
    #: Rows of tables that hold no data, which belong to no batch.
    rows_beside: int = 0
    notes: tuple[str, ...] = ()
    format: str | None = None
    encoding: str | None = None


def take_in(
    delivery: Delivery,
    terms: Terms,
    number: int,
    folder: Path,
    known: AlreadyLanded | None = None,
) -> Intake:
    """Read and check a delivery into ``folder``; its batches are named by ``number``.

    ``known`` are records that came before and are left out. Raises Breach, OSError, MemoryError.
    """
    contract = terms.contract
    if stream := open_stream(delivery.path, contract, delivery.name):
        try:
            return _streamed(delivery, terms, number, folder, stream, known)
        except NotPlainError as error:
            logger.info("%s is read as a whole: %s", contract.name, error)
            shutil.rmtree(folder / "stream", ignore_errors=True)
    reading = read(delivery.path, contract, delivery.name)
    drafts = draft_batches(
        reading,
        contract,
        terms.keys,
        name=delivery.name,
        hints=delivery.hints,
        delivered_at=credible_moment(delivery.delivered_at, terms.now),
        is_increment=known is not None,
    )
    return Intake(
        parked=tuple(
            _park(
                draft.checked if known is None else known.left_out(draft.checked),
                draft,
                folder / f"batch-{place}",
                batch_id(number, place, delivery.sha256),
                contract,
            )
            for place, draft in enumerate(drafts.batches)
        ),
        rows_delivered=drafts.rows_delivered,
        rows_beside=drafts.beside.total(),
        notes=tuple(without_numbers(note) for note in drafts.notes),
        format=reading.format,
        encoding=reading.encoding,
    )


def too_much_memory(name: str) -> Breach:
    """The refusal of a delivery that this machine can't hold."""
    return Breach(
        BreachCode.READER_LIMIT,
        name,
        "reading it took more memory than there is; deliver it in parts",
    )


def _park(
    checked: Checked, draft: Draft, folder: Path, identity: str, contract: FeedContract
) -> Parked:
    with Parking(folder, identity, contract) as parking:
        parking.add(draft.rows_delivered, checked)
        return parking.close(draft.scope)


def _streamed(
    delivery: Delivery,
    terms: Terms,
    number: int,
    folder: Path,
    stream: Stream,
    known: AlreadyLanded | None,
) -> Intake:
    """From file to checked Parquet in one pass. Raises NotPlainError, Breach."""
    contract = terms.contract
    delivered_at = credible_moment(delivery.delivered_at, terms.now)
    draft = StreamedDraft(
        stream, contract, terms.keys, name=delivery.name, hints=delivery.hints, at=delivered_at
    )
    identity = batch_id(number, 0, delivery.sha256)
    with Parking(folder / "stream", identity, contract) as parking:
        for rows, checked in draft.pieces():
            parking.add(rows, checked if known is None else known.left_out(checked))
        draft.refuse_unacceptable(parking.tally, is_increment=known is not None)
        parked = parking.close(draft.scope)
    return Intake(
        parked=(parked,),
        rows_delivered=parked.rows_delivered,
        notes=tuple(without_numbers(note) for note in stream.notes),
        format=stream.format,
        encoding=stream.encoding,
    )

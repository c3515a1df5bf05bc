"""deliver(feed): from what an agency sends to landed batches, in order, each step recorded.

Connector, reader, checks, landing zone, manifest. Files are read and checked by two workers and
committed in one order: period, then time of delivery, then name. One bad delivery never stops
the others. What was handled under its name and time is not even opened again. It refuses to
change anything at the agency's side, and to keep any plain personal value outside the vault.
"""

from __future__ import annotations

import hashlib
import logging
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Final, Protocol

from ingestion.arrivals import (
    Arrival,
    Arrivals,
    Known,
    back_again,
    failed,
    find_arrivals,
    handled_names,
)
from ingestion.clock import credible_moment, refuse_going_back
from ingestion.connectors import Delivery
from ingestion.contract import FeedContract
from ingestion.crew import Crew, is_worth_a_crew
from ingestion.history import AlreadyLanded, History, pull_since, pulled
from ingestion.intake import Intake, Terms, take_in, too_much_memory
from ingestion.landing import (
    BatchRecord,
    DeliveryRecord,
    Manifest,
    Outcome,
    Zone,
)
from ingestion.machine import disk_failures_told
from ingestion.parking import Parked
from ingestion.personal_numbers import without_numbers
from ingestion.places import load_gazetteer
from ingestion.reasons import Breach, BreachCode
from ingestion.settings import Settings, keep_private
from ingestion.vault import KeyRing, SecretError, Vault, load_secret

logger = logging.getLogger(__name__)

WORKERS: Final = 2
#: Threads that wait for the disk.
WRITERS: Final = 4
#: Deliveries that one transaction commits.
GROUP: Final = 64
#: Plain values that are put into the vault together.
_SECRETS_AT_ONCE: Final = 200_000
#: Wall time for all deliveries of a feed, so that a source that crawls can't hold the run up.
FEED_SECONDS: Final = 2400.0
_UNREACHABLE: Final = frozenset(
    {
        BreachCode.SOURCE_UNREACHABLE,
        BreachCode.SOURCE_UNAUTHORISED,
        BreachCode.SETTING_MISSING,
    }
)


#: Reads and checks a fetched delivery, under the number reserved for it, into its folder.
TakeIn = Callable[[Arrival, Delivery, int, Path], Intake]


class Progress(Protocol):
    """Who is told how far a delivery has come."""

    def __call__(
        self, done: int | None = None, total: int | None = None, note: str = ""
    ) -> None: ...


@dataclass(frozen=True)
class DeliveryOutcome:
    """What became of one delivery."""

    feed: str
    name: str
    outcome: Outcome
    breach: Breach | None = None
    rows_delivered: int = 0
    rows_landed: int = 0
    rows_rejected: int = 0
    rows_skipped: int = 0
    batch_ids: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class FeedReport:
    """What became of all new deliveries of a feed."""

    feed: str
    outcomes: tuple[DeliveryOutcome, ...]
    #: Files that were handled before under the same name and time.
    known: int = 0
    #: Files that are still being written; the next run takes them.
    unsettled: tuple[str, ...] = ()

    @property
    def rows_landed(self) -> int:
        return sum(outcome.rows_landed for outcome in self.outcomes)

    @property
    def rows_rejected(self) -> int:
        return sum(outcome.rows_rejected for outcome in self.outcomes)

    @property
    def rows_skipped(self) -> int:
        return sum(outcome.rows_skipped for outcome in self.outcomes)

    @property
    def breaches(self) -> tuple[Breach, ...]:
        return tuple(outcome.breach for outcome in self.outcomes if outcome.breach)

    def count(self, outcome: Outcome) -> int:
        """How many deliveries ended that way."""
        return sum(1 for one in self.outcomes if one.outcome == outcome)


@disk_failures_told()
def deliver_feed(
    contract: FeedContract,
    settings: Settings,
    *,
    now: datetime,
    until: datetime | None = None,
    progress: Progress | None = None,
) -> FeedReport:
    """Take in everything new that was delivered for this feed.

    ``now`` is the moment of this run, with its zone. ``until`` bounds what a system with change
    times is asked for, for a backfill in slices. Safe to run again after a kill at any
    moment; runs of different feeds may go on at once. Raises ClockError when the feed was handled
    later than ``now``, SecretError, ConservationError, and OSError when the disk is full or
    fails; what an agency does wrong is in the report instead.
    """
    keep_private()
    secret = load_secret(settings, may_create=settings.is_sample)
    zone = Zone(settings, contract)
    with (
        zone.held() as hold,
        Manifest(settings.manifest) as manifest,
        Vault(settings.vault, secret, settings.key_version, clock=lambda: now) as vault,
    ):
        refuse_going_back(manifest, contract.name, now)
        batches = manifest.batches(contract.name)
        zone.remove_leftovers(batches)
        former = manifest.deliveries(contract.name)
        pulls = pulled(contract, former, batches)
        fingerprint = terms_fingerprint(contract)
        since = pull_since(pulls, fingerprint) if contract.watermark else None
        desk = _Desk(
            contract=contract,
            zone=zone,
            keys=KeyRing(secret, settings.key_version),
            fingerprint=fingerprint,
            since=since,
            now=now,
            batches=tuple(batches),
            known=cache(
                lambda: AlreadyLanded(contract, zone, pulls, fingerprint, since) if since else None
            ),
            give_up_at=time.monotonic() + FEED_SECONDS,
            hold=hold,
        )
        arrivals = _find_arrivals(desk, settings, handled_names(former, fingerprint), until)
        returned = back_again(contract, former, arrivals.new, now)
        arrivals = replace(arrivals, new=(*arrivals.new, *returned))
        numbers = manifest.reserve(len(arrivals.new))
        waiting = _prepare_all(desk, arrivals.new, numbers, progress or _silent)
        outcomes = _settle_all(desk, waiting, manifest, vault)
    return FeedReport(contract.name, tuple(outcomes), arrivals.known, arrivals.unsettled)


@disk_failures_told()
def expire_originals(settings: Settings, now: datetime) -> int:
    """Forget the files that are kept for longer than agreed; how many there were.

    To be called once a run, whatever came: a feed that nobody delivers any more grows old as well.
    Raises SecretError, and OSError when the disk fails.
    """
    secret = load_secret(settings, may_create=settings.is_sample)
    with Vault(settings.vault, secret, settings.key_version, clock=lambda: now) as vault:
        return vault.expire_originals(now - timedelta(days=settings.originals_days))


def terms_fingerprint(contract: FeedContract) -> str:
    """Changes when the contract or its units' names do: then refused files are tried again."""
    names = load_gazetteer(contract.delivery.unit).names if contract.delivery.unit else {}
    text = f"{contract.fingerprint()}|{sorted(names.items())}"
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class _Desk:
    """What the handling of one feed needs at every step."""

    contract: FeedContract
    zone: Zone
    keys: KeyRing
    fingerprint: str
    #: The change time to pull from; None means that everything comes.
    since: str | None
    now: datetime
    batches: tuple[BatchRecord, ...]
    #: Records that the overlap of two pulls brings again; None where all rows count.
    known: Callable[[], AlreadyLanded | None]
    #: By the clock that never goes back: what is not fetched by then waits for the next run.
    give_up_at: float
    #: What children hold the feed by.
    hold: int


def _silent(done: int | None = None, total: int | None = None, note: str = "") -> None:
    """Tell nobody."""


# --- reading and checking ---------------------------------------------------------------------


@dataclass(frozen=True)
class _Waiting:
    """A delivery that was read and checked, or refused, and is not in the manifest yet."""

    arrival: Arrival
    folder: Path
    delivery: Delivery | None = field(default=None, repr=False)
    breach: Breach | None = None
    intake: Intake = field(default_factory=Intake)

    @property
    def order(self) -> tuple[date, datetime, str]:
        """Period, then time of delivery, then name."""
        periods = [parked.scope.period for parked in self.intake.parked]
        ends = [period.end for period in periods if period]
        return max(ends, default=date.min), self.arrival.delivered_at, self.arrival.name


def _prepare_all(
    desk: _Desk, arrivals: Sequence[Arrival], numbers: Sequence[int], progress: Progress
) -> list[_Waiting]:
    """Read and check all arrivals, two at a time; in the order in which they will be committed.

    Each has a number reserved, which its batches are named by.
    """
    waiting: list[_Waiting] = []
    progress(done=0, total=len(arrivals))
    with _hands(desk, arrivals) as take, ThreadPoolExecutor(WORKERS) as workers:
        tasks = [
            workers.submit(
                _prepare, desk, take, arrival, number, desk.zone.staging / f"{number:08d}"
            )
            for number, arrival in zip(numbers, arrivals, strict=True)
        ]
        try:
            for done, (arrival, task) in enumerate(zip(arrivals, tasks, strict=True), start=1):
                waiting.append(task.result())
                progress(done=done, total=len(arrivals), note=without_numbers(arrival.name))
        except BaseException:
            workers.shutdown(cancel_futures=True)
            raise
    return sorted(waiting, key=lambda one: one.order)


@contextmanager
def _hands(desk: _Desk, arrivals: Sequence[Arrival]) -> Iterator[TakeIn]:
    """Who reads and checks: this process, or a crew where many files wait."""

    def here(arrival: Arrival, delivery: Delivery, number: int, folder: Path) -> Intake:
        terms = Terms(arrival.contract, desk.keys, desk.now)
        known = desk.known() if arrival.contract.watermark else None
        return take_in(delivery, terms, number, folder, known)

    by_file = desk.contract.by_file
    if by_file is None or by_file.watermark or not is_worth_a_crew(arrivals):
        yield here
        return
    with Crew(WORKERS, Terms(by_file, desk.keys, desk.now), desk.hold) as crew:

        def by_crew(arrival: Arrival, delivery: Delivery, number: int, folder: Path) -> Intake:
            if arrival.contract != by_file:
                return here(arrival, delivery, number, folder)
            return crew.take_in(delivery, number, folder)

        yield by_crew


def _prepare(desk: _Desk, take: TakeIn, arrival: Arrival, number: int, folder: Path) -> _Waiting:
    """Fetch, read and check one arrival; what is wrong with it is told, not raised."""
    folder.mkdir(mode=0o700)
    delivery: Delivery | None = None
    if time.monotonic() > desk.give_up_at:
        return _Waiting(arrival, folder, breach=_out_of_time(arrival.name).without_numbers())
    try:
        delivery = arrival.fetch(folder)
        if delivery is None:
            return _Waiting(arrival, folder)
        return _Waiting(arrival, folder, delivery, intake=take(arrival, delivery, number, folder))
    except Breach as breach:
        return _Waiting(arrival, folder, delivery, breach.without_numbers())
    except (ConnectionError, TimeoutError) as error:  # from a driver that lets them through
        lost = Breach(
            BreachCode.SOURCE_UNREACHABLE,
            arrival.name,
            f"the connection failed ({type(error).__name__}): check address, network and server",
        )
        return _Waiting(arrival, folder, delivery, lost.without_numbers())
    except MemoryError:
        return _Waiting(arrival, folder, delivery, too_much_memory(arrival.name).without_numbers())
    except (OSError, SecretError):
        raise
    except Exception as error:  # a defect of ours must not keep the other deliveries out
        defect = _defect(desk.contract, arrival.name, error)
        return _Waiting(arrival, folder, delivery, defect.without_numbers())


def _find_arrivals(
    desk: _Desk, settings: Settings, handled: frozenset[Known], until: datetime | None
) -> Arrivals:
    """What is there for this feed; a defect of ours in finding it costs this feed only."""
    contract = desk.contract
    try:
        return find_arrivals(
            contract, settings, handled, since=desk.since, until=until, now=desk.now
        )
    except OSError:
        raise
    except Exception as error:
        defect = _defect(contract, contract.name, error)
        unseen = Breach(BreachCode.SOURCE_UNREACHABLE, defect.where, defect.message)
        return Arrivals((failed(contract, contract.name, desk.now, None, unseen),))


def _out_of_time(name: str) -> Breach:
    return Breach(
        BreachCode.SOURCE_UNREACHABLE,
        name,
        f"the feed's deliveries took longer than {FEED_SECONDS:g} s: the next run takes the rest",
    )


def _defect(contract: FeedContract, where: str, error: Exception) -> Breach:
    """What a defect of ours is told as; its text may hold values and is not repeated."""
    logger.error("a delivery of %s met a defect: %s", contract.name, type(error).__name__)
    return Breach(
        BreachCode.FILE_UNREADABLE,
        where,
        f"reading it met a defect of this software ({type(error).__name__}). Report it.",
    )


# --- committing -------------------------------------------------------------------------------


def _settle_all(
    desk: _Desk, waiting: Sequence[_Waiting], manifest: Manifest, vault: Vault
) -> list[DeliveryOutcome]:
    """Decide on every delivery in turn, and commit them group by group."""
    history = History(desk.batches)
    outcomes: list[DeliveryOutcome] = []
    with ThreadPoolExecutor(WRITERS) as writers:
        for start in range(0, len(waiting), GROUP):
            group = waiting[start : start + GROUP]
            numbers = iter(manifest.reserve(sum(1 + len(one.intake.parked) for one in group)))
            settled = [_settle(desk, one, history, numbers) for one in group]
            landed = [
                batch
                for written in writers.map(lambda one: _write(desk, one), settled)
                for batch in written
            ]
            _keep_secrets(settled, vault)
            list(writers.map(lambda one: _keep_original(one, vault), settled))
            desk.zone.sync()
            manifest.commit([one.record for one in settled], landed)
            list(writers.map(shutil.rmtree, [one.folder for one in group]))
            outcomes += [_outcome(one) for one in settled]
    return outcomes


@dataclass(frozen=True)
class _Settled:
    """A delivery with its outcome, and the batches that are to land."""

    waiting: _Waiting
    record: DeliveryRecord
    batches: tuple[tuple[Parked, BatchRecord], ...] = ()


def _settle(desk: _Desk, waiting: _Waiting, history: History, numbers: Iterator[int]) -> _Settled:
    """What becomes of one delivery; its batches count in the history from now on."""
    number = next(numbers)
    if waiting.breach is not None:
        return _Settled(waiting, _refused(desk, waiting, waiting.breach, number))
    try:
        fresh = _fresh(waiting, history)
    except Breach as breach:
        return _Settled(waiting, _refused(desk, waiting, breach.without_numbers(), number))
    record = _taken(desk, waiting, fresh, number)
    batches = tuple(
        (parked, _batch(desk, waiting, record, parked, next(numbers))) for parked in fresh
    )
    for _, batch in batches:
        history.add(batch)
    return _Settled(waiting, record, batches)


def _fresh(waiting: _Waiting, history: History) -> list[Parked]:
    """The drafts that say something new. Raises Breach when one is far smaller than before."""
    contract = waiting.arrival.contract
    fresh = [parked for parked in waiting.intake.parked if not _is_known(contract, parked, history)]
    if waiting.delivery is not None and waiting.delivery.declared_reason is None:
        for parked in fresh:
            history.refuse_shrunk(
                contract,
                parked.scope.key,
                parked.scope.rank,
                parked.rows_of_data,
                waiting.delivery.name,
            )
    return fresh


def _is_known(contract: FeedContract, parked: Parked, history: History) -> bool:
    if contract.watermark is not None:
        return parked.rows_of_data == 0
    return history.holds(contract, parked.scope.key, parked.scope.rank, parked.canonical_hash)


def _batch(
    desk: _Desk, waiting: _Waiting, record: DeliveryRecord, parked: Parked, number: int
) -> BatchRecord:
    """The record of a batch; the hashes of its files are not known yet."""
    period = parked.scope.period
    told = waiting.delivery.watermark if waiting.delivery else None
    has_watermark = waiting.arrival.contract.watermark is not None
    watermark = (told or parked.watermark) if has_watermark else None
    return BatchRecord(
        batch_id=parked.batch_id,
        sequence=number,
        delivery_id=record.delivery_id,
        feed=desk.contract.name,
        scope=parked.scope.key,
        unit_code=parked.scope.unit_code,
        period_start=period.start if period else None,
        period_end=period.end if period else None,
        covers_rank=parked.scope.rank,
        rows_delivered=parked.rows_delivered,
        rows_landed=parked.rows_landed,
        rows_rejected=parked.rows_rejected,
        rows_skipped=parked.skipped.total(),
        skips={reason.value: rows for reason, rows in parked.skipped.items()},
        file_name=desk.zone.path(parked.batch_id).name,
        file_sha256="",
        rejected_sha256=None,
        canonical_hash=parked.canonical_hash,
        contract_fingerprint=desk.fingerprint,
        watermark=watermark,
        delivered_at=credible_moment(record.delivered_at, desk.now),
        landed_at=desk.now,
    )


def _write(desk: _Desk, settled: _Settled) -> list[BatchRecord]:
    """Give the files of a delivery's batches their names; their records, now with hashes."""
    written: list[BatchRecord] = []
    for parked, batch in settled.batches:
        files = desk.zone.place(batch.batch_id, parked.staged)
        written.append(
            replace(batch, file_sha256=files.sha256, rejected_sha256=files.rejected_sha256)
        )
    return written


def _keep_secrets(settled: Sequence[_Settled], vault: Vault) -> None:
    """Put the plain values behind the keys that land into the vault."""
    by_kind: dict[str, dict[int, str]] = {}
    count = 0
    for one in settled:
        for parked, _ in one.batches:
            for part in parked.plain_values():
                columns = (column.to_pylist() for column in part.columns)
                for kind, key, plaintext in zip(*columns, strict=True):
                    by_kind.setdefault(kind, {})[key] = plaintext
                count += part.num_rows
                if count > _SECRETS_AT_ONCE:
                    _put(by_kind, vault)
                    by_kind, count = {}, 0
    _put(by_kind, vault)


def _put(by_kind: Mapping[str, Mapping[int, str]], vault: Vault) -> None:
    for kind, plaintexts in by_kind.items():
        vault.put_many(kind, plaintexts)


def _keep_original(settled: _Settled, vault: Vault) -> None:
    """Keep the file itself, encrypted, unless it says nothing new."""
    delivery = settled.waiting.delivery
    if delivery is not None and settled.record.outcome in ("landed", "refused"):
        vault.put_original(delivery.path, delivery.sha256)


def _record(desk: _Desk, waiting: _Waiting, number: int, outcome: Outcome) -> DeliveryRecord:
    delivery = waiting.delivery
    return DeliveryRecord(
        delivery_id=f"d{number:08d}",
        sequence=number,
        feed=desk.contract.name,
        name=without_numbers(waiting.arrival.name),
        sha256=delivery.sha256 if delivery else None,
        size=delivery.size if delivery else waiting.arrival.size,
        delivered_at=delivery.delivered_at if delivery else waiting.arrival.delivered_at,
        handled_at=desk.now,
        outcome=outcome,
        contract_fingerprint=desk.fingerprint,
        format=waiting.intake.format,
        encoding=waiting.intake.encoding,
        notes=waiting.intake.notes,
    )


def _refused(desk: _Desk, waiting: _Waiting, breach: Breach, number: int) -> DeliveryRecord:
    outcome: Outcome = "unreachable" if breach.code in _UNREACHABLE else "refused"
    return replace(
        _record(desk, waiting, number, outcome),
        breach_code=breach.code.value,
        breach_where=breach.where,
        breach_message=breach.message,
    )


def _taken(desk: _Desk, waiting: _Waiting, fresh: Sequence[Parked], number: int) -> DeliveryRecord:
    """Rows of batches that say nothing new count as skipped: they have landed before."""
    if fresh:
        outcome: Outcome = "landed"
    else:
        brings_changes = waiting.arrival.contract.watermark is not None
        outcome = "nothing_new" if brings_changes else "unchanged"
    landed = sum(parked.rows_landed for parked in fresh)
    rejected = sum(parked.rows_rejected for parked in fresh)
    return replace(
        _record(desk, waiting, number, outcome),
        rows_delivered=waiting.intake.rows_delivered,
        rows_landed=landed,
        rows_rejected=rejected,
        rows_skipped=waiting.intake.rows_beside
        + sum(
            parked.skipped.total() if parked in fresh else parked.rows_delivered
            for parked in waiting.intake.parked
        ),
    )


def _outcome(settled: _Settled) -> DeliveryOutcome:
    record = settled.record
    breach = None
    if record.breach_code is not None:
        breach = Breach(
            BreachCode(record.breach_code), record.breach_where or "", record.breach_message or ""
        )
    return DeliveryOutcome(
        feed=record.feed,
        name=record.name,
        outcome=record.outcome,
        breach=breach,
        rows_delivered=record.rows_delivered or 0,
        rows_landed=record.rows_landed or 0,
        rows_rejected=record.rows_rejected or 0,
        rows_skipped=record.rows_skipped or 0,
        batch_ids=tuple(batch.batch_id for _, batch in settled.batches),
        notes=record.notes,
    )

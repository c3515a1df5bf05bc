"""What an agency has delivered and nobody has opened yet.

Files of the drop folder, the ledger beside a contract, one pull from an API or a database: each
becomes an ``Arrival`` that knows how to fetch itself. A feed with two ways in has arrivals of
both, and one way that fails says so without costing the other. What was handled under the same
name and time is left out here, before anything is read. It refuses to judge content.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from ingestion.connectors import Delivery, local_time, spool
from ingestion.connectors.drop_folder import Candidate, DropFolder
from ingestion.connectors.http_api import pull_api
from ingestion.connectors.sql_database import pull_database
from ingestion.contract import (
    FEEDS_DIR,
    ApiSource,
    BundledSource,
    DatabaseSource,
    FeedContract,
    FileSource,
    load_contracts,
)
from ingestion.landing import DeliveryRecord
from ingestion.personal_numbers import without_numbers
from ingestion.reasons import Breach, BreachCode
from ingestion.settings import Connection, Settings

#: What a listing that failed is recorded as.
DROP_FOLDER: Final = "drop folder"
#: How often a file is tried that was refused for what may pass.
TRIES: Final = 3
_PASSING: Final = frozenset({BreachCode.READER_LIMIT.value, BreachCode.SOURCE_INCONSISTENT.value})
_CHUNK: Final = 1 << 20

#: A file by what is known of it before it is opened: name, time and size.
Known = tuple[str, datetime, int | None]


@dataclass(frozen=True)
class Arrival:
    """One delivery that is yet to be fetched."""

    name: str
    delivered_at: datetime
    size: int | None
    #: The feed's contract, with the one way in by which this came.
    contract: FeedContract = field(repr=False)
    #: Copies it into a folder; None when a system has nothing new.
    fetch: Callable[[Path], Delivery | None] = field(repr=False)

    @property
    def known_as(self) -> Known:
        return without_numbers(self.name), self.delivered_at, self.size


@dataclass(frozen=True)
class Arrivals:
    new: tuple[Arrival, ...]
    known: int = 0
    unsettled: tuple[str, ...] = ()


def handled_names(deliveries: Sequence[DeliveryRecord], fingerprint: str) -> frozenset[Known]:
    """Files that need no second look.

    Refused ones count only as long as the terms stay the same; where a busy machine or a copy in
    progress may have been the reason, only after some tries.
    """
    tries: Counter[Known] = Counter()
    handled: set[Known] = set()
    for record in deliveries:
        known = record.name, record.delivered_at, record.size
        if record.outcome == "refused" and record.contract_fingerprint == fingerprint:
            tries[known] += 1 if record.breach_code in _PASSING else TRIES
        elif record.outcome in ("landed", "unchanged"):
            handled.add(known)
    return frozenset(handled | {known for known, count in tries.items() if count >= TRIES})


def find_arrivals(
    contract: FeedContract,
    settings: Settings,
    handled: frozenset[Known],
    *,
    since: str | None,
    until: datetime | None,
    now: datetime,
) -> Arrivals:
    """What is there for this feed, by each of its ways in.

    Systems are asked for what changed in ``since`` to ``until``; files younger than ``until`` are
    left for later.
    """
    found = [
        _by_one_way(way, settings, handled, since=since, until=until, now=now)
        for way in contract.ways
    ]
    return Arrivals(
        tuple(arrival for one in found for arrival in one.new),
        sum(one.known for one in found),
        tuple(name for one in found for name in one.unsettled),
    )


def _by_one_way(
    contract: FeedContract,
    settings: Settings,
    handled: frozenset[Known],
    *,
    since: str | None,
    until: datetime | None,
    now: datetime,
) -> Arrivals:
    match contract.source:
        case FileSource():
            return _from_drop_folder(contract, settings, handled, until, now)
        case BundledSource() as source:
            arrival = _bundled(contract, source, now)
            is_known = arrival.known_as in handled
            return Arrivals(() if is_known else (arrival,), known=int(is_known))
        case ApiSource() | DatabaseSource() as source:
            connection = settings.connection(source.system)
            return Arrivals((_pull(contract, source, connection, since, until, now),))


def back_again(
    contract: FeedContract,
    deliveries: Sequence[DeliveryRecord],
    new: Sequence[Arrival],
    now: datetime,
) -> list[Arrival]:
    """What could not be reached when last looked at, and is no matter any more.

    A folder that answers again, a file that was taken away: an arrival that brings nothing says so
    in the manifest, or it would stand as unreachable for ever.
    """
    last = {record.name: record.outcome for record in deliveries}
    here = {without_numbers(arrival.name) for arrival in new}
    if DROP_FOLDER in here:
        return []
    return [
        Arrival(name, now, None, contract, lambda _: None)
        for name, outcome in last.items()
        if outcome == "unreachable" and name not in here
    ]


def _from_drop_folder(
    contract: FeedContract,
    settings: Settings,
    handled: frozenset[Known],
    until: datetime | None,
    now: datetime,
) -> Arrivals:
    try:
        folder = DropFolder(settings.drop_url, clock=lambda: now)
        listing = folder.scan(
            load_contracts() | {contract.name: contract}, frozenset({contract.name}), until=until
        )
    except Breach as breach:
        return Arrivals((failed(contract, DROP_FOLDER, now, None, breach),))

    def fetching(candidate: Candidate) -> Callable[[Path], Delivery]:
        return lambda into: folder.fetch(candidate, into)

    arrivals = [
        Arrival(file.name, file.modified_at, file.size, contract, fetching(file))
        for file in listing.deliveries[contract.name]
    ] + [
        failed(contract, file.name, file.modified_at, file.size, breach)
        for file, breach in listing.faults
    ]
    new = tuple(arrival for arrival in arrivals if arrival.known_as not in handled)
    return Arrivals(new, len(arrivals) - len(new), tuple(listing.unsettled))


def failed(
    contract: FeedContract, name: str, delivered_at: datetime, size: int | None, breach: Breach
) -> Arrival:
    """One that can't be fetched, and why."""

    def fetch(_: Path) -> Delivery:
        raise breach

    return Arrival(name, delivered_at, size, contract, fetch)


def _bundled(contract: FeedContract, source: BundledSource, now: datetime) -> Arrival:
    """The ledger that lies beside its contract."""
    path = FEEDS_DIR / contract.agency / source.file
    try:
        state = path.stat()
    except OSError:
        message = "the ledger beside the contract is missing: restore it from the repository"
        breach = Breach(BreachCode.FILE_UNREADABLE, source.file, message)
        return failed(contract, source.file, now, None, breach)
    delivered_at = datetime.fromtimestamp(state.st_mtime, UTC)

    def fetch(into: Path) -> Delivery:
        with path.open("rb") as file:
            spooled, sha256, size = spool(iter(lambda: file.read(_CHUNK), b""), into)
        return Delivery(source.file, spooled, sha256, size, delivered_at, (path.stem,))

    return Arrival(source.file, delivered_at, state.st_size, contract, fetch)


def _pull(
    contract: FeedContract,
    source: ApiSource | DatabaseSource,
    connection: Connection | None,
    since: str | None,
    until: datetime | None,
    now: datetime,
) -> Arrival:
    name = source.pull_name
    if connection is None:
        breach = Breach(
            BreachCode.SETTING_MISSING,
            name,
            f"no connection to {source.system} is set. Set SKILLS_{source.system.upper()}_URL.",
        )
        return failed(contract, name, now, None, breach)
    pull = pull_api if isinstance(source, ApiSource) else pull_database

    def fetch(into: Path) -> Delivery | None:
        last = local_time(until) if until else None
        return pull(contract, connection, since, into, lambda: now, until=last)

    return Arrival(name, now, None, contract, fetch)

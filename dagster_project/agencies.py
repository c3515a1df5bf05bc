"""The agencies of this installation: real ones, or the simulated ones of the sample.

Without a drop folder in the settings, the sample's agencies are made once and their certificate
service answers on loopback for as long as a run lasts. With a drop folder nothing simulated ever
starts. A home that holds sample data takes no real deliveries, and the other way round: the two
never mix.
"""

from __future__ import annotations

import json
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Final

from filelock import FileLock, Timeout
from pydantic import SecretStr

from dagster_project.progress import Progress
from ingestion.clock import ClockError, refuse_implausible_clock
from ingestion.contract import FeedContract
from ingestion.landing import Manifest
from ingestion.periods import LOCAL_TIME
from ingestion.sample_agencies import SAMPLE_VERSION
from ingestion.settings import Connection, Settings, keep_private
from ingestion.verification import LandingDamagedError, assert_sound

#: Which kind of data the home holds; written once.
KIND_FILE: Final = "DATA_KIND"

#: Days on which the sample's systems were visited before today, so that what was known on a past
#: day has an answer there too. Ends of half-years, in the city's time.
SAMPLE_VISITS: Final = tuple(
    datetime(year, month, day, 23, 59, tzinfo=LOCAL_TIME)
    for year in (2023, 2024, 2025)
    for month, day in ((6, 30), (12, 31))
)

#: The simulated service refuses this share of requests for a moment, as real ones do.
SAMPLE_FAULT_RATE: Final = 0.05


def visits(
    settings: Settings, contract: FeedContract, last: datetime | None, now: datetime
) -> list[datetime]:
    """When the feed's source is asked in this run: now, and for the sample's systems before.

    ``last`` is the time of the feed's last delivery; what was visited then is not visited again.
    """
    if not settings.is_sample or contract.watermark is None:
        return [now]
    return [*(day for day in SAMPLE_VISITS if last is None or day > last), now]


#: Dagster's monitoring takes the lock for an instant to see whether anybody holds it.
PASSING_SECONDS: Final = 0.5

#: A first refresh of the sample writes about half of this: deliveries, originals, one build.
LEAST_FREE_BYTES: Final = 500 << 20
#: A refresh writes a work file, what the engine spills while building it, and a new version.
BUILDS_FREE: Final = 3


class HomeError(Exception):
    """This home can't be used for this run; the message says what to do."""


class RefreshRunningError(Exception):
    """Another refresh holds the home."""


@contextmanager
def held_home(
    settings: Settings, *, now: datetime | None = None, trust_clock: bool = False
) -> Iterator[None]:
    """Hold the home for one refresh, whoever started it. Raises RefreshRunningError, HomeError.

    ``now`` is the moment of a run that will record what it does; `ingestion.clock` must find it
    plausible, or a person must vouch for it with ``trust_clock``, which is recorded once. Holding
    the home again within the same process is free.
    """
    keep_private()
    settings.home.mkdir(parents=True, exist_ok=True)
    lock = FileLock(settings.lock, is_singleton=True, thread_local=False)
    try:
        lock.acquire(timeout=PASSING_SECONDS)
    except Timeout:
        raise RefreshRunningError(
            f"another refresh is running on {settings.home}; wait for it to end, then try again"
        ) from None
    try:
        _claim(settings)
        _require_space(settings)
        if now is not None and settings.manifest.exists():
            _require_sound_record(settings, now, trust_clock=trust_clock)
        yield
    finally:
        lock.release()


@contextmanager
def connected(settings: Settings, progress: Progress) -> Iterator[Settings]:
    """Settings with every agency reachable, for as long as the block lasts."""
    if not settings.is_sample:
        yield settings
        return
    from ingestion.sample_agencies.service import serve_certificates

    _make_sample(settings, progress)
    token = secrets.token_urlsafe(24)
    with serve_certificates(settings.sample, token, fault_rate=SAMPLE_FAULT_RATE) as service:
        yield settings.with_connections(
            {
                "certificate_service": Connection(
                    url=SecretStr(service.url), token=SecretStr(token)
                ),
                "training_platform": Connection(
                    url=SecretStr(f"sqlite:///{settings.sample / 'platform.sqlite'}")
                ),
            }
        )


def _make_sample(settings: Settings, progress: Progress) -> None:
    """Make the sample's agencies unless they stand already. Raises HomeError.

    Another sample is never put into a home where one has been delivered from: its deliveries
    would mix with those that have landed.
    """
    wanted = {
        "version": SAMPLE_VERSION,
        "factor": settings.sample_factor,
        "seed": settings.sample_seed,
    }
    standing = _standing_sample(settings)
    if standing is not None and wanted.items() <= standing.items():
        return
    if standing is not None and settings.manifest.exists():
        raise HomeError(
            f"{settings.home} holds another sample than the settings ask for "
            f"({', '.join(f'{key} {value}' for key, value in wanted.items())}): "
            "set SKILLS_HOME to another folder, or remove this one"
        )
    from ingestion.sample_agencies.build import build_sample

    with progress.stage("样例机构 Making the sample agencies") as stage:
        build_sample(
            settings.sample,
            factor=settings.sample_factor,
            seed=settings.sample_seed,
            progress=lambda note: stage.report(note=note),
        )


def _standing_sample(settings: Settings) -> dict[str, object] | None:
    label = settings.sample / "sample.json"
    if not label.exists():
        return None
    said: dict[str, object] = json.loads(label.read_bytes())
    return said


def _claim(settings: Settings) -> None:
    """Settle which kind of data this home holds, once and for all."""
    mark = settings.home / KIND_FILE
    kind = "sample" if settings.is_sample else "own"
    if not mark.exists():
        fresh = mark.with_name(f".{mark.name}.new")
        fresh.write_text(f"{kind}\n", encoding="utf-8")
        fresh.replace(mark)
        return
    held = mark.read_text(encoding="utf-8").strip()
    if held != kind:
        raise HomeError(
            f"{settings.home} holds {_KIND_WORDS[held]}, and this run would bring "
            f"{_KIND_WORDS[kind]}: set SKILLS_HOME to another folder"
        )


def _require_space(settings: Settings) -> None:
    """Refuse to begin what a full disk would stop half-way."""
    databases = settings.work_database, settings.published_database
    built = max((path.stat().st_size for path in databases if path.exists()), default=0)
    needed = max(LEAST_FREE_BYTES, BUILDS_FREE * built)
    free = shutil.disk_usage(settings.home).free
    if free < needed:
        raise HomeError(
            f"{settings.home} has {free >> 20:,} MB left and a refresh needs {needed >> 20:,} MB: "
            "free some space, then try again"
        )


def _require_sound_record(settings: Settings, now: datetime, *, trust_clock: bool) -> None:
    """Refuse to add to a manifest that is damaged, or to one that another clock wrote."""
    try:
        assert_sound(settings.manifest)
        with Manifest(settings.manifest) as manifest:
            if trust_clock:
                manifest.trust_clock(now)
            refuse_implausible_clock(manifest, now)
    except (LandingDamagedError, ClockError) as refusal:
        raise HomeError(str(refusal)) from None


_KIND_WORDS: Final = {
    "sample": "sample data (样例数据)",
    "own": "data that agencies delivered",
}

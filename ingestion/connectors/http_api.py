"""A paged HTTP API of an agency, read to the end into one file of JSON lines.

What is expected: ``GET <url><path>?page=1&size=1000``, a bearer token, and the envelope
``{"code": 0, "msg": "", "count": <all records>, "data": [{…}, …]}``. Tries again when the service
is busy or the line breaks, with growing pauses; bounded in time and size, by page and in all. A
token that was refused is read again from its file, and if it was renewed the same page is asked
for once more.

Pages shift when records come and go while they are being read. So the count must stay what it
was, the records must add up to it, and none may come twice; otherwise everything is read again,
until a pass is sound or two passes agree to the byte. Each pass asks for pages of another size,
so that pages which overlap or leave out records can't agree by accident.

It refuses redirects (they would carry the token elsewhere), answers that are not JSON, and
pages that repeat. Whole numbers stay numbers of any length, so that an ID sent as a number is
known as one; other numbers are kept as the text that was sent.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

import httpx
from pydantic import SecretStr
from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception_type,
    stop_after_attempt,
    wait_exponential,
    wait_random,
)

from ingestion.connectors import Clock, Delivery, furthest, spool
from ingestion.contract import ApiSource, FeedContract
from ingestion.periods import LOCAL_TIME
from ingestion.reasons import Breach, BreachCode
from ingestion.settings import Connection

# They write addresses with their query, and headers, to the log.
for _talkative in ("httpx", "httpcore"):
    logging.getLogger(_talkative).setLevel(logging.WARNING)

_BUSY: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})

Sleep = Callable[[float], Awaitable[None]]
Record = dict[str, Any]


@dataclass(frozen=True)
class HttpLimits:
    """How patient a pull is, and how much it takes."""

    tries: int = 5
    first_pause_seconds: float = 1.0
    longest_pause_seconds: float = 60.0
    #: A service that asks for a longer pause gets this one.
    longest_retry_after_seconds: float = 300.0
    connect_seconds: float = 10.0
    read_seconds: float = 60.0
    #: Wall time of one page, however slowly its bytes trickle in.
    page_seconds: float = 120.0
    #: Wall time of a whole pull, pauses and repeated passes included.
    pull_seconds: float = 1800.0
    #: Size of one page, unpacked.
    page_bytes: int = 64 << 20
    #: Size of one pass, as it is written down.
    pull_bytes: int = 8 << 30
    #: Pages of one pass.
    pages: int = 100_000
    page_size: int = 1000
    passes: int = 4


class _Page(NamedTuple):
    total: int
    records: list[Record]


class _BusyError(Exception):
    """Worth another try; if none helps, a breach of this code. ``words`` names no address."""

    def __init__(
        self,
        words: str,
        retry_after: float | None = None,
        code: BreachCode = BreachCode.SOURCE_UNREACHABLE,
    ) -> None:
        super().__init__(words)
        self.words = words
        self.retry_after = retry_after
        self.code = code


class _ShiftedError(Exception):
    """The pages don't fit together: something changed while they were read."""


#: Asks for one page, by its number and the size of pages.
_Get = Callable[[int, int], _Page]


@dataclass
class _Pass:
    """What one reading of all pages saw."""

    total: int = 0
    rows: int = 0
    repeats: bool = False
    moments: set[datetime] = field(default_factory=set)


def pull_api(
    contract: FeedContract,
    connection: Connection,
    since: str | None,
    into: Path,
    clock: Clock,
    *,
    until: str | None = None,
    limits: HttpLimits = HttpLimits(),
    sleep: Sleep = asyncio.sleep,
) -> Delivery | None:
    """Read all records, or those changed from ``since`` to ``until`` (local time), into one file.

    None when nothing changed since. Raises Breach: SOURCE_UNREACHABLE, SOURCE_UNAUTHORISED,
    SOURCE_INCONSISTENT, READER_LIMIT, SETTING_MISSING, or DELIVERY_EMPTY when a whole feed holds
    nothing. Must not be called from a running event loop.
    """
    source = contract.source
    if not isinstance(source, ApiSource):
        raise TypeError(f"{contract.name} does not come from an API")
    where = f"{source.system}:{source.path}"
    span = {source.since_parameter: since, source.until_parameter: until}
    asked = {parameter: time for parameter, time in span.items() if parameter and time}
    with asyncio.Runner() as runner:
        service = _Service(connection, source, asked, where, limits, sleep)

        def get(number: int, size: int) -> _Page:
            return runner.run(service.page(number, size))

        try:
            found = _read(get, contract, into, where, limits, is_whole=not asked)
        finally:
            runner.run(service.close())
    if found is None:
        if asked or contract.delivery.rows.minimum == 0:
            return None
        message = "the service holds no record at all: ask the agency whether that is meant"
        raise Breach(BreachCode.DELIVERY_EMPTY, where, message)
    (path, sha256, size), seen = found
    now = clock()
    return Delivery(
        name=where,
        path=path,
        sha256=sha256,
        size=size,
        delivered_at=now,
        watermark=furthest(seen.moments, now),
    )


# --- the service ------------------------------------------------------------------------------


class _Service:
    """The service for the length of one pull. It holds address and token, and shows neither."""

    def __init__(
        self,
        connection: Connection,
        source: ApiSource,
        asked: Mapping[str, str],
        where: str,
        limits: HttpLimits,
        sleep: Sleep,
    ) -> None:
        """Raises Breach (SETTING_MISSING)."""
        self._connection = connection
        self._setting = f"SKILLS_{source.system.upper()}"
        self._asked = asked
        self._where = where
        self._limits = limits
        self._sleep = sleep
        self._deadline = time.monotonic() + limits.pull_seconds
        self._token = self._told_token()
        base = self._base()
        self._url = base.copy_with(userinfo=b"", path=base.path.rstrip("/") + source.path)
        by_password = base.username and not self._token
        self._client = httpx.AsyncClient(
            headers={"Accept": "application/json"},
            auth=httpx.BasicAuth(base.username, base.password) if by_password else None,
            timeout=httpx.Timeout(limits.read_seconds, connect=limits.connect_seconds),
            follow_redirects=False,
            trust_env=base.host not in _LOOPBACK,
        )
        self._authorise()

    async def close(self) -> None:
        await self._client.aclose()

    async def page(self, number: int, size: int) -> _Page:
        """One page, patiently; a renewed token gets it a second chance. Raises Breach."""
        url = self._url.copy_merge_params({**self._asked, "page": str(number), "size": str(size)})
        try:
            async with asyncio.timeout(self._deadline - time.monotonic()):
                try:
                    return await _get_patiently(
                        self._client, url, self._where, self._limits, self._sleep
                    )
                except Breach as breach:
                    if breach.code is not BreachCode.SOURCE_UNAUTHORISED or not self._is_renewed():
                        raise
                return await _get_patiently(
                    self._client, url, self._where, self._limits, self._sleep
                )
        except TimeoutError:
            raise Breach(
                BreachCode.SOURCE_UNREACHABLE,
                self._where,
                f"reading all pages took longer than {self._limits.pull_seconds:g} s: the last "
                "data stay; try at a quiet hour, or ask the agency why its service is so slow",
            ) from None

    def _is_renewed(self) -> bool:
        """Whether the token's file now holds another token; if so it is used from here on."""
        former, self._token = self._token, self._told_token()
        self._authorise()
        return self._token != former

    def _authorise(self) -> None:
        if self._token:
            self._client.headers["Authorization"] = f"Bearer {self._token}"

    def _told_token(self) -> str:
        """The token as the settings have it now; empty without one."""
        connection, setting = self._connection, f"{self._setting}_TOKEN"
        if connection.token_file is not None:
            setting += "_FILE"
            try:
                token = SecretStr(connection.token_file.read_text(encoding="utf-8").strip())
            except (OSError, UnicodeDecodeError):
                message = f"the file that {setting} names cannot be read: correct it"
                raise Breach(BreachCode.SETTING_MISSING, self._where, message) from None
        else:
            token = connection.token or SecretStr("")
        if not (token.get_secret_value().isascii() and token.get_secret_value().isprintable()):
            message = f"{setting} holds characters that no token has: copy it again"
            raise Breach(BreachCode.SETTING_MISSING, self._where, message)
        return token.get_secret_value()

    def _base(self) -> httpx.URL:
        try:
            base = httpx.URL(self._connection.url.get_secret_value())
        except httpx.InvalidURL:
            base = httpx.URL()
        if base.scheme not in ("http", "https") or not base.host:
            message = f"{self._setting}_URL is no http or https address: correct it"
            raise Breach(BreachCode.SETTING_MISSING, self._where, message)
        return base


# --- all pages --------------------------------------------------------------------------------


def _read(
    get: _Get,
    contract: FeedContract,
    into: Path,
    where: str,
    limits: HttpLimits,
    *,
    is_whole: bool,
) -> tuple[tuple[Path, str, int], _Pass] | None:
    """Read passes until one is sound, or two agree. None when there is no record."""
    most = contract.delivery.rows.maximum if is_whole else None
    former: Path | None = None
    for turn in range(limits.passes):
        seen = _Pass()
        size = max(1, limits.page_size * (limits.passes - turn) // limits.passes)
        pages = _pages(get, size, seen, where, limits, most)
        try:
            copy = spool(_lines(pages, contract, seen, where, limits), into)
        except _ShiftedError:
            continue
        if not seen.repeats or copy[0] == former:
            if seen.rows:
                return copy, seen
            copy[0].unlink()
            return None
        if former:
            former.unlink()
        former = copy[0]
    if former:
        former.unlink()
    raise Breach(
        BreachCode.SOURCE_INCONSISTENT,
        where,
        f"in each of {limits.passes} readings the records changed or were not as many as the "
        "service counts: try when it is quiet, or ask the agency for a stable order of pages",
    )


def _pages(
    get: _Get, size: int, seen: _Pass, where: str, limits: HttpLimits, most: int | None
) -> Iterator[list[Record]]:
    """The records page by page, until they are as many as the first page promised.

    Then one page more is asked for: a count that is too small would lose records unnoticed.
    """
    number = 0
    last: list[Record] = []
    while number == 0 or seen.rows < seen.total:
        number += 1
        if number > limits.pages:
            message = (
                f"there is no end after {limits.pages:,} pages: ask the agency for larger ones"
            )
            raise Breach(BreachCode.READER_LIMIT, where, message)
        page = get(number, size)
        if number == 1:
            seen.total = page.total
            if most is not None and page.total > most:
                message = (
                    f"the service holds {page.total:,} records, where at most {most:,} are agreed"
                )
                raise Breach(BreachCode.ROWS_OUT_OF_BAND, where, message)
        if page.total != seen.total or seen.rows + len(page.records) > seen.total:
            raise _ShiftedError
        if not page.records and seen.rows < seen.total:
            raise _ShiftedError
        last = page.records
        seen.rows += len(last)
        yield last
    if last and _goes_on(get, number + 1, size, last):
        raise _ShiftedError


def _goes_on(get: _Get, number: int, size: int, last: list[Record]) -> bool:
    """Whether records come after the end.

    Services answer with nothing, with the last page again, or with an error of any kind.
    """
    try:
        beyond = get(number, size).records
    except Breach:
        return False
    return bool(beyond) and beyond != last


def _lines(
    pages: Iterator[list[Record]],
    contract: FeedContract,
    seen: _Pass,
    where: str,
    limits: HttpLimits,
) -> Iterator[bytes]:
    """The records of all pages as JSON lines; ``seen`` gathers what is to be checked."""
    keys = [(*contract.column(name).headers, name) for name in contract.key]
    changed = contract.column(contract.watermark) if contract.watermark else None
    known: set[int] = set()
    known_pages: set[bytes] = set()
    written = 0
    for records in pages:
        if not records:
            continue
        lines = [json.dumps(record, separators=(",", ":")) for record in records]
        content = ("\n".join(lines) + "\n").encode()
        digest = hashlib.sha256(content).digest()
        if digest in known_pages:
            message = (
                "a page repeats an earlier one: the service ignores the page number or runs in "
                "circles; ask the agency"
            )
            raise Breach(BreachCode.SOURCE_INCONSISTENT, where, message)
        known_pages.add(digest)
        written += len(content)
        if written > limits.pull_bytes:
            message = f"the records take more than {limits.pull_bytes >> 20:,} MiB: ask the agency"
            raise Breach(BreachCode.READER_LIMIT, where, message)
        identities = {
            hash(_identity(record, keys) or line)
            for record, line in zip(records, lines, strict=True)
        }
        seen.repeats |= len(identities) < len(records) or not known.isdisjoint(identities)
        known |= identities
        if changed:
            seen.moments |= _moments(records, (*changed.headers, changed.name))
        yield content


def _identity(record: Record, keys: list[tuple[str, ...]]) -> tuple[str, ...] | None:
    """What tells a record apart, or None when it lacks a key."""
    parts = [str(_value(record, names)) for names in keys]
    return None if "None" in parts else tuple(parts)


def _value(record: Record, names: tuple[str, ...]) -> object:
    return next((record[name] for name in names if name in record), None)


def _moments(records: list[Record], names: tuple[str, ...]) -> set[datetime]:
    """The latest change time of a page, if any can be read."""
    found = []
    for text in {str(_value(record, names)) for record in records}:
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            continue
        found.append(moment if moment.tzinfo else moment.replace(tzinfo=LOCAL_TIME))
    return {max(found)} if found else set()


# --- one page ---------------------------------------------------------------------------------


async def _get_patiently(
    client: httpx.AsyncClient, url: httpx.URL, where: str, limits: HttpLimits, sleep: Sleep
) -> _Page:
    """One page, tried again while the service is busy. Raises Breach."""
    growing = wait_exponential(limits.first_pause_seconds) + wait_random(
        max=limits.first_pause_seconds
    )

    def wait(state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        if isinstance(error, _BusyError) and error.retry_after is not None:
            return min(max(error.retry_after, 0.0), limits.longest_retry_after_seconds)
        return min(growing(state), limits.longest_pause_seconds)

    retrying = AsyncRetrying(
        retry=retry_if_exception_type(_BusyError),
        stop=stop_after_attempt(limits.tries),
        wait=wait,
        sleep=sleep,
        reraise=True,
    )
    try:
        return await retrying(_get_once, client, url, where, limits)
    except _BusyError as error:
        raise Breach(
            error.code,
            where,
            f"{error.words}, {limits.tries} times in a row: the last data stay; check the address "
            "and the network, or try later",
        ) from None


async def _get_once(
    client: httpx.AsyncClient, url: httpx.URL, where: str, limits: HttpLimits
) -> _Page:
    body = bytearray()
    try:
        async with asyncio.timeout(limits.page_seconds), client.stream("GET", url) as response:
            _judge_status(response, where)
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > limits.page_bytes:
                    raise Breach(
                        BreachCode.READER_LIMIT,
                        where,
                        f"a page is larger than {limits.page_bytes >> 20} MiB: ask the agency for "
                        "smaller pages",
                    )
    except TimeoutError:
        raise _BusyError(f"a page took longer than {limits.page_seconds:g} s") from None
    except httpx.RequestError as error:
        raise _BusyError(f"the connection failed ({type(error).__name__})") from None
    is_json = "json" in response.headers.get("Content-Type", "").lower()
    return _page(bytes(body), where, is_json=is_json)


def _judge_status(response: httpx.Response, where: str) -> None:
    """Raises unless the answer is a plain success."""
    status = response.status_code
    if status == httpx.codes.OK:
        return
    if status in _BUSY:
        raise _BusyError(f"the service answered HTTP {status}", _retry_after(response.headers))
    if status in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
        raise _unauthorised(where)
    if response.is_redirect:
        message = f"the service redirects (HTTP {status}): set its final address"
        raise Breach(BreachCode.SOURCE_UNREACHABLE, where, message)
    message = f"the service answered HTTP {status}: check address and path with the agency"
    raise Breach(BreachCode.SOURCE_UNREACHABLE, where, message)


def _retry_after(headers: httpx.Headers) -> float | None:
    """Seconds to wait, from seconds or a date; None when the service says nothing usable.

    A date counts from the service's own clock.
    """
    text: str = headers.get("Retry-After", "")
    try:
        if text.isdecimal():
            return float(text)
        after, now = parsedate_to_datetime(text), parsedate_to_datetime(headers.get("Date", ""))
        return float((after - now).total_seconds())
    except (ValueError, TypeError, OverflowError):
        return None


def _page(body: bytes, where: str, *, is_json: bool) -> _Page:
    """The envelope's records. Raises Breach, or _BusyError when the answer was cut short."""
    try:
        envelope = json.loads(
            body, parse_float=str, parse_constant=_no_number, object_pairs_hook=_distinct
        )
    except (ValueError, RecursionError):
        if is_json:
            words = "the answer is not whole, valid JSON"
            raise _BusyError(words, code=BreachCode.SOURCE_INCONSISTENT) from None
        message = "the answer is not JSON, perhaps a login page: check address and token"
        raise Breach(BreachCode.SOURCE_INCONSISTENT, where, message) from None
    if not isinstance(envelope, Mapping) or "code" not in envelope:
        raise _not_agreed(where, "code")
    code = str(envelope["code"])
    if code in {str(status) for status in _BUSY}:
        raise _BusyError(f"the service reported code {code}")
    if code in ("401", "403"):
        raise _unauthorised(where)
    if code not in ("0", "200"):
        shown = code if code.lstrip("-").isdigit() and len(code) < 8 else "that is no number"
        message = f"the service reported an error, code {shown}: ask the agency what it means"
        raise Breach(BreachCode.SOURCE_INCONSISTENT, where, message)
    total, records = envelope.get("count"), envelope.get("data")
    if not str(total).isdecimal():
        raise _not_agreed(where, "count")
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise _not_agreed(where, "data")
    return _Page(int(str(total)), records)


def _no_number(_: str) -> object:
    raise ValueError("NaN and Infinity are no JSON")


def _distinct(pairs: list[tuple[str, Any]]) -> Record:
    record = dict(pairs)
    if len(record) != len(pairs):
        raise ValueError("a name stands twice")
    return record


def _unauthorised(where: str) -> Breach:
    return Breach(
        BreachCode.SOURCE_UNAUTHORISED,
        where,
        "the service refused the token: ask the agency for a new one and set it",
    )


def _not_agreed(where: str, part: str) -> Breach:
    return Breach(
        BreachCode.SOURCE_INCONSISTENT,
        where,
        f"the answer lacks a usable `{part}`: the agreed envelope is code, msg, count, data",
    )

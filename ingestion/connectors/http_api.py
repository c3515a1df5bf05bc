"""A paged HTTP API of an agency, read to the end into one file of JSON lines.

What is expected: ``GET <url><path>?page=1&size=1000``, a bearer token, and the envelope
``{"code": 0, "msg": "", "count": <all records>, "data": [{…}, …]}``. Tries again when the service
is busy or the line breaks, with growing pauses; bounded in time and size by page.

Pages shift when records come and go while they are being read. So the count must stay what it
was, the records must add up to it, and none may come twice; otherwise everything is read again,
until a pass is sound or two passes agree to the byte.

It refuses redirects (they would carry the token elsewhere), answers that are not JSON, and
pages that repeat. Whole numbers stay numbers of any length, so that an ID sent as a number is
known as one; other numbers are kept as the text that was sent.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

import httpx
from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception_type,
    stop_after_attempt,
    wait_exponential,
    wait_random,
)

from ingestion.connectors import LOCAL_ZONE, Clock, Delivery, furthest, spool
from ingestion.contract import ApiSource, FeedContract
from ingestion.reasons import Breach, BreachCode
from ingestion.settings import Connection

# httpx writes every address with its query to the log.
logging.getLogger("httpx").setLevel(logging.WARNING)

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
    #: Size of one page, unpacked.
    page_bytes: int = 64 << 20
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
    url, headers, auth = _address(connection, source, where)
    with asyncio.Runner() as runner:
        client = httpx.AsyncClient(
            headers=headers,
            auth=auth,
            timeout=httpx.Timeout(limits.read_seconds, connect=limits.connect_seconds),
            follow_redirects=False,
            trust_env=url.host not in _LOOPBACK,
        )

        def get(number: int) -> _Page:
            query = {**asked, "page": str(number), "size": str(limits.page_size)}
            page_url = url.copy_merge_params(query)
            return runner.run(_get_patiently(client, page_url, where, limits, sleep))

        try:
            found = _read(get, contract, into, where, limits)
        finally:
            runner.run(client.aclose())
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


def _address(
    connection: Connection, source: ApiSource, where: str
) -> tuple[httpx.URL, dict[str, str], httpx.BasicAuth | None]:
    """Where to ask and with what credentials. Raises Breach (SETTING_MISSING)."""
    setting = f"SKILLS_{source.system.upper()}"
    token = connection.token.get_secret_value() if connection.token else ""
    try:
        base = httpx.URL(connection.url.get_secret_value())
    except httpx.InvalidURL:
        base = httpx.URL()
    if base.scheme not in ("http", "https") or not base.host:
        message = f"{setting}_URL is no http or https address: correct it"
        raise Breach(BreachCode.SETTING_MISSING, where, message)
    if not (token.isascii() and token.isprintable()):
        message = f"{setting}_TOKEN holds characters that no token has: copy it again"
        raise Breach(BreachCode.SETTING_MISSING, where, message)
    headers = {"Accept": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    auth = httpx.BasicAuth(base.username, base.password) if base.username and not token else None
    path = base.path.rstrip("/") + source.path
    return base.copy_with(userinfo=b"", path=path), headers, auth


# --- all pages --------------------------------------------------------------------------------


def _read(
    get: Callable[[int], _Page], contract: FeedContract, into: Path, where: str, limits: HttpLimits
) -> tuple[tuple[Path, str, int], _Pass] | None:
    """Read passes until one is sound, or two agree. None when there is no record."""
    former: Path | None = None
    for _ in range(limits.passes):
        seen = _Pass()
        try:
            copy = spool(_lines(get, contract, seen, where), into)
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
        f"the records changed during each of {limits.passes} readings: try when the service is "
        "quiet, or ask the agency for a stable order of pages",
    )


def _lines(
    get: Callable[[int], _Page], contract: FeedContract, seen: _Pass, where: str
) -> Iterator[bytes]:
    """The records of all pages as JSON lines; ``seen`` gathers what is to be checked."""
    keys = [(*contract.column(name).headers, name) for name in contract.key]
    changed = contract.column(contract.watermark) if contract.watermark else None
    known: set[int] = set()
    former: list[Record] = []
    number = 0
    while number == 0 or seen.rows < seen.total:
        number += 1
        page = get(number)
        if number == 1:
            seen.total = page.total
        if page.total != seen.total or seen.rows + len(page.records) > seen.total:
            raise _ShiftedError
        if not page.records and seen.rows < seen.total:
            raise _ShiftedError
        if page.records and page.records == former:
            message = "every page repeats the one before: the service ignores the page number"
            raise Breach(BreachCode.SOURCE_INCONSISTENT, where, message)
        former = page.records
        lines = [json.dumps(record, separators=(",", ":")) for record in page.records]
        identities = {
            hash(_identity(record, keys) or line)
            for record, line in zip(page.records, lines, strict=True)
        }
        seen.repeats = seen.repeats or not known.isdisjoint(identities)
        known |= identities
        seen.rows += len(lines)
        if changed:
            seen.moments |= _moments(page.records, (*changed.headers, changed.name))
        if lines:
            yield ("\n".join(lines) + "\n").encode()


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
        found.append(moment if moment.tzinfo else moment.replace(tzinfo=LOCAL_ZONE))
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

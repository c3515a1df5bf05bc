"""Do we read an agency's API to the end, patiently, and notice when its pages don't add up?"""

from __future__ import annotations

import asyncio
import gzip
import json
import logging
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from servers import HttpServer, serving
from starlette.requests import Request
from starlette.responses import (
    JSONResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
    StreamingResponse,
)

from ingestion.connectors import Delivery
from ingestion.connectors.http_api import HttpLimits, pull_api
from ingestion.contract import ApiSource, Column, DeliveryTerms, FeedContract, RowBand
from ingestion.reasons import Breach, BreachCode
from ingestion.settings import Connection, Settings

NOW = datetime(2025, 6, 30, 4, tzinfo=UTC)
CANARY = "tok-5ecret-canary"
PERSON = "529999199003074512"
QUICK = HttpLimits(first_pause_seconds=0, page_size=10, page_seconds=5)

Answer = Callable[[Request], Any]


def contract(since_parameter: str | None = "updated_since") -> FeedContract:
    return FeedContract(
        agency="hrss",
        feed="certificates",
        title_zh="证书",
        title_en="Certificates",
        grain="one row per certificate",
        cadence="daily",
        source=ApiSource(
            kind="api",
            system="certificate_service",
            path="/v1/certificates",
            since_parameter=since_parameter,
            watermark="updated_at",
        ),
        delivery=DeliveryTerms(mode="upsert", rows=RowBand(maximum=1_000_000)),
        columns=(
            Column(
                name="certificate_no",
                title_zh="证书编号",
                aliases=("certificateNo",),
                type="certificate_no",
                required=True,
            ),
            Column(name="updated_at", title_zh="更新时间", aliases=("updatedAt",), type="datetime"),
        ),
        key=("certificate_no",),
    )


def record(number: int, at: str = "2025-06-01 10:00:00") -> dict[str, Any]:
    return {"certificateNo": f"S{number:05}", "holderIdNo": PERSON, "updatedAt": at}


def envelope(records: list[dict[str, Any]], count: int | None = None) -> dict[str, Any]:
    return {
        "code": 0,
        "msg": "",
        "count": len(records) if count is None else count,
        "data": records,
    }


def paged(records: list[dict[str, Any]], request: Request, cap: int = 1000) -> dict[str, Any]:
    size = min(int(request.query_params["size"]), cap)
    start = (int(request.query_params["page"]) - 1) * size
    return envelope(records[start : start + size], len(records))


@pytest.fixture(scope="module")
def server() -> Iterator[HttpServer]:
    with serving() as server:
        yield server


@pytest.fixture
def pauses() -> list[float]:
    return []


Pull = Callable[..., Delivery | None]


@pytest.fixture
def pull(server: HttpServer, tmp_path: Path, pauses: list[float]) -> Pull:
    """Serve each request with ``answer`` and pull."""

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    def pull(
        answer: Answer,
        since: str | None = None,
        limits: HttpLimits = QUICK,
        feed: FeedContract | None = None,
    ) -> Delivery | None:
        server.answer = answer
        server.requests.clear()
        connection = Connection(url=SecretStr(server.url), token=SecretStr(CANARY))
        return pull_api(
            feed or contract(),
            connection,
            since,
            tmp_path / "staging",
            lambda: NOW,
            limits=limits,
            sleep=sleep,
        )

    return pull


def rows(delivery: Delivery | None) -> list[dict[str, Any]]:
    assert delivery is not None
    assert delivery.path.name == delivery.sha256
    return [json.loads(line) for line in delivery.path.read_text().splitlines()]


def refused(pull: Callable[[], object]) -> Breach:
    with pytest.raises(Breach) as caught:
        pull()
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    text = f"{caught.value} {caught.value!r} {caught.value.text_zh}"
    for leak in (CANARY, PERSON, "http:", "127.0.0.1", "updated_since"):
        assert leak not in text
    return caught.value


# --- what is read -----------------------------------------------------------------------------


def test_all_pages_are_read_into_one_file(pull: Pull, server: HttpServer, tmp_path: Path) -> None:
    records = [record(i) for i in range(35)]
    delivery = pull(lambda request: paged(records, request))
    assert rows(delivery) == records
    assert delivery is not None
    assert delivery.name == "certificate_service:/v1/certificates"
    assert (delivery.delivered_at, delivery.watermark) == (NOW, "2025-06-01 10:00:00")
    assert delivery.path.stat().st_mode & 0o077 == 0
    assert [path.name for path in (tmp_path / "staging").iterdir()] == [delivery.sha256]
    assert [r.query_params["page"] for r in server.requests] == ["1", "2", "3", "4", "5"]
    assert {r.headers["authorization"] for r in server.requests} == {f"Bearer {CANARY}"}
    assert {r.url.path for r in server.requests} == {"/v1/certificates"}


def test_the_same_records_are_the_same_file(pull: Pull) -> None:
    records = [record(i) for i in range(12)]
    first = pull(lambda request: paged(records, request))
    second = pull(lambda request: paged(records, request), limits=HttpLimits(page_size=5))
    assert first is not None
    assert second is not None
    assert first.sha256 == second.sha256


def test_a_service_that_sends_smaller_pages_than_asked_is_read_to_the_end(pull: Pull) -> None:
    records = [record(i) for i in range(23)]
    assert rows(pull(lambda request: paged(records, request, cap=7))) == records


def test_only_changes_are_asked_for(pull: Pull, server: HttpServer) -> None:
    since = "2025-06-01 09:45:00"
    pull(lambda request: paged([record(1)], request), since)
    assert server.requests[0].query_params["updated_since"] == since
    assert pull(lambda _: envelope([]), since) is None


def test_a_service_without_such_a_parameter_is_read_whole(pull: Pull, server: HttpServer) -> None:
    feed = contract(since_parameter=None)
    assert len(rows(pull(lambda r: paged([record(1)], r), "2025-06-01 09:45:00", feed=feed))) == 1
    assert set(server.requests[0].query_params) == {"page", "size"}


def test_a_service_that_holds_nothing_at_all_is_refused(pull: Pull) -> None:
    assert refused(lambda: pull(lambda _: envelope([]))).code is BreachCode.DELIVERY_EMPTY


@pytest.mark.parametrize(
    ("times", "watermark"),
    [
        (["2025-06-01 10:00:00", "2025-06-02 09:00:00"], "2025-06-02 09:00:00"),
        (["2025-06-01T10:00:00.5+08:00"], "2025-06-01 10:00:00"),
        (["2025-06-01T10:00:00Z"], "2025-06-01 18:00:00"),
        (["2099-01-01 00:00:00"], "2025-06-30 12:00:00"),  # now, as the agency writes it
        (["", "昨天"], None),
    ],
)
def test_the_watermark_is_the_latest_time_but_never_ahead_of_now(
    pull: Pull, times: list[str], watermark: str | None
) -> None:
    records = [record(i, at) for i, at in enumerate(times)]
    delivery = pull(lambda request: paged(records, request))
    assert delivery is not None
    assert delivery.watermark == watermark


def test_numbers_keep_every_digit(pull: Pull) -> None:
    """A number in an ID column must still be known as one, and an amount must not be rounded."""
    body = f'{{"code":0,"msg":"","count":1,"data":[{{"certificateNo":{PERSON},"a":1200.10}}]}}'
    delivery = pull(lambda _: Response(body, media_type="application/json"))
    assert rows(delivery) == [{"certificateNo": int(PERSON), "a": "1200.10"}]


# --- pages that shift -------------------------------------------------------------------------


def test_a_record_that_arrives_between_pages_makes_us_read_again(pull: Pull) -> None:
    records = [record(i) for i in range(25)]
    state = {"asked": 0}

    def answer(request: Request) -> dict[str, Any]:
        state["asked"] += 1
        if state["asked"] == 2:
            records.insert(0, record(99))
        return paged(records, request)

    assert rows(pull(answer)) == records


def test_a_record_that_goes_away_between_pages_makes_us_read_again(pull: Pull) -> None:
    records = [record(i) for i in range(25)]
    state = {"asked": 0}

    def answer(request: Request) -> dict[str, Any]:
        state["asked"] += 1
        if state["asked"] == 2:
            del records[3]
        return paged(records, request)

    assert rows(pull(answer)) == records


def test_a_swap_that_keeps_the_count_is_noticed_by_the_record_that_comes_twice(pull: Pull) -> None:
    records = [record(i) for i in range(25)]
    state = {"asked": 0}

    def answer(request: Request) -> dict[str, Any]:
        state["asked"] += 1
        if state["asked"] == 2:
            records.insert(0, record(99))
            del records[-1]
        return paged(records, request)

    found = rows(pull(answer))
    assert found == records
    assert len({r["certificateNo"] for r in found}) == 25


def test_records_that_the_service_itself_repeats_are_delivered(pull: Pull) -> None:
    """Two readings agree, so the repetition is the data's: rows are judged later, one by one."""
    records = [record(i) for i in range(12)] + [record(3)]
    assert rows(pull(lambda request: paged(records, request))) == records


def test_a_service_that_never_stands_still_is_refused(
    pull: Pull, server: HttpServer, tmp_path: Path
) -> None:
    records = [record(i) for i in range(25)]

    def answer(request: Request) -> dict[str, Any]:
        records.insert(0, record(1000 + len(records)))
        return paged(records, request)

    assert refused(lambda: pull(answer)).code is BreachCode.SOURCE_INCONSISTENT
    assert len(server.requests) < 40
    assert list((tmp_path / "staging").iterdir()) == []


def test_a_service_that_ignores_the_page_number_is_refused_at_once(
    pull: Pull, server: HttpServer
) -> None:
    first = [record(i) for i in range(10)]
    breach = refused(lambda: pull(lambda _: envelope(first, 601)))
    assert breach.code is BreachCode.SOURCE_INCONSISTENT
    assert "page number" in breach.message
    assert len(server.requests) == 2


@pytest.mark.parametrize("count", [30, 24])
def test_a_count_that_the_records_do_not_add_up_to_is_refused(pull: Pull, count: int) -> None:
    records = [record(i) for i in range(25)]
    breach = refused(lambda: pull(lambda r: {**paged(records, r), "count": count}))
    assert breach.code is BreachCode.SOURCE_INCONSISTENT


def test_a_service_that_runs_in_circles_is_refused(pull: Pull, server: HttpServer) -> None:
    """Pages 1, 2, 1, 2: the records add up to the count, and half of all are missing."""
    records = [record(i) for i in range(20)]

    def answer(request: Request) -> dict[str, Any]:
        start = (int(request.query_params["page"]) - 1) % 2 * 10
        return envelope(records[start : start + 10], 40)

    breach = refused(lambda: pull(answer))
    assert breach.code is BreachCode.SOURCE_INCONSISTENT
    assert "circles" in breach.message
    assert len(server.requests) == 3


def test_a_page_number_held_at_the_last_page_does_not_fill_up_the_count(pull: Pull) -> None:
    records = [record(i) for i in range(20)]

    def answer(request: Request) -> dict[str, Any]:
        start = (min(int(request.query_params["page"]), 2) - 1) * 10
        return envelope(records[start : start + 10], 30)

    assert refused(lambda: pull(answer)).code is BreachCode.SOURCE_INCONSISTENT


def test_pages_that_overlap_lose_nothing_unnoticed(pull: Pull) -> None:
    """Each page begins with the last record of the one before: two readings alone would agree."""
    records = [record(i) for i in range(40)]

    def answer(request: Request) -> dict[str, Any]:
        size, page = int(request.query_params["size"]), int(request.query_params["page"])
        start = (page - 1) * (size - 1)
        return envelope(records[start : start + size], len(records))

    assert refused(lambda: pull(answer)).code is BreachCode.SOURCE_INCONSISTENT


def test_an_order_that_breaks_at_each_page_loses_nothing_unnoticed(pull: Pull) -> None:
    """The first record of page two is one of page one: all counts are right, one record is lost."""
    records = [record(i) for i in range(40)]

    def answer(request: Request) -> dict[str, Any]:
        page = paged(records, request)
        if request.query_params["page"] == "2":
            page["data"] = [records[0], *page["data"][1:]]
        return page

    assert refused(lambda: pull(answer)).code is BreachCode.SOURCE_INCONSISTENT


@pytest.mark.parametrize("count", [10, 20, 24])
def test_a_count_that_is_too_small_loses_nothing_unnoticed(pull: Pull, count: int) -> None:
    """Some services give the count of the page for that of all."""
    records = [record(i) for i in range(25)]
    breach = refused(lambda: pull(lambda r: {**paged(records, r), "count": count}))
    assert breach.code is BreachCode.SOURCE_INCONSISTENT


@pytest.mark.parametrize("end", ["empty", "last page again", "404", "500"])
def test_any_answer_beyond_the_end_is_taken_for_the_end(pull: Pull, end: str) -> None:
    records = [record(i) for i in range(20)]

    def answer(request: Request) -> object:
        page = int(request.query_params["page"])
        if page <= 2 or end == "empty":
            return paged(records, request)
        if end == "last page again":
            return envelope(records[10:], 20)
        return Response(status_code=int(end))

    assert rows(pull(answer)) == records


# --- trying again -----------------------------------------------------------------------------


def failing_first(times: int, failure: Callable[[], Any]) -> tuple[Answer, list[int]]:
    """An answer that fails that many times, and the count of what was asked."""
    asked: list[int] = []

    def answer(request: Request) -> object:
        asked.append(1)
        return failure() if len(asked) <= times else paged([record(1)], request)

    return answer, asked


def truncated() -> Response:
    whole = json.dumps(envelope([record(1)])).encode()
    return Response(
        whole[:40], media_type="application/json", headers={"Content-Length": str(len(whole))}
    )


def cut_short_without_length() -> StreamingResponse:
    whole = json.dumps(envelope([record(1)])).encode()
    return StreamingResponse(iter([whole[:40]]), media_type="application/json")


def not_gzip() -> Response:
    return Response(b"{}", media_type="application/json", headers={"Content-Encoding": "gzip"})


@pytest.mark.parametrize(
    "failure",
    [
        lambda: Response(status_code=429),
        lambda: Response(status_code=500),
        lambda: Response(status_code=503),
        lambda: {"code": 503, "msg": "busy"},
        truncated,
        cut_short_without_length,
        not_gzip,
    ],
)
def test_what_may_pass_is_tried_again(pull: Pull, failure: Callable[[], Any]) -> None:
    answer, asked = failing_first(4, failure)
    assert rows(pull(answer)) == [record(1)]
    assert len(asked) == 6  # the fifth try came through; and one look beyond the end
    answer, asked = failing_first(99, failure)
    breach = refused(lambda: pull(answer))
    assert breach.code in (BreachCode.SOURCE_UNREACHABLE, BreachCode.SOURCE_INCONSISTENT)
    assert len(asked) == 5


@pytest.mark.parametrize(
    ("retry_after", "pause"),
    [
        ("7", 7),
        ("0", 0),
        ("86400", 300),
        ("Mon, 30 Jun 2025 04:00:20 GMT", 20),
        ("Mon, 30 Jun 2025 03:00:00 GMT", 0),
    ],
)
def test_a_service_says_how_long_to_wait_within_reason(
    pull: Pull, pauses: list[float], retry_after: str, pause: float
) -> None:
    headers = {"Retry-After": retry_after, "Date": "Mon, 30 Jun 2025 04:00:00 GMT"}
    answer, _ = failing_first(1, lambda: Response(status_code=429, headers=headers))
    pull(answer)
    assert pauses == [pause]


def test_pauses_grow_but_not_without_end(pull: Pull, pauses: list[float]) -> None:
    answer, _ = failing_first(
        4, lambda: Response(status_code=503, headers={"Retry-After": "later"})
    )
    pull(answer, limits=HttpLimits(first_pause_seconds=1, longest_pause_seconds=3))
    assert pauses == sorted(pauses)
    assert 1 <= pauses[0] <= 2
    assert pauses[-1] == 3


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (lambda _: Response(status_code=401), BreachCode.SOURCE_UNAUTHORISED),
        (lambda _: Response(status_code=403), BreachCode.SOURCE_UNAUTHORISED),
        (lambda _: {"code": 401, "msg": CANARY}, BreachCode.SOURCE_UNAUTHORISED),
        (lambda _: Response(PERSON, status_code=404), BreachCode.SOURCE_UNREACHABLE),
        (lambda _: Response(PERSON, status_code=400), BreachCode.SOURCE_UNREACHABLE),
        (lambda _: RedirectResponse("/elsewhere"), BreachCode.SOURCE_UNREACHABLE),
        (lambda _: Response(status_code=204), BreachCode.SOURCE_UNREACHABLE),
        (lambda _: PlainTextResponse(f"<html>{PERSON}"), BreachCode.SOURCE_INCONSISTENT),
        (lambda _: {"code": 9001, "msg": PERSON}, BreachCode.SOURCE_INCONSISTENT),
        (lambda _: {"code": PERSON, "msg": PERSON}, BreachCode.SOURCE_INCONSISTENT),
        (lambda _: {"result": "not_ok", "error": PERSON}, BreachCode.SOURCE_INCONSISTENT),
        (lambda _: {"code": 0, "data": []}, BreachCode.SOURCE_INCONSISTENT),
        (lambda _: {"code": 0, "count": -1, "data": []}, BreachCode.SOURCE_INCONSISTENT),
        (lambda _: {"code": 0, "count": 1, "data": {}}, BreachCode.SOURCE_INCONSISTENT),
        (lambda _: {"code": 0, "count": 1, "data": [[]]}, BreachCode.SOURCE_INCONSISTENT),
        (lambda _: JSONResponse([1]), BreachCode.SOURCE_INCONSISTENT),
    ],
)
def test_what_will_not_pass_is_refused_at_once(
    pull: Pull, server: HttpServer, answer: Answer, code: BreachCode
) -> None:
    assert refused(lambda: pull(answer)).code is code
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "body",
    [
        '{"code":0,"count":1,"data":[{"certificateNo":"1","a":NaN}]}',
        '{"code":0,"count":1,"data":[{"certificateNo":"1","certificateNo":"2"}]}',
        '{"code":0,"count":1,"data":[{"certificateNo":"\udcff"}]}',
        "[" * 100_000,
    ],
)
def test_json_that_would_be_misread_is_refused(pull: Pull, body: str) -> None:
    content = body.encode("utf-8", "surrogateescape")
    answer = Response(content, media_type="application/json")
    assert refused(lambda: pull(lambda _: answer)).code is BreachCode.SOURCE_INCONSISTENT


# --- limits -----------------------------------------------------------------------------------


async def _trickle() -> Any:
    for _ in range(200):
        yield b" "
        await asyncio.sleep(0.05)


def test_a_page_that_trickles_in_is_given_up(pull: Pull) -> None:
    limits = HttpLimits(tries=1, page_seconds=0.5)
    started = time.monotonic()
    breach = refused(lambda: pull(lambda _: StreamingResponse(_trickle()), limits=limits))
    assert time.monotonic() - started < 3
    assert breach.code is BreachCode.SOURCE_UNREACHABLE
    assert "longer than 0.5 s" in breach.message


def test_a_page_that_unpacks_to_too_much_is_given_up(pull: Pull) -> None:
    bomb = gzip.compress(b" " * (64 << 20))
    headers = {"Content-Encoding": "gzip"}
    answer = Response(bomb, media_type="application/json", headers=headers)
    limits = HttpLimits(page_bytes=1 << 20)
    assert refused(lambda: pull(lambda _: answer, limits=limits)).code is BreachCode.READER_LIMIT


def test_a_service_that_never_fails_but_crawls_is_given_up(pull: Pull) -> None:
    """Every page comes within its own limit, and there are very many."""
    records = [record(i) for i in range(1000)]

    def slowly(request: Request) -> Response:
        async def body() -> Any:
            await asyncio.sleep(0.2)
            yield json.dumps(paged(records, request))

        return StreamingResponse(body(), media_type="application/json")

    limits = HttpLimits(page_size=10, page_seconds=5, pull_seconds=1)
    started = time.monotonic()
    breach = refused(lambda: pull(slowly, limits=limits))
    assert time.monotonic() - started < 3
    assert breach.code is BreachCode.SOURCE_UNREACHABLE
    assert "longer than 1 s" in breach.message


def test_a_pause_that_a_service_asks_for_counts_too(server: HttpServer, tmp_path: Path) -> None:
    server.answer = lambda _: Response(status_code=429, headers={"Retry-After": "200"})
    connection = Connection(url=SecretStr(server.url), token=SecretStr(CANARY))
    limits = HttpLimits(pull_seconds=0.5)
    started = time.monotonic()
    refused(lambda: pull_api(contract(), connection, None, tmp_path, lambda: NOW, limits=limits))
    assert time.monotonic() - started < 3


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        (HttpLimits(page_size=10, pages=2), BreachCode.READER_LIMIT),
        (HttpLimits(page_size=10, pull_bytes=2000), BreachCode.READER_LIMIT),
    ],
)
def test_a_service_without_end_is_given_up(
    pull: Pull, tmp_path: Path, limits: HttpLimits, code: BreachCode
) -> None:
    records = [record(i) for i in range(100)]
    assert refused(lambda: pull(lambda r: paged(records, r), limits=limits)).code is code
    assert list((tmp_path / "staging").iterdir()) == []


def test_more_records_than_were_agreed_are_not_even_read(pull: Pull, server: HttpServer) -> None:
    feed = contract()
    terms = feed.delivery.model_copy(update={"rows": RowBand(maximum=20)})
    feed = feed.model_copy(update={"delivery": terms})
    records = [record(i) for i in range(21)]
    breach = refused(lambda: pull(lambda r: paged(records, r), feed=feed))
    assert breach.code is BreachCode.ROWS_OUT_OF_BAND
    assert len(server.requests) == 1
    since = "2025-06-01 00:00:00"  # of changes there may be any number
    assert len(rows(pull(lambda r: paged(records, r), since, feed=feed))) == 21


# --- the token --------------------------------------------------------------------------------


@pytest.fixture
def token_file(tmp_path: Path) -> Path:
    path = tmp_path / "token"
    path.write_text("tok-first\n")
    return path


def test_a_token_that_expires_is_read_again_and_the_same_page_asked_for(
    server: HttpServer, tmp_path: Path, token_file: Path
) -> None:
    """Something else renews it while we read; it may happen more than once in a long pull."""
    records = [record(i) for i in range(35)]
    seen: list[tuple[str, str]] = []

    def answer(request: Request) -> object:
        page, given = request.query_params["page"], request.headers["authorization"]
        seen.append((page, given))
        wanted = "tok-first" if page == "1" else "tok-second" if page < "4" else "tok-third"
        if given != f"Bearer {wanted}":
            token_file.write_text(wanted)
            return Response(status_code=401)
        return paged(records, request)

    server.answer = answer
    connection = Connection(url=SecretStr(server.url), token_file=token_file)
    delivery = pull_api(contract(), connection, None, tmp_path, lambda: NOW, limits=QUICK)
    assert rows(delivery) == records
    assert [page for page, _ in seen] == ["1", "2", "2", "3", "4", "4", "5"]


def test_a_token_that_was_not_renewed_is_not_tried_again(
    server: HttpServer, tmp_path: Path, token_file: Path
) -> None:
    server.answer = lambda _: Response(status_code=401)
    server.requests.clear()
    connection = Connection(url=SecretStr(server.url), token_file=token_file)
    breach = refused(
        lambda: pull_api(contract(), connection, None, tmp_path, lambda: NOW, limits=QUICK)
    )
    assert breach.code is BreachCode.SOURCE_UNAUTHORISED
    assert len(server.requests) == 1


def test_a_renewed_token_that_is_refused_too_ends_it(
    server: HttpServer, tmp_path: Path, token_file: Path
) -> None:
    def answer(_: Request) -> Response:
        token_file.write_text(f"tok-{len(server.requests)}")
        return Response(status_code=401)

    server.answer = answer
    server.requests.clear()
    connection = Connection(url=SecretStr(server.url), token_file=token_file)
    breach = refused(
        lambda: pull_api(contract(), connection, None, tmp_path, lambda: NOW, limits=QUICK)
    )
    assert breach.code is BreachCode.SOURCE_UNAUTHORISED
    assert len(server.requests) == 2


def test_a_token_file_that_is_missing_is_named_by_its_setting(tmp_path: Path) -> None:
    connection = Connection(url=SecretStr("http://127.0.0.1:1"), token_file=tmp_path / "none")
    breach = refused(lambda: pull_api(contract(), connection, None, tmp_path, lambda: NOW))
    assert breach.code is BreachCode.SETTING_MISSING
    assert "SKILLS_CERTIFICATE_SERVICE_TOKEN_FILE" in breach.message
    assert str(tmp_path) not in breach.message


def test_a_token_file_goes_before_a_token_and_shows_nothing(
    monkeypatch: pytest.MonkeyPatch, token_file: Path
) -> None:
    monkeypatch.setenv("SKILLS_CERTIFICATE_SERVICE_URL", f"http://reader:{CANARY}@127.0.0.1/")
    monkeypatch.setenv("SKILLS_CERTIFICATE_SERVICE_TOKEN", CANARY)
    monkeypatch.setenv("SKILLS_CERTIFICATE_SERVICE_TOKEN_FILE", str(token_file))
    settings = Settings(drop=f"sftp://reader:{CANARY}@127.0.0.1/drop")
    connection = settings.connection("certificate_service")
    assert connection is not None
    assert connection.token_file == token_file
    assert CANARY not in f"{settings!r} {settings} {connection!r} {connection}"


def test_the_token_travels_in_its_header_only(pull: Pull, server: HttpServer) -> None:
    pull(lambda request: paged([record(i) for i in range(25)], request), "2025-06-01 09:45:00")
    assert all(CANARY not in str(request.url) for request in server.requests)


def test_a_redirect_takes_the_token_nowhere(pull: Pull) -> None:
    with serving() as other:
        breach = refused(lambda: pull(lambda _: RedirectResponse(f"{other.url}/v1/certificates")))
        assert other.requests == []
    assert "redirects" in breach.message


# --- the connection ---------------------------------------------------------------------------


def test_a_service_that_is_not_there_is_unreachable(tmp_path: Path) -> None:
    connection = Connection(url=SecretStr("http://127.0.0.1:1"), token=SecretStr(CANARY))
    limits = HttpLimits(tries=2, first_pause_seconds=0)
    breach = refused(
        lambda: pull_api(contract(), connection, None, tmp_path, lambda: NOW, limits=limits)
    )
    assert breach.code is BreachCode.SOURCE_UNREACHABLE


@pytest.mark.parametrize(
    ("url", "token"),
    [
        (f"ftp://{CANARY}@127.0.0.1/", CANARY),
        (f"no url {CANARY}", CANARY),
        (f"http://127.0.0.1:{CANARY}/", CANARY),
        ("", CANARY),
        ("http://127.0.0.1/", f"{CANARY}\r\nX-Evil: 1"),
        ("http://127.0.0.1/", f"{CANARY}密"),
    ],
)
def test_a_wrong_setting_is_named_and_not_repeated(tmp_path: Path, url: str, token: str) -> None:
    connection = Connection(url=SecretStr(url), token=SecretStr(token))
    breach = refused(lambda: pull_api(contract(), connection, None, tmp_path, lambda: NOW))
    assert breach.code is BreachCode.SETTING_MISSING
    assert "SKILLS_CERTIFICATE_SERVICE_" in breach.message


def test_the_base_address_may_have_a_path_a_query_and_a_user(
    server: HttpServer, tmp_path: Path
) -> None:
    server.answer = lambda request: paged([record(1)], request)
    server.requests.clear()
    url = server.url.replace("//", "//reader:hunter2@") + "/gateway/?tenant=5203"
    connection = Connection(url=SecretStr(url))
    pull_api(contract(), connection, None, tmp_path, lambda: NOW, limits=QUICK)
    request = server.requests[0]
    assert request.url.path == "/gateway/v1/certificates"
    assert request.query_params["tenant"] == "5203"
    assert request.headers["authorization"].startswith("Basic ")


def test_addresses_and_tokens_stay_out_of_the_log(
    pull: Pull, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        pull(lambda request: paged([record(1)], request), "2025-06-01 09:45:00")
    for leak in (CANARY, PERSON, "127.0.0.1", "updated_since"):
        assert leak not in caplog.text

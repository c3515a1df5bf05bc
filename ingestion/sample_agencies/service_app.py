"""What the provincial certificate service answers, and the process in which it runs.

It behaves as such services do: a bearer token, pages of at most 1,000 records, an envelope that
says its own code, and an HTTP 429 now and then. It serves what stands in Parquet files, skill
certificates and what emergency and market supervision register, and changes nothing.

As a program it is told by one line of JSON on its standard input what to serve and on which socket
that it was left, and it ends when that input does.
"""

from __future__ import annotations

import hmac
import json
import socket
import sys
import threading
from collections.abc import Callable
from functools import lru_cache, partial
from pathlib import Path
from typing import BinaryIO, Final

import pyarrow as pa
import pyarrow.parquet as pq
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from ingestion.sample_agencies.people import random_stream

LARGEST_PAGE: Final = 1000
#: What is served, by route: the file in the folder of the service.
RESOURCES: Final = {
    "/v1/certificates": "certificates.parquet",
    "/v1/special-operations": "special_operations.parquet",
    "/v1/special-equipment": "special_equipment.parquet",
}
#: After every time of change.
_NEVER: Final = "9999"


def certificate_app(
    folder: Path, token: str, *, fault_rate: float = 0.0, seed: int = 0
) -> Starlette:
    """The service as an ASGI application. `fault_rate` is the share of requests answered 429."""
    rng = random_stream(seed, "busy service")
    expected = f"Bearer {token}".encode()

    def refusal(status: int, message: str, **headers: str) -> JSONResponse:
        body = {"code": status, "msg": message, "count": 0, "data": []}
        return JSONResponse(body, status_code=status, headers=headers)

    def serving(path: Path) -> Callable[[Request], JSONResponse]:
        # All pages of a pull ask for the same.
        changed = lru_cache(maxsize=1)(partial(_read, path))

        def records(request: Request) -> JSONResponse:
            given = request.headers.get("Authorization", "").encode()
            if not hmac.compare_digest(given, expected):
                return refusal(401, "token")
            if rng.random() < fault_rate:
                return refusal(429, "busy", **{"Retry-After": str(rng.integers(2))})
            asked = request.query_params
            page, size = asked.get("page", "1"), asked.get("size", "100")
            if not (page.isdecimal() and size.isdecimal() and int(page) and int(size)):
                return refusal(400, "page and size are whole numbers from 1")
            span = (asked.get(f"updated_{end}") for end in ("since", "until"))
            rows = changed(*span)
            wide = min(int(size), LARGEST_PAGE)
            data = rows.slice((int(page) - 1) * wide, wide).to_pylist()
            return JSONResponse({"code": 0, "msg": "", "count": rows.num_rows, "data": data})

        return records

    return Starlette(
        routes=[Route(route, serving(folder / file)) for route, file in RESOURCES.items()]
    )


def _read(path: Path, since: str | None, until: str | None) -> pa.Table:
    """Records of a span of change times."""
    bounds = ((">=", since), ("<=", until))
    span = [("updatedAt", relation, end) for relation, end in bounds if end]
    return pq.read_table(path, filters=span or None)


def main(orders: BinaryIO) -> None:
    """Serve until whoever gave the orders is gone. ``listener`` is an open descriptor."""
    told = json.loads(orders.readline())
    listener = socket.socket(fileno=told.pop("listener"))
    folder = Path(told.pop("folder"))
    app = certificate_app(folder, **told)
    # The first reading imports most of what reads; nobody waits for that at a service that is up.
    for file in RESOURCES.values():
        if (folder / file).exists():
            _read(folder / file, _NEVER, None)
    config = uvicorn.Config(app, log_level="critical", access_log=False, lifespan="off")
    server = uvicorn.Server(config)
    threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True).start()
    orders.read()


if __name__ == "__main__":
    main(sys.stdin.buffer)

"""Real servers on loopback for tests of several folders."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

NO_POSTGRESQL = "no PostgreSQL found: install the package postgresql (Debian) or postgresql-server"


# --- PostgreSQL -------------------------------------------------------------------------------


@dataclass(frozen=True)
class PostgreSQL:
    """A PostgreSQL server of our own, empty at first."""

    user: str
    password: str
    port: int

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://{self.user}:{self.password}@127.0.0.1:{self.port}/{database}"

    def connect(self, database: str = "postgres") -> psycopg.Connection:
        """An administrator's connection that commits by itself."""
        return psycopg.connect(self.url(database), autocommit=True)

    def new_database(self) -> str:
        """Make an empty database; its name."""
        name = f"test_{secrets.token_hex(4)}"
        with self.connect() as connection:
            connection.execute(f'create database "{name}"')
        return name


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    """A real PostgreSQL for this test run, on a random port of the loopback."""
    programs = _postgresql_programs()
    if programs is None:
        pytest.skip(NO_POSTGRESQL)
    account = _account()
    if os.geteuid() == 0 and account is None:
        pytest.skip("PostgreSQL refuses to run as root: add a user `postgres` or `nobody`")
    with tempfile.TemporaryDirectory(prefix="pg-") as folder:
        if account:
            os.chown(folder, account.pw_uid, account.pw_gid)
        with _serving(programs, Path(folder), account) as server:
            yield server


def _postgresql_programs() -> Path | None:
    """The folder that holds initdb and postgres, of the newest version."""
    on_path = shutil.which("initdb")
    folders = [Path(on_path).parent] if on_path else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    folders += sorted(Path("/usr").glob("pgsql-*/bin"), reverse=True)
    return next((f for f in folders if (f / "initdb").exists() and (f / "postgres").exists()), None)


def _account() -> pwd.struct_passwd | None:
    """Whom to run as, when we are root."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    return known.get("postgres") or known.get("nobody")


@contextmanager
def _serving(
    programs: Path, folder: Path, account: pwd.struct_passwd | None
) -> Iterator[PostgreSQL]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        server = PostgreSQL("agency", secrets.token_hex(8), probe.getsockname()[1])
    password_file = folder / "password"
    password_file.write_text(server.password)
    if account:
        os.chown(password_file, account.pw_uid, account.pw_gid)
    options = {
        "cwd": folder,
        "env": {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
        "user": account.pw_uid if account else None,
        "group": account.pw_gid if account else None,
        "extra_groups": [] if account else None,
    }
    data = folder / "data"
    security = ["--auth=scram-sha-256", f"--pwfile={password_file}"]
    subprocess.run(
        [programs / "initdb", "-D", data, "-U", server.user, "-E", "UTF8", "--no-sync", *security],
        check=True,
        capture_output=True,
        **options,
    )
    settings = {
        "listen_addresses": "127.0.0.1",
        "port": str(server.port),
        "unix_socket_directories": str(folder),
        "fsync": "off",
        "max_connections": "20",
    }
    arguments = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [programs / "postgres", "-D", data, *arguments], stdout=log, stderr=log, **options
        )
    try:
        _wait_until_ready(server, process, folder / "log")
        yield server
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_ready(server: PostgreSQL, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + 30
    while True:
        try:
            server.connect().close()
            return
        except psycopg.OperationalError:
            if process.poll() is not None or time.monotonic() > until:
                pytest.fail(f"PostgreSQL did not start:\n{log.read_text(errors='replace')}")
            time.sleep(0.1)


# --- an HTTP server ---------------------------------------------------------------------------


class HttpServer:
    """A real HTTP server; each request is kept, and answered by ``answer``."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.answer: Callable[[Request], Any] = lambda _: Response(status_code=404)
        self.url = ""

    async def respond(self, request: Request) -> Response:
        self.requests.append(request)
        answer = self.answer(request)
        return answer if isinstance(answer, Response) else JSONResponse(answer)


@contextmanager
def serving() -> Iterator[HttpServer]:
    """An HTTP server on a random port of the loopback, in a thread."""
    server = HttpServer()
    app = Starlette(routes=[Route("/{path:path}", server.respond)])
    config = uvicorn.Config(
        app, host="127.0.0.1", port=0, log_level="critical", lifespan="off", date_header=False
    )
    running = uvicorn.Server(config)
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    while not running.started:
        time.sleep(0.01)
    port = running.servers[0].sockets[0].getsockname()[1]
    server.url = f"http://127.0.0.1:{port}"
    try:
        yield server
    finally:
        running.should_exit = True
        thread.join(10)

"""The secret, the keys made from it, and the vault for what must not land.

A person's key is an HMAC under a secret that lives in the environment: without it, keys can be
neither made nor reversed by trying all candidates. The numbers themselves, and the files as
they came, lie here encrypted (AES-256-GCM, keys by HKDF-SHA-256 from the same secret), apart from
landing zone and warehouse. Who looks one up leaves a line in the access log first.

It refuses a missing, short or repetitive secret, a secret other than the one that the vault was
filled under, the sample's own secret for real data, and a look-up without who and why.
"""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import logging
import os
import secrets
import sqlite3
import stat
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO, Final, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ingestion.machine import disk_failures_told
from ingestion.settings import Settings

logger = logging.getLogger(__name__)

SECRET_LENGTH: Final = 32
_SAMPLE_MARK: Final = "# made for sample data; never use it for real people"
#: How secrets for sample data begin, wherever they are copied to.
_SAMPLE_START: Final = "sample-"
#: A secret file that is still being written.
_FRESH: Final = ".{}.{}.new"
_NEXT_STEP: Final = (
    "set SKILLS_SECRET to at least 32 random characters and keep a copy in a safe place: "
    "without it no person's key can be made again. For example: "
    "python -c 'import secrets; print(secrets.token_urlsafe(32))'"
)


class SecretError(Exception):
    """The secret is missing or unfit; the message says the next step and never the secret."""


# --- the secret -------------------------------------------------------------------------------


@disk_failures_told()
def load_secret(
    settings: Settings,
    *,
    may_create: bool,
    announce: Callable[[str], None] = logger.warning,
) -> bytes:
    """The secret of this installation: from SKILLS_SECRET, else from the secret file.

    With ``may_create`` (a run on sample data) a missing one is made in a file of mode 0600, and
    ``announce`` is told so. Without it such a file is refused, since it is not meant for real
    people. Raises SecretError.
    """
    if settings.secret is not None:
        return _fit(settings.secret.get_secret_value(), sample_allowed=may_create)
    path = settings.secret_file
    if path.exists():
        return _from_file(path, sample_allowed=may_create)
    if not may_create:
        raise SecretError(f"there is no secret: {_NEXT_STEP}")
    try:
        _write_new(path, f"{_SAMPLE_MARK}\n{_SAMPLE_START}{secrets.token_urlsafe(SECRET_LENGTH)}\n")
    except FileExistsError:  # another process was faster
        return _from_file(path, sample_allowed=may_create)
    announce(
        f"A secret for sample data was made in {path.name} (mode 0600). "
        "For real data set SKILLS_SECRET."
    )
    return _from_file(path, sample_allowed=may_create)


def _from_file(path: Path, *, sample_allowed: bool) -> bytes:
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise SecretError(f"others can read {path.name}: chmod 600 it, then change the secret")
    for leftover in path.parent.glob(_FRESH.format(path.name, "*")):
        leftover.unlink(missing_ok=True)
    lines = path.read_text(encoding="utf-8").splitlines()
    if _SAMPLE_MARK in lines and not sample_allowed:
        raise SecretError(f"{path.name} was made for sample data: {_NEXT_STEP}")
    text = "".join(line.strip() for line in lines if not line.startswith("#"))
    return _fit(text, sample_allowed=sample_allowed)


def _fit(text: str, *, sample_allowed: bool) -> bytes:
    text = text.strip()
    if text.startswith(_SAMPLE_START) and not sample_allowed:
        raise SecretError(f"this secret was made for sample data: {_NEXT_STEP}")
    if len(text) < SECRET_LENGTH or len(set(text)) < 8 or _is_pattern(text):
        raise SecretError(f"the secret is too short or too simple: {_NEXT_STEP}")
    return text.encode()


def _is_pattern(text: str) -> bool:
    """Whether it repeats a shorter text, or mostly counts up or down (abcdef…, 987654…)."""
    steps = [abs(ord(b) - ord(a)) for a, b in pairwise(text)]
    return text in (text * 2)[1:-1] or sum(step <= 1 for step in steps) > len(steps) // 2


def _write_new(path: Path, text: str) -> None:
    """Write a file that nobody else can read, whole or not at all; it must not exist yet."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = path.with_name(_FRESH.format(path.name, secrets.token_hex(8)))
    try:
        with _new_file(fresh) as file:
            file.write(text.encode())
        path.hardlink_to(fresh)  # fails where a rename would replace what another process wrote
    finally:
        fresh.unlink(missing_ok=True)
    _sync_folder(path.parent)


# --- keys -------------------------------------------------------------------------------------


def _derived(secret: bytes, purpose: str, version: int) -> bytes:
    """A key of 32 bytes for one purpose, by HKDF-SHA-256."""
    info = f"{purpose}|v{version}".encode()
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(secret)


#: Keys kept in memory, some 150 bytes each.
_PEOPLE_REMEMBERED: Final = 500_000


class KeyRing:
    """Makes keys for people and things out of normalised text.

    A key is the first eight bytes of an HMAC-SHA-256, as a signed 64-bit integer: compact enough
    to join large facts on. Among eight million people the chance of any collision is 2 in a
    million. Domains never share keys: the same digits as a phone and as an account differ.
    """

    def __init__(self, secret: bytes, version: int) -> None:
        self.version = version
        self._key = _derived(secret, "keys", version)
        self._of_people: dict[str, int] = {}

    def __repr__(self) -> str:
        return f"KeyRing(version={self.version})"

    def person_key(self, normalised: str) -> int:
        """The key of the person who holds this document number."""
        return self.key("person", normalised)

    def person_keys(self, normalised: Sequence[str]) -> list[int]:
        """The keys of many people, who come again from file to file."""
        secret, digest, number = self._key, hmac.digest, int.from_bytes
        if len(self._of_people) > _PEOPLE_REMEMBERED:
            self._of_people = {}
        known = self._of_people
        known |= {
            text: number(
                digest(secret, b"person|" + text.encode(), "sha256")[:8], "big", signed=True
            )
            for text in normalised
            if text not in known
        }
        return list(map(known.__getitem__, normalised))

    def key(self, domain: str, text: str) -> int:
        """The key of ``text`` within a domain, such as ``phone``."""
        digest = hmac.digest(self._key, f"{domain}|{text}".encode(), "sha256")
        return int.from_bytes(digest[:8], "big", signed=True)

    @property
    def fingerprint(self) -> str:
        """Tells secrets apart without giving one away."""
        return hmac.digest(self._key, b"fingerprint", "sha256")[:8].hex()


# --- the vault --------------------------------------------------------------------------------

_SCHEMA: Final = """
create table if not exists secrets (
    key_version integer primary key,
    fingerprint text not null,
    first_used_at text not null
) strict;
create table if not exists plaintexts (
    kind text not null,
    key integer not null,
    key_version integer not null,
    sealed blob not null,
    primary key (kind, key, key_version)
) strict, without rowid;
create table if not exists originals (
    sha256 text primary key,
    size integer not null,
    key_version integer not null,
    last_delivered_at text not null
) strict;
create table if not exists access_log (
    entry integer primary key autoincrement,
    at text not null,
    who text not null,
    purpose text not null,
    kind text not null,
    key text not null,
    was_found integer not null
) strict;
"""
_NONCE: Final = 12
#: So many are not offered to the database again, some 60 bytes each.
_KEYS_REMEMBERED: Final = 1_000_000
_CHUNK: Final = 1 << 20
_SEALED_CHUNK: Final = _CHUNK + 16


def _now() -> datetime:
    return datetime.now(UTC)


class Vault:
    """Plain values by key, and files as they came, encrypted; look-ups are logged.

    One object may be shared by threads. Other processes may use the same folder at once.
    """

    def __init__(
        self,
        folder: Path,
        secret: bytes,
        version: int,
        *,
        clock: Callable[[], datetime] = _now,
    ) -> None:
        """Open or make the vault. Raises SecretError when it was filled under another secret."""
        self._folder = folder
        self._originals = folder / "originals"
        self._version = version
        self._clock = clock
        self._values_key = AESGCM(_derived(secret, "vault values", version))
        self._originals_key = AESGCM(_derived(secret, "vault originals", version))
        self._lock = threading.Lock()
        #: By kind, keys whose plain values are there: nothing ever takes one away.
        self._kept: dict[str, set[int]] = {}
        self._originals.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = folder / "vault.sqlite"
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        self._database = sqlite3.connect(
            path, timeout=60, isolation_level=None, check_same_thread=False
        )
        self._database.executescript(
            "pragma journal_mode = wal; pragma synchronous = full;"
            "pragma secure_delete = on; pragma temp_store = memory;"
        )
        self._presence = os.open(folder / "vault.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            self._database.executescript(_SCHEMA)
            self._know_secret(KeyRing(secret, version).fingerprint)
            self._join()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._database.close()
        os.close(self._presence)

    def _join(self) -> None:
        """Be present beside others; whoever is alone first removes what killed runs left."""
        with suppress(BlockingIOError):
            fcntl.flock(self._presence, fcntl.LOCK_EX | fcntl.LOCK_NB)
            for partial in self._originals.glob("*.partial"):
                partial.unlink()
        fcntl.flock(self._presence, fcntl.LOCK_SH)

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._database.execute("begin immediate")
            try:
                yield self._database
                self._database.execute("commit")
            except BaseException:
                # A full or failing disk may have ended the transaction already.
                with suppress(sqlite3.Error):
                    self._database.execute("rollback")
                raise

    def _know_secret(self, fingerprint: str) -> None:
        with self._transaction() as database:
            database.execute(
                "insert or ignore into secrets values (?, ?, ?)",
                (self._version, fingerprint, self._clock().isoformat()),
            )
            (known,) = database.execute(
                "select fingerprint from secrets where key_version = ?", (self._version,)
            ).fetchone()
        if not hmac.compare_digest(known, fingerprint):
            raise SecretError(
                f"the vault was filled under another secret with key version {self._version}, so "
                "the same person would get two keys: set the former SKILLS_SECRET, or raise "
                "SKILLS_KEY_VERSION and deliver everything again"
            )

    # values

    def put_many(self, kind: str, plaintexts: Mapping[int, str]) -> int:
        """Keep the plain value of each key, unless it is there already; how many were new."""
        kept = self._kept.setdefault(kind, set())
        offered = plaintexts.keys() - kept
        with self._transaction() as database:
            database.execute("create temp table if not exists offered (key integer primary key)")
            database.execute("delete from temp.offered")
            database.executemany("insert into temp.offered values (?)", ((k,) for k in offered))
            missing = database.execute(
                "select key from temp.offered where not exists (select 1 from plaintexts as p"
                " where p.kind = ? and p.key = offered.key and p.key_version = ?)",
                (kind, self._version),
            ).fetchall()
            database.executemany(
                "insert into plaintexts values (?, ?, ?, ?)",
                (
                    (kind, key, self._version, self._sealed(kind, key, plaintexts[key]))
                    for (key,) in missing
                ),
            )
        if len(kept) < _KEYS_REMEMBERED:
            kept |= offered
        return len(missing)

    def get(self, kind: str, key: int, *, who: str, purpose: str) -> str | None:
        """The plain value of a key, or None; the access log has it before the caller does.

        Raises ValueError without who and purpose, and SecretError when the value was changed.
        """
        with self._transaction() as database:
            row = database.execute(
                "select sealed from plaintexts where kind = ? and key = ? and key_version = ?",
                (kind, key, self._version),
            ).fetchone()
            self._log(database, who, purpose, kind, str(key), was_found=row is not None)
        return None if row is None else self._opened(kind, key, row[0])

    def _about(self, kind: str, key: int) -> bytes:
        return f"{kind}|{key}|{self._version}".encode()

    def _sealed(self, kind: str, key: int, plaintext: str) -> bytes:
        nonce = os.urandom(_NONCE)
        return nonce + self._values_key.encrypt(nonce, plaintext.encode(), self._about(kind, key))

    def _opened(self, kind: str, key: int, sealed: bytes) -> str:
        about = self._about(kind, key)
        try:
            return self._values_key.decrypt(sealed[:_NONCE], sealed[_NONCE:], about).decode()
        except InvalidTag:
            raise SecretError("a value in the vault was changed: restore the vault") from None

    def _log(
        self,
        database: sqlite3.Connection,
        who: str,
        purpose: str,
        kind: str,
        key: str,
        *,
        was_found: bool,
    ) -> None:
        if not who.strip() or not purpose.strip():
            raise ValueError("say who looks, and for what purpose")
        database.execute(
            "insert into access_log (at, who, purpose, kind, key, was_found)"
            " values (?, ?, ?, ?, ?, ?)",
            (self._clock().isoformat(), who, purpose, kind, key, was_found),
        )

    # originals

    def put_original(self, path: Path, sha256: str) -> None:
        """Keep a delivered file under its hash, encrypted; again only renews its date.

        Raises ValueError when the file's content does not have that hash.
        """
        target = self._original(sha256)
        if not target.exists():
            partial = target.with_name(f"{sha256}.{secrets.token_hex(8)}.partial")
            try:
                with path.open("rb") as plain, _new_file(partial) as sealed:
                    if self._seal_file(plain, sealed, sha256) != sha256:
                        raise ValueError("the file's content does not have the hash that was given")
                partial.replace(target)
                _sync_folder(self._originals)
            finally:
                partial.unlink(missing_ok=True)
        with self._transaction() as database:
            database.execute(
                "insert into originals values (?, ?, ?, ?) on conflict (sha256)"
                " do update set last_delivered_at = excluded.last_delivered_at",
                (sha256, path.stat().st_size, self._version, self._clock().isoformat()),
            )

    def get_original(self, sha256: str, into: Path, *, who: str, purpose: str) -> bool:
        """Write a kept file's plain content to the new file ``into``; False when there is none.

        Logged like ``get``. Raises SecretError, and writes nothing, when the file was changed.
        """
        source = self._original(sha256)
        found = source.exists()
        with self._transaction() as database:
            self._log(database, who, purpose, "original", sha256, was_found=found)
        if not found:
            return False
        try:
            with source.open("rb") as sealed, _new_file(into) as plain:
                self._open_file(sealed, plain, sha256)
        except InvalidTag:
            into.unlink(missing_ok=True)
            raise SecretError("an original in the vault was changed: restore the vault") from None
        return True

    def expire_originals(self, older_than: datetime) -> int:
        """Delete the files last delivered before that time; how many there were.

        What a killed run kept without noting it goes too, once it is that old.
        """
        with self._transaction() as database:
            noted = {sha256 for (sha256,) in database.execute("select sha256 from originals")}
            for path in self._originals.iterdir():
                with suppress(FileNotFoundError):  # another process has just finished its file
                    if path.name not in noted and path.stat().st_mtime < older_than.timestamp():
                        path.unlink()
            rows = database.execute(
                "delete from originals where last_delivered_at < ? returning sha256",
                (older_than.astimezone(UTC).isoformat(),),
            ).fetchall()
            for (sha256,) in rows:
                self._original(sha256).unlink(missing_ok=True)
        return len(rows)

    def _original(self, sha256: str) -> Path:
        if len(sha256) != 64 or not set(sha256) <= set("0123456789abcdef"):
            raise ValueError("not the hexadecimal form of a SHA-256")
        return self._originals / sha256

    def _seal_file(self, plain: BinaryIO, sealed: BinaryIO, sha256: str) -> str:
        """Encrypt chunk by chunk; each is bound to its place, and the last one says so."""
        prefix = os.urandom(_NONCE - 4)
        sealed.write(prefix)
        digest = hashlib.sha256()
        chunk, place = plain.read(_CHUNK), 0
        while True:
            following = plain.read(_CHUNK)
            digest.update(chunk)
            nonce = prefix + place.to_bytes(4, "big")
            about = f"{sha256}|{'more' if following else 'last'}".encode()
            sealed.write(self._originals_key.encrypt(nonce, chunk, about))
            if not following:
                return digest.hexdigest()
            chunk, place = following, place + 1

    def _open_file(self, sealed: BinaryIO, plain: BinaryIO, sha256: str) -> None:
        prefix = sealed.read(_NONCE - 4)
        chunk, place = sealed.read(_SEALED_CHUNK), 0
        while True:
            following = sealed.read(_SEALED_CHUNK)
            nonce = prefix + place.to_bytes(4, "big")
            about = f"{sha256}|{'more' if following else 'last'}".encode()
            plain.write(self._originals_key.decrypt(nonce, chunk, about))
            if not following:
                return
            chunk, place = following, place + 1


@contextmanager
def _new_file(path: Path) -> Iterator[BinaryIO]:
    """A new file that nobody else can read, on disk when the block ends."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

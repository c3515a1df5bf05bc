"""Do keys need the secret, and does the vault keep, log and give back what must not land?"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import stat
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from ingestion.settings import Settings
from ingestion.vault import KeyRing, SecretError, Vault, load_secret

SECRET = b"an-invented-secret-of-forty-characters-!"
OTHER = b"another-invented-secret-of-forty-letters"
NOW = datetime(2025, 6, 30, 12, tzinfo=UTC)
NUMBER = "529999199003074512"
PINNED = 1_363_558_375_005_192_669


def settings(home: Path, secret: str | None = None) -> Settings:
    return Settings(home=home, secret=SecretStr(secret) if secret else None, connections={})


def open_vault(folder: Path, secret: bytes = SECRET, version: int = 1) -> Vault:
    return Vault(folder, secret, version, clock=lambda: NOW)


def log_of(folder: Path) -> list[tuple[object, ...]]:
    with sqlite3.connect(folder / "vault.sqlite") as database:
        query = "select at, who, purpose, kind, key, was_found from access_log"
        return database.execute(query).fetchall()


# --- the secret -------------------------------------------------------------------------------


def test_the_environment_gives_the_secret(tmp_path: Path) -> None:
    assert load_secret(settings(tmp_path, SECRET.decode()), may_create=False) == SECRET
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "secret",
    ["sesame", "x" * 64, "ab" * 20, " " * 40, "changeme" * 4, "0123456789abcdefghijklmnopqrstuv"],
)
def test_a_weak_secret_is_refused_and_not_repeated(tmp_path: Path, secret: str) -> None:
    with pytest.raises(SecretError, match="SKILLS_SECRET") as caught:
        load_secret(settings(tmp_path, secret), may_create=True)
    assert secret not in str(caught.value)


def test_the_sample_run_makes_a_secret_once_and_says_so(tmp_path: Path) -> None:
    said: list[str] = []
    first = load_secret(settings(tmp_path), may_create=True, announce=said.append)
    again = load_secret(settings(tmp_path), may_create=True, announce=said.append)
    assert first == again
    assert len(first) >= 32
    assert len(said) == 1
    assert first.decode() not in said[0]
    assert stat.S_IMODE((tmp_path / "secret.key").stat().st_mode) == 0o600


def test_without_a_secret_a_real_run_refuses_and_says_the_next_step(tmp_path: Path) -> None:
    with pytest.raises(SecretError, match="set SKILLS_SECRET"):
        load_secret(settings(tmp_path), may_create=False)
    assert list(tmp_path.iterdir()) == []


def test_the_samples_secret_is_refused_for_real_people(tmp_path: Path) -> None:
    load_secret(settings(tmp_path), may_create=True, announce=lambda _: None)
    with pytest.raises(SecretError, match="made for sample data"):
        load_secret(settings(tmp_path), may_create=False)


def test_the_samples_secret_is_refused_for_real_people_wherever_it_was_copied_to(
    tmp_path: Path,
) -> None:
    made = load_secret(settings(tmp_path / "a"), may_create=True, announce=lambda _: None).decode()
    assert load_secret(settings(tmp_path / "b", made), may_create=True) == made.encode()
    with pytest.raises(SecretError, match="made for sample data") as caught:
        load_secret(settings(tmp_path / "b", made), may_create=False)
    assert made not in str(caught.value)


def test_two_homes_never_share_a_secret_of_their_own(tmp_path: Path) -> None:
    homes = [tmp_path / name for name in ("a", "b", "c")]
    made = {load_secret(settings(home), may_create=True, announce=lambda _: None) for home in homes}
    assert len(made) == len(homes)


def test_a_secret_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    load_secret(settings(tmp_path), may_create=True, announce=lambda _: None)
    (tmp_path / "secret.key").chmod(0o640)
    with pytest.raises(SecretError, match="chmod 600"):
        load_secret(settings(tmp_path), may_create=True)


def test_a_secret_file_of_ones_own_serves_a_real_run(tmp_path: Path) -> None:
    path = tmp_path / "secret.key"
    path.write_bytes(SECRET + b"\n")
    path.chmod(0o600)
    assert load_secret(settings(tmp_path), may_create=False) == SECRET


# --- keys -------------------------------------------------------------------------------------


def test_keys_are_stable_and_depend_on_secret_version_domain_and_text() -> None:
    ring = KeyRing(SECRET, 1)
    key = ring.person_key(NUMBER)
    assert key == KeyRing(SECRET, 1).person_key(NUMBER) == ring.key("person", NUMBER)
    others = {
        KeyRing(OTHER, 1).person_key(NUMBER),
        KeyRing(SECRET, 2).person_key(NUMBER),
        ring.key("phone", NUMBER),
        ring.person_key(NUMBER[:-1]),
    }
    assert len(others | {key}) == 5


def test_keys_never_change_between_releases() -> None:
    """Landed keys are for ever: a change here would split every person in two."""
    assert KeyRing(SECRET, 1).person_key("52999919900307451X") == PINNED


@given(st.text(max_size=30))
def test_keys_fit_a_signed_column_of_64_bits(text: str) -> None:
    assert -(2**63) <= KeyRing(SECRET, 1).key("name", text) < 2**63


def test_a_plain_hash_of_the_number_does_not_give_the_key() -> None:
    digests = [hashlib.sha256(t).digest() for t in (NUMBER.encode(), b"person|" + NUMBER.encode())]
    plain = {int.from_bytes(digest[:8], "big", signed=True) for digest in digests}
    assert KeyRing(SECRET, 1).person_key(NUMBER) not in plain


def test_a_key_ring_shows_no_secret() -> None:
    ring = KeyRing(SECRET, 1)
    assert SECRET.decode() not in f"{ring!r} {ring.fingerprint}"
    assert ring.fingerprint != KeyRing(OTHER, 1).fingerprint


# --- values -----------------------------------------------------------------------------------


def test_the_vault_gives_back_what_was_put_and_logs_every_look_up(tmp_path: Path) -> None:
    with open_vault(tmp_path) as vault:
        assert vault.put_many("person", {1: NUMBER, -5: "H12345679"}) == 2
        assert vault.get("person", -5, who="auditor", purpose="case 12") == "H12345679"
        assert vault.get("person", 7, who="auditor", purpose="case 12") is None
        assert vault.get("phone", 1, who="auditor", purpose="case 12") is None
    at = NOW.isoformat()
    assert log_of(tmp_path) == [
        (at, "auditor", "case 12", "person", "-5", 1),
        (at, "auditor", "case 12", "person", "7", 0),
        (at, "auditor", "case 12", "phone", "1", 0),
    ]


def test_putting_again_changes_nothing(tmp_path: Path) -> None:
    with open_vault(tmp_path) as vault:
        vault.put_many("person", {1: NUMBER})
        assert vault.put_many("person", {1: "another", 2: "H12345679"}) == 1
        assert vault.put_many("person", {}) == 0
        assert vault.get("person", 1, who="w", purpose="p") == NUMBER


@pytest.mark.parametrize(("who", "purpose"), [("", "case 12"), ("auditor", " ")])
def test_nobody_looks_without_name_and_purpose(tmp_path: Path, who: str, purpose: str) -> None:
    with open_vault(tmp_path) as vault:
        vault.put_many("person", {1: NUMBER})
        with pytest.raises(ValueError, match="who looks"):
            vault.get("person", 1, who=who, purpose=purpose)


def test_no_byte_of_the_vault_holds_a_plain_value(tmp_path: Path) -> None:
    original = tmp_path / "ledger.csv"
    original.write_text(f"姓名,{NUMBER}\n" * 1000)
    folder = tmp_path / "vault"
    with open_vault(folder) as vault:
        vault.put_many("person", {1: NUMBER})
        vault.put_original(original, hashlib.sha256(original.read_bytes()).hexdigest())
        everything = b"".join(p.read_bytes() for p in folder.rglob("*") if p.is_file())
    assert NUMBER.encode() not in everything
    assert SECRET not in everything


def test_only_the_owner_can_read_the_vault(tmp_path: Path) -> None:
    folder = tmp_path / "vault"
    former = os.umask(0)
    try:
        with open_vault(folder) as vault:
            vault.put_many("person", {1: NUMBER})
            modes = {stat.S_IMODE(p.stat().st_mode) for p in folder.iterdir() if p.is_file()}
    finally:
        os.umask(former)
    assert modes == {0o600}
    assert stat.S_IMODE((folder / "originals").stat().st_mode) == 0o700


def test_a_value_moved_to_another_key_is_noticed(tmp_path: Path) -> None:
    with open_vault(tmp_path) as vault:
        vault.put_many("person", {1: NUMBER, 2: "H12345679"})
        with sqlite3.connect(tmp_path / "vault.sqlite") as database:
            database.execute(
                "update plaintexts set sealed ="
                " (select sealed from plaintexts where key = 2) where key = 1"
            )
        with pytest.raises(SecretError, match="was changed"):
            vault.get("person", 1, who="w", purpose="p")


def test_another_secret_is_refused_rather_than_splitting_every_person(tmp_path: Path) -> None:
    open_vault(tmp_path).close()
    with pytest.raises(SecretError, match="another secret"):
        open_vault(tmp_path, OTHER)
    open_vault(tmp_path, OTHER, version=2).close()
    open_vault(tmp_path).close()


def test_threads_share_a_vault(tmp_path: Path) -> None:
    def put(start: int) -> None:
        vault.put_many("person", {key: str(key) for key in range(start, start + 500)})

    with open_vault(tmp_path) as vault, open_vault(tmp_path) as second:
        threads = [threading.Thread(target=put, args=(100 * i,)) for i in range(4)]
        for thread in threads:
            thread.start()
        second.put_many("person", {9_000: "9000"})
        for thread in threads:
            thread.join()
        assert second.get("person", 799, who="w", purpose="p") == "799"
        assert vault.get("person", 9_000, who="w", purpose="p") == "9000"


# --- originals --------------------------------------------------------------------------------

MEBIBYTE = 1 << 20


@pytest.mark.parametrize("size", [0, 1, MEBIBYTE - 1, MEBIBYTE, MEBIBYTE + 1, 3 * MEBIBYTE])
def test_an_original_comes_back_to_the_byte(tmp_path: Path, size: int) -> None:
    original, copy = tmp_path / "original", tmp_path / "copy"
    original.write_bytes(os.urandom(size))
    sha256 = hashlib.sha256(original.read_bytes()).hexdigest()
    with open_vault(tmp_path / "vault") as vault:
        vault.put_original(original, sha256)
        vault.put_original(original, sha256)
        assert vault.get_original(sha256, copy, who="auditor", purpose="case 12")
    assert copy.read_bytes() == original.read_bytes()
    assert [row[1:] for row in log_of(tmp_path / "vault")] == [
        ("auditor", "case 12", "original", sha256, 1)
    ]


def stored(tmp_path: Path, content: bytes, now: datetime = NOW) -> tuple[Path, str]:
    """A vault's folder that keeps one original, and its hash."""
    original = tmp_path / "original"
    original.write_bytes(content)
    sha256 = hashlib.sha256(content).hexdigest()
    with Vault(tmp_path / "vault", SECRET, 1, clock=lambda: now) as vault:
        vault.put_original(original, sha256)
    return tmp_path / "vault", sha256


@pytest.mark.parametrize("damage", ["flip", "cut a chunk", "swap chunks"])
def test_a_damaged_original_is_never_handed_out(tmp_path: Path, damage: str) -> None:
    folder, sha256 = stored(tmp_path, os.urandom(2 * MEBIBYTE + 5))
    sealed_file = folder / "originals" / sha256
    sealed = bytearray(sealed_file.read_bytes())
    chunk = MEBIBYTE + 16
    match damage:
        case "flip":
            sealed[100] ^= 1
        case "cut a chunk":
            del sealed[8 + 2 * chunk :]
        case "swap chunks":
            sealed[8:] = sealed[8 + chunk : 8 + 2 * chunk] + sealed[8 : 8 + chunk] + sealed[-21:]
    sealed_file.write_bytes(sealed)
    with open_vault(folder) as vault, pytest.raises(SecretError, match="was changed"):
        vault.get_original(sha256, tmp_path / "copy", who="w", purpose="p")
    assert not (tmp_path / "copy").exists()


def test_content_under_a_foreign_hash_is_refused(tmp_path: Path) -> None:
    original = tmp_path / "original"
    original.write_bytes(b"one")
    with open_vault(tmp_path / "vault") as vault:
        with pytest.raises(ValueError, match="does not have the hash"):
            vault.put_original(original, hashlib.sha256(b"two").hexdigest())
        with pytest.raises(ValueError, match="SHA-256"):
            vault.put_original(original, "../../etc/passwd")
        assert not vault.get_original("0" * 64, tmp_path / "copy", who="w", purpose="p")
    assert list((tmp_path / "vault" / "originals").iterdir()) == []


def test_originals_expire_by_their_last_delivery(tmp_path: Path) -> None:
    folder, sha256 = stored(tmp_path, b"ledger", NOW - timedelta(days=1200))
    unnoted = folder / "originals" / ("0" * 64)
    unnoted.write_bytes(b"kept by a run that was killed before it noted it")
    os.utime(unnoted, (0, 0))
    stored(tmp_path, b"ledger", NOW - timedelta(days=10))
    with open_vault(folder) as vault:
        assert vault.expire_originals(NOW - timedelta(days=1096)) == 0
        assert [path.name for path in (folder / "originals").iterdir()] == [sha256]
        assert vault.expire_originals(NOW) == 1
    assert list((folder / "originals").iterdir()) == []


def test_half_an_original_goes_as_soon_as_nobody_can_be_writing_it(tmp_path: Path) -> None:
    folder = tmp_path / "vault"
    with open_vault(folder):
        partial = folder / "originals" / f"{'0' * 64}.0.partial"
        partial.write_bytes(b"perhaps another process is writing this")
        with open_vault(folder):
            assert partial.exists()
    with open_vault(folder):
        assert not partial.exists()

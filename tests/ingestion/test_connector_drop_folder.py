"""Do we take every file that belongs to a feed, once it is whole, and nothing else?"""

from __future__ import annotations

import hashlib
import os
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import fsspec
import pytest

from ingestion.connectors.drop_folder import Candidate, DropFolder, Listing
from ingestion.contract import FeedContract, load_contracts
from ingestion.reasons import Breach, BreachCode

NOW = datetime(2025, 6, 30, 4, tzinfo=UTC)
LONG_AGO = datetime(2025, 6, 10, 1, 30, tzinfo=UTC)
LEDGERS = "county/training_ledgers"
PLANS = "department/annual_plans"


@pytest.fixture(scope="module")
def contracts() -> dict[str, FeedContract]:
    return load_contracts()


@pytest.fixture
def drop(tmp_path: Path) -> Path:
    folder = tmp_path / "drop"
    folder.mkdir()
    return folder


def put(drop: Path, name: str, content: bytes = b"x", at: datetime = LONG_AGO) -> Path:
    path = drop / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    os.utime(path, (at.timestamp(), at.timestamp()))
    return path


def folder_at(url: object, sleep: Callable[[float], None] = lambda _: None) -> DropFolder:
    return DropFolder(str(url), stability_seconds=0, clock=lambda: NOW, sleep=sleep)


def names(listing: Listing, feed: str = LEDGERS) -> list[str]:
    return [candidate.name for candidate in listing.deliveries[feed]]


def only(listing: Listing, feed: str = LEDGERS) -> Candidate:
    (candidate,) = listing.deliveries[feed]
    return candidate


# --- what belongs to a feed -------------------------------------------------------------------


def test_files_belong_to_the_feed_of_their_folder(
    drop: Path, contracts: dict[str, FeedContract]
) -> None:
    put(drop, f"{LEDGERS}/红花岗区/2024/台账6月.xlsx")
    put(drop, f"{LEDGERS}/汇川区.csv")
    put(drop, f"{PLANS}/计划.xls")
    listing = folder_at(drop).scan(contracts)
    assert names(listing) == ["汇川区.csv", "红花岗区/2024/台账6月.xlsx"]
    assert names(listing, PLANS) == ["计划.xls"]
    assert listing.deliveries["hrss/talent_stock"] == []
    assert (listing.unmatched, listing.faults, listing.unsettled) == ([], [], [])


def test_a_delivery_is_a_private_copy_with_what_its_place_says(
    drop: Path, tmp_path: Path, contracts: dict[str, FeedContract]
) -> None:
    content = os.urandom(3 << 20)
    original = put(drop, f"{LEDGERS}/红花岗区/2024/台账.6月.xlsx", content)
    folder = folder_at(drop)
    delivery = folder.fetch(only(folder.scan(contracts)), tmp_path / "staging")
    assert delivery.path.read_bytes() == content
    assert delivery.path.stat().st_mode & 0o077 == 0
    assert delivery.path.name == delivery.sha256 == hashlib.sha256(content).hexdigest()
    assert delivery.size == len(content)
    assert delivery.hints == ("红花岗区", "2024", "台账.6月")
    assert delivery.delivered_at == LONG_AGO
    assert delivery.declared_reason is None
    assert original.read_bytes() == content
    assert [path.name for path in (tmp_path / "staging").iterdir()] == [delivery.sha256]


def test_files_of_no_feed_are_listed(drop: Path, contracts: dict[str, FeedContract]) -> None:
    for name in (
        "台账.xlsx",
        "county/台账.xlsx",
        "county/training_ledger/台账.xlsx",
        "hrss/enrolments/学员.csv",  # comes from a database
        "public/published_figures/x.csv",  # comes with the repository
        f"{LEDGERS}/没有这个文件.xlsx.reason.txt",
    ):
        put(drop, name)
    listing = folder_at(drop).scan(contracts)
    assert listing.unmatched == sorted(listing.unmatched)
    assert len(listing.unmatched) == 6
    assert names(listing) == []


def test_some_feeds_alone_can_be_listed_and_the_rest_stays_known(
    drop: Path, contracts: dict[str, FeedContract]
) -> None:
    put(drop, f"{LEDGERS}/汇川区.csv")
    put(drop, f"{PLANS}/计划.xls")
    put(drop, "else.csv")
    listing = folder_at(drop).scan(contracts, frozenset({PLANS}))
    assert set(listing.deliveries) == {PLANS}
    assert listing.unmatched == ["else.csv"]


@pytest.mark.parametrize(
    "name",
    [
        "~$台账.xlsx",
        ".台账.xlsx",
        ".~lock.台账.xlsx#",
        "台账.xlsx.part",
        "台账.xlsx.crdownload",
        "台账.TMP",
        "Thumbs.db",
        ".git/台账.xlsx",
        "__MACOSX/台账.xlsx",
    ],
)
def test_what_programs_leave_behind_is_passed_over(
    drop: Path, contracts: dict[str, FeedContract], name: str
) -> None:
    put(drop, f"{LEDGERS}/{name}")
    listing = folder_at(drop).scan(contracts)
    assert (names(listing), listing.unmatched, listing.faults) == ([], [], [])


def test_the_drop_folder_is_never_changed(
    drop: Path, tmp_path: Path, contracts: dict[str, FeedContract]
) -> None:
    put(drop, f"{LEDGERS}/汇川区.csv", b"rows")
    put(drop, f"{LEDGERS}/汇川区.csv.reason.txt", "合并上报".encode())
    put(drop, f"{LEDGERS}/~$汇川区.csv")
    before = {path: path.stat().st_mtime_ns for path in drop.rglob("*")}
    folder = folder_at(drop)
    folder.fetch(only(folder.scan(contracts)), tmp_path / "staging")
    assert {path: path.stat().st_mtime_ns for path in drop.rglob("*")} == before


# --- reason files -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("本月核减重复人员\r\n共12人。\n".encode("gb18030"), "本月核减重复人员 共12人。"),
        ("\ufeff本月核减".encode(), "本月核减"),
        (b" \n", None),
        (b"\xff\xff\x00", None),
    ],
)
def test_a_reason_file_goes_with_its_file(
    drop: Path,
    tmp_path: Path,
    contracts: dict[str, FeedContract],
    content: bytes,
    reason: str | None,
) -> None:
    put(drop, f"{LEDGERS}/汇川区.csv")
    put(drop, f"{LEDGERS}/汇川区.csv.reason.txt", content)
    folder = folder_at(drop)
    listing = folder.scan(contracts)
    assert folder.fetch(only(listing), tmp_path / "staging").declared_reason == reason
    assert listing.unmatched == []


def test_a_reason_given_later_makes_the_file_new(
    drop: Path, contracts: dict[str, FeedContract]
) -> None:
    """A refused delivery, known by name, time and size, is to be tried again with its reason."""
    put(drop, f"{LEDGERS}/汇川区.csv")
    before = only(folder_at(drop).scan(contracts))
    later = LONG_AGO + timedelta(days=1)
    put(drop, f"{LEDGERS}/汇川区.csv.reason.txt", at=later)
    after = only(folder_at(drop).scan(contracts))
    assert (before.modified_at, after.modified_at) == (LONG_AGO, later)
    assert (before.name, before.size) == (after.name, after.size)


# --- files being written ----------------------------------------------------------------------


def test_a_file_still_being_written_is_left_for_the_next_run(
    drop: Path, contracts: dict[str, FeedContract]
) -> None:
    growing = put(drop, f"{LEDGERS}/汇川区.csv", b"half", NOW - timedelta(seconds=3))
    put(drop, f"{LEDGERS}/播州区.csv", b"whole", NOW - timedelta(seconds=3))
    put(drop, f"{LEDGERS}/余庆县.csv", b"going", NOW - timedelta(seconds=3))

    def meanwhile(_: float) -> None:
        put(drop, f"{LEDGERS}/汇川区.csv", b"half and more", NOW)
        (drop / LEDGERS / "余庆县.csv").unlink()

    listing = folder_at(drop, sleep=meanwhile).scan(contracts)
    assert names(listing) == ["播州区.csv"]
    assert listing.unsettled == [f"{LEDGERS}/余庆县.csv", f"{LEDGERS}/汇川区.csv"]
    assert names(folder_at(drop).scan(contracts)) == ["播州区.csv", "汇川区.csv"]
    assert growing.exists()


def test_old_files_cost_no_waiting(drop: Path, contracts: dict[str, FeedContract]) -> None:
    put(drop, f"{LEDGERS}/汇川区.csv")
    waits: list[float] = []
    assert names(folder_at(drop, sleep=waits.append).scan(contracts)) == ["汇川区.csv"]
    assert waits == []
    put(drop, f"{LEDGERS}/汇川区.csv", at=NOW)
    assert names(folder_at(drop, sleep=waits.append).scan(contracts)) == ["汇川区.csv"]
    assert waits == [0]


@pytest.mark.parametrize("content", [b"other", b"longer than before"])
def test_a_file_that_changed_after_it_was_listed_is_not_fetched(
    drop: Path, tmp_path: Path, contracts: dict[str, FeedContract], content: bytes
) -> None:
    put(drop, f"{LEDGERS}/汇川区.csv", b"first")
    folder = folder_at(drop)
    candidate = only(folder.scan(contracts))
    put(drop, f"{LEDGERS}/汇川区.csv", content, NOW)
    with pytest.raises(Breach) as caught:
        folder.fetch(candidate, tmp_path / "staging")
    assert caught.value.code is BreachCode.SOURCE_INCONSISTENT
    assert list((tmp_path / "staging").glob("*")) == []


def test_a_file_that_went_away_is_told_without_its_path_and_tried_again(
    drop: Path, tmp_path: Path, contracts: dict[str, FeedContract]
) -> None:
    path = put(drop, f"{LEDGERS}/汇川区.csv")
    folder = folder_at(drop)
    candidate = only(folder.scan(contracts))
    path.unlink()
    with pytest.raises(Breach) as caught:
        folder.fetch(candidate, tmp_path / "staging")
    assert caught.value.code is BreachCode.SOURCE_UNREACHABLE
    assert str(drop) not in str(caught.value)


# --- hostile entries --------------------------------------------------------------------------


def test_links_pipes_and_large_files_are_reported_and_left_alone(
    drop: Path, tmp_path: Path, contracts: dict[str, FeedContract]
) -> None:
    elsewhere = put(tmp_path, "elsewhere/secret.csv")
    ledgers = put(drop, f"{LEDGERS}/good.csv").parent
    (ledgers / "linked.csv").symlink_to(elsewhere)
    (ledgers / "linked_folder").symlink_to(elsewhere.parent)
    (ledgers / "dangling.csv").symlink_to(tmp_path / "nowhere")
    os.mkfifo(ledgers / "pipe.csv")
    put(drop, f"{LEDGERS}/large.csv", b"x" * 2048)
    folder = DropFolder(str(drop), stability_seconds=0, largest_bytes=2047, clock=lambda: NOW)
    listing = folder.scan(contracts)
    assert names(listing) == ["good.csv"]
    assert {fault.candidate.name: fault.breach.code for fault in listing.faults} == {
        "dangling.csv": BreachCode.FILE_NOT_REGULAR,
        "large.csv": BreachCode.FILE_TOO_LARGE,
        "linked.csv": BreachCode.FILE_NOT_REGULAR,
        "linked_folder": BreachCode.FILE_NOT_REGULAR,
        "pipe.csv": BreachCode.FILE_NOT_REGULAR,
    }


@pytest.mark.parametrize("trap", ["link", "pipe"])
def test_a_trap_put_in_a_files_place_after_listing_is_not_opened(
    drop: Path, tmp_path: Path, contracts: dict[str, FeedContract], trap: str
) -> None:
    elsewhere = put(tmp_path, "elsewhere/secret.csv")
    path = put(drop, f"{LEDGERS}/汇川区.csv")
    folder = folder_at(drop)
    candidate = only(folder.scan(contracts))
    path.unlink()
    if trap == "link":
        path.symlink_to(elsewhere)
    else:
        os.mkfifo(path)
    with pytest.raises(Breach):
        folder.fetch(candidate, tmp_path / "staging")


def test_a_reason_that_is_a_link_is_not_followed(
    drop: Path, tmp_path: Path, contracts: dict[str, FeedContract]
) -> None:
    path = put(drop, f"{LEDGERS}/汇川区.csv")
    path.with_name("汇川区.csv.reason.txt").symlink_to(put(tmp_path, "secret", b"a secret"))
    folder = folder_at(drop)
    assert folder.fetch(only(folder.scan(contracts)), tmp_path / "s").declared_reason is None


def test_folders_without_end_are_not_followed_down(
    drop: Path, contracts: dict[str, FeedContract]
) -> None:
    put(drop, f"{LEDGERS}/{'/'.join('d' * 30)}/台账.csv")
    listing = folder_at(drop).scan(contracts)
    assert names(listing) == []
    assert [fault.breach.code for fault in listing.faults] == [BreachCode.FILE_NOT_REGULAR]


def test_a_folder_that_cannot_be_listed_does_not_stop_the_others(
    drop: Path, contracts: dict[str, FeedContract], monkeypatch: pytest.MonkeyPatch
) -> None:
    put(drop, f"{LEDGERS}/汇川区/台账.csv")
    put(drop, f"{PLANS}/计划.xls")
    folder = folder_at(drop)
    listed = folder._files.ls

    def ls(path: str, detail: bool) -> object:
        if path.endswith("汇川区"):
            raise PermissionError(13, "Permission denied", path)
        return listed(path, detail=detail)

    monkeypatch.setattr(folder._files, "ls", ls)
    listing = folder.scan(contracts)
    assert names(listing, PLANS) == ["计划.xls"]
    assert [(f.candidate.name, f.breach.code) for f in listing.faults] == [
        ("汇川区", BreachCode.SOURCE_UNREACHABLE)
    ]


# --- names ------------------------------------------------------------------------------------


def test_a_gbk_name_is_read_as_it_was_meant(
    drop: Path, tmp_path: Path, contracts: dict[str, FeedContract]
) -> None:
    folder_name = os.fsencode(put(drop, f"{LEDGERS}/keep.csv").parent)
    raw = folder_name + b"/" + "红花岗区2024年6月.csv".encode("gb18030")
    Path(os.fsdecode(raw)).write_bytes(b"rows")
    folder = folder_at(drop)
    candidate = folder.scan(contracts).deliveries[LEDGERS][-1]
    assert candidate.name == "红花岗区2024年6月.csv"
    assert candidate.hints == ("红花岗区2024年6月",)
    assert folder.fetch(candidate, tmp_path / "staging").path.read_bytes() == b"rows"


def test_two_names_that_read_the_same_stay_two(
    drop: Path, contracts: dict[str, FeedContract]
) -> None:
    put(drop, f"{LEDGERS}/台账.csv")
    gbk = os.fsencode(drop / LEDGERS) + b"/" + "台账.csv".encode("gb18030")
    Path(os.fsdecode(gbk)).write_bytes(b"rows")
    found = names(folder_at(drop).scan(contracts))
    assert len(set(found)) == 2
    assert "台账.csv" in found


@pytest.mark.parametrize(
    "name",
    [
        "a\nb.csv",
        "a\x1b[31mb.csv",
        "a\u202egpj.csv",
        "长" * 80 + ".csv",
        "a'); drop table x; --.csv",
        "a[1]*?.csv",
        "~台账.csv",
        "{a}.csv",
        "a#b?c%20.csv",
        " .csv",
    ],
)
def test_any_name_is_fetched_and_fit_to_print(
    drop: Path, tmp_path: Path, contracts: dict[str, FeedContract], name: str
) -> None:
    put(drop, f"{LEDGERS}/{name}", b"rows")
    folder = folder_at(drop)
    candidate = only(folder.scan(contracts))
    assert candidate.name.isprintable()
    assert len(candidate.name) <= 120
    assert candidate.hints == (name.removesuffix(".csv") or name,)
    assert folder.fetch(candidate, tmp_path / "staging").path.read_bytes() == b"rows"


def test_long_names_that_differ_at_the_end_stay_different(
    drop: Path, contracts: dict[str, FeedContract]
) -> None:
    for end in "一二":
        put(drop, f"{LEDGERS}/{'x' * 200}{end}{'y' * 20}.csv")
    found = names(folder_at(drop).scan(contracts))
    assert len(set(found)) == 2


# --- other file systems -----------------------------------------------------------------------


def test_a_file_url_is_the_folder_itself(drop: Path, contracts: dict[str, FeedContract]) -> None:
    put(drop, f"{LEDGERS}/汇川区.csv")
    assert names(folder_at(f"file://{drop}").scan(contracts)) == ["汇川区.csv"]
    assert names(folder_at(f"{drop}/").scan(contracts)) == ["汇川区.csv"]


def test_any_fsspec_file_system_serves(tmp_path: Path, contracts: dict[str, FeedContract]) -> None:
    root = f"/drop-{uuid.uuid4().hex}"
    memory = fsspec.filesystem("memory")
    memory.pipe(f"{root}/{LEDGERS}/汇川区/6月.csv", b"rows")
    memory.pipe(f"{root}/{LEDGERS}/汇川区/6月.csv.reason.txt", "核减".encode())
    memory.pipe(f"{root}/stray.csv", b"rows")
    folder = DropFolder(f"memory:/{root}", stability_seconds=0)
    listing = folder.scan(contracts)
    delivery = folder.fetch(only(listing), tmp_path / "staging")
    assert (delivery.name, delivery.hints) == ("汇川区/6月.csv", ("汇川区", "6月"))
    assert delivery.path.read_bytes() == b"rows"
    assert delivery.declared_reason == "核减"
    assert delivery.delivered_at <= datetime.now(UTC)
    assert listing.unmatched == ["stray.csv"]


def test_a_file_that_grew_on_a_remote_system_is_not_taken(
    tmp_path: Path, contracts: dict[str, FeedContract]
) -> None:
    root = f"/drop-{uuid.uuid4().hex}"
    memory = fsspec.filesystem("memory")
    memory.pipe(f"{root}/{LEDGERS}/6月.csv", b"half")
    folder = DropFolder(f"memory:/{root}", stability_seconds=0)
    candidate = only(folder.scan(contracts))
    memory.pipe(f"{root}/{LEDGERS}/6月.csv", b"half and more")
    with pytest.raises(Breach) as caught:
        folder.fetch(candidate, tmp_path / "staging")
    assert caught.value.code is BreachCode.SOURCE_INCONSISTENT
    assert list((tmp_path / "staging").iterdir()) == []


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("/no/such/folder-hunter2", BreachCode.SOURCE_UNREACHABLE),
        ("memory://no-such-folder-hunter2", BreachCode.SOURCE_UNREACHABLE),
        ("ftp://user:hunter2@127.0.0.1:1/drop", BreachCode.SOURCE_UNREACHABLE),
        ("nosuch://user:hunter2@host/drop", BreachCode.SETTING_MISSING),
    ],
)
def test_a_folder_that_is_not_there_is_refused_without_its_address(
    contracts: dict[str, FeedContract], url: str, code: BreachCode
) -> None:
    with pytest.raises(Breach) as caught:
        folder_at(url).scan(contracts)
    assert caught.value.code is code
    assert "hunter2" not in str(caught.value)
    assert "127.0.0.1" not in str(caught.value)
    assert "SKILLS_DROP" in caught.value.message

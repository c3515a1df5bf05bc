"""Does a crew of children take in what this process would, and leave nobody behind?"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from installations import surroundings
from processes import family, happens, kill, living
from pydantic import SecretStr

from ingestion import crew as crews
from ingestion.connectors import Delivery, named_by_content
from ingestion.contract import FeedContract, load_contracts
from ingestion.crew import Crew
from ingestion.deliver import FeedReport, deliver_feed
from ingestion.identity import check_digit
from ingestion.intake import Terms, take_in
from ingestion.landing import Manifest, Zone
from ingestion.reasons import Breach, BreachCode
from ingestion.settings import Settings
from ingestion.vault import KeyRing

NOW = datetime(2024, 9, 10, 2, tzinfo=UTC)
KEY_MATERIAL = "a secret for tests, of invented people"
FILES, ROWS = 6, 600
HEADER = ("attendance_no", "enrolment_no", "class_no", "person_id_no", "session_on", "session_no",
          "hours", "status", "updated_at")  # fmt: skip


def contract() -> FeedContract:
    found = load_contracts()["hrss/attendance"].by_file
    assert found is not None
    return found


def export(day: int) -> bytes:
    """A day's sign-ins; every hundredth has a day that does not exist."""
    lines = [[contract().column(name).title_zh for name in HEADER]]
    for row in range(ROWS):
        number = f"52999919800101{row:03d}"
        on = "2024-02-31" if row % 100 == 99 else f"2024-05-{day:02d}"
        lines.append([f"K{day:02d}{row:04d}", f"BM{row:04d}", "C1", number + check_digit(number),
                      on, "1", "4", "出勤", f"2024-05-{day:02d} 18:00:00"])  # fmt: skip
    return "\n".join(map(",".join, lines)).encode("gb18030")


@pytest.fixture
def drop(tmp_path: Path) -> Path:
    """Exports of some days, and what is none."""
    folder = tmp_path / "drop" / contract().agency / contract().feed
    folder.mkdir(parents=True)
    for day in range(1, FILES + 1):
        (folder / f"2024-05-{day:02d}.csv").write_bytes(export(day))
    (folder / "2024-06-01.csv").write_bytes(b"PK\x03\x04" + bytes(40_000))
    return tmp_path / "drop"


def delivered(drop: Path, home: Path) -> tuple[FeedReport, Settings]:
    settings = Settings(home=home, drop=str(drop), secret=SecretStr(KEY_MATERIAL), connections={})
    return deliver_feed(contract(), settings, now=NOW), settings


def test_a_crew_lands_what_this_process_would(
    drop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, alone = delivered(drop, tmp_path / "here")
    started: list[Crew] = []
    monkeypatch.setattr(crews, "FEWEST_FILES", 2)
    monkeypatch.setattr(Crew, "__enter__", lambda crew: started.append(crew) or crew)
    together, crewed = delivered(drop, tmp_path / "crew")
    assert len(started) == 1
    assert list(map(str, together.outcomes)) == list(map(str, here.outcomes))
    assert together.rows_landed == FILES * (ROWS - ROWS // 100)
    assert {breach.code for breach in together.breaches} == {BreachCode.FILE_UNREADABLE}
    with Manifest(alone.manifest) as one, Manifest(crewed.manifest) as other:
        assert one.deliveries() == other.deliveries()
        assert one.batches() == other.batches()
    for path in sorted(alone.landing.rglob("*.parquet")):
        twin = crewed.landing / path.relative_to(alone.landing)
        assert path.read_bytes() == twin.read_bytes()


def test_what_waits_for_the_vault_is_written_once(tmp_path: Path) -> None:
    """A disk that fails while its end is written again would leave it without one."""
    taken = take_in(delivery(tmp_path / "1", export(1)), terms(), 1, tmp_path / "1")
    (parked,) = taken.parked
    assert parked.secrets.read_bytes().count(b"ARROW1") == 2  # where it begins and where it ends


# --- when somebody is killed ------------------------------------------------------------------


@pytest.fixture
def zone(tmp_path: Path) -> Zone:
    return Zone(Settings(home=tmp_path / "home", secret=SecretStr(KEY_MATERIAL)), contract())


def delivery(folder: Path, content: bytes) -> Delivery:
    folder.mkdir()
    (folder / "partial").write_bytes(content)
    path, sha256, size = named_by_content(folder / "partial")
    return Delivery("2024-05-01.csv", path, sha256, size, NOW)


def terms() -> Terms:
    return Terms(contract(), KeyRing(KEY_MATERIAL.encode(), 1), NOW)


def test_a_child_that_is_killed_costs_one_delivery(zone: Zone, tmp_path: Path) -> None:
    offered = delivery(tmp_path / "1", export(1))
    others = family(os.getpid())
    with zone.held() as hold, Crew(1, terms(), hold) as crew:
        kill(family(os.getpid()) - others)
        with pytest.raises(Breach) as caught:
            crew.take_in(offered, 1, tmp_path / "1")
        assert caught.value.code is BreachCode.READER_LIMIT
        assert crew.take_in(offered, 1, tmp_path / "1").rows_delivered == ROWS
        children = family(os.getpid()) - others
        assert len(children) == 1
    assert not living(children)


HOLDER = """
import sys, time
from pathlib import Path
from test_crew import Crew, Settings, Zone, contract, terms
with Zone(Settings(home=Path(sys.argv[1])), contract()).held() as hold, Crew(2, terms(), hold):
    print("ready", flush=True)
    time.sleep(600)
"""


def test_a_crew_ends_when_its_parent_is_killed_and_holds_the_feed_until_then(
    zone: Zone, tmp_path: Path
) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path / "home")],
        env=surroundings() | {"PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "ready\n"
        children = family(holder.pid) - {next(p for p in family(holder.pid) if p.pid == holder.pid)}
        assert len(children) == 2
        for child in children:
            os.kill(child.pid, signal.SIGSTOP)
    finally:
        holder.kill()
        holder.wait()
    entered = threading.Event()

    def enter() -> None:
        with zone.held():
            entered.set()

    waiting = threading.Thread(target=enter)
    waiting.start()
    assert not entered.wait(0.5)
    for child in children:
        os.kill(child.pid, signal.SIGCONT)
    assert entered.wait(20)
    waiting.join()
    assert happens(lambda: not living(children), within=20)

"""Does any sequence of deliveries, corrections, renames and kills end in the truth?

A state machine delivers small ledgers of two counties, corrects, withdraws, resends and renames
them, kills runs around their commit, and holds the landing zone against a plain reference.
"""

from __future__ import annotations

import csv
import io
import os
import shutil
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, Literal

import pyarrow.parquet as pq
import pytest
from campaign import IS_LONG, repeated
from clerks import LEDGER_HEADER, resident_number
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from layouts import LEDGER
from pydantic import SecretStr

from ingestion.deliver import deliver_feed
from ingestion.history import History
from ingestion.landing import BatchRecord, Manifest, Zone
from ingestion.settings import Settings
from ingestion.vault import KeyRing
from ingestion.verification import assert_intact

BLOCKS: Final = repeated(2, 40)
HISTORIES: Final = repeated(5, 10)
STEPS: Final = 12
_MATERIAL: Final = "a secret for tests, of invented people"
_KEYS: Final = KeyRing(_MATERIAL.encode(), 1)
_UNITS: Final = {"仁怀市": "520382|2024", "习水县": "520330|2024"}
_KILLED: Final = 77

Moment = Literal["before a file is written", "before the commit", "after the commit"]
People = frozenset[int]


class Histories(RuleBasedStateMachine):
    """What was delivered, and what therefore is the truth."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.settings = Settings(
            home=self.folder / "home",
            drop=str(self.folder / "drop"),
            secret=SecretStr(_MATERIAL),
            connections={},
        )
        self.feed = self.folder / "drop" / LEDGER.agency / LEDGER.feed
        self.feed.mkdir(parents=True)
        self.clock = datetime(2024, 9, 10, 2, tzinfo=UTC)
        self.written = datetime(2024, 7, 1, tzinfo=UTC)
        #: Files in the folder: what they hold, and since when.
        self.files: dict[str, tuple[str, int, People, bool, datetime]] = {}
        self.handled: set[tuple[str, datetime]] = set()
        #: The reference: scope and month -> who was trained; how many batches landed.
        self.truth: dict[tuple[str, int], People] = {}
        self.batches = 0

    def teardown(self) -> None:
        shutil.rmtree(self.folder)

    # --- what people do ---

    @rule(
        unit=st.sampled_from(sorted(_UNITS)),
        month=st.integers(1, 6),
        people=st.frozensets(st.integers(0, 7), min_size=1),
        copy=st.integers(1, 2),
        is_explained=st.booleans(),
        is_run=st.booleans(),
    )
    def deliver(
        self, unit: str, month: int, people: People, copy: int, *, is_explained: bool, is_run: bool
    ) -> None:
        """A new file, or another one under a name that was there before."""
        name = f"{unit}/2024年1-{month}月 第{copy}版.csv"
        self._put(name, unit, month, people, is_explained=is_explained)
        if is_run:
            self.run()

    @precondition(lambda self: self.files)
    @rule(data=st.data(), people=st.frozensets(st.integers(0, 7), max_size=2), is_run=st.booleans())
    def correct(self, data: st.DataObject, people: People, *, is_run: bool) -> None:
        """The same file with some rows more, or withdrawn."""
        name, (unit, month, before, _, _) = data.draw(st.sampled_from(sorted(self.files.items())))
        self._put(name, unit, month, before ^ people or before, is_explained=True)
        if is_run:
            self.run()

    @precondition(lambda self: self.files)
    @rule(data=st.data(), is_renamed=st.booleans())
    def send_again(self, data: st.DataObject, *, is_renamed: bool) -> None:
        """The same bytes at another time, or under another name."""
        name, (unit, month, people, is_explained, _) = data.draw(
            st.sampled_from(sorted(self.files.items()))
        )
        other = name.replace(".csv", " (1).csv") if is_renamed else name
        self._put(other, unit, month, people, is_explained=is_explained)
        self.run()

    @rule(content=st.sampled_from([b"", b"\x00\x01", "姓名\n样例".encode(), b"PK\x03\x04"]))
    def deliver_something_else(self, content: bytes) -> None:
        """What no reader takes; it keeps nobody else out."""
        self._write("仁怀市/坏的.csv", content)

    # --- what we do ---

    @rule()
    def run(self) -> None:
        """A plain run."""
        self._deliver()
        self._expect_run()

    @rule(
        moment=st.sampled_from(
            ["before a file is written", "before the commit", "after the commit"]
        )
    )
    def run_and_be_killed(self, moment: Moment) -> None:
        """A run that ends in the middle; nothing of it counts before its commit."""
        child = os.fork()
        if not child:
            _die_at(moment)
            self._deliver()
            os._exit(0)
        _, status = os.waitpid(child, 0)
        was_killed = os.waitstatus_to_exitcode(status) == _KILLED
        self.clock += timedelta(minutes=1)
        if moment == "after the commit" or not was_killed:
            self._expect_run()

    # --- what must hold ---

    @invariant()
    def what_landed_is_the_truth(self) -> None:
        if not self.settings.manifest.exists():
            return
        with Manifest(self.settings.manifest) as manifest:
            batches = manifest.batches(LEDGER.name)
            for one in manifest.deliveries(LEDGER.name):
                rows = (one.rows_landed or 0) + (one.rows_rejected or 0) + (one.rows_skipped or 0)
                assert (one.rows_delivered or 0) == rows
        assert len(batches) == self.batches
        assert_intact(self.settings, batches)
        history = History(batches)
        for scope in _UNITS.values():
            months = [month for known, month in self.truth if known == scope]
            current = history.current(scope)
            assert (current is None) == (not months)
            if current is not None:
                people = self.truth[scope, max(months)]
                assert self._landed(current) == {
                    str(_KEYS.person_key(resident_number(one))) for one in people
                }

    def _landed(self, batch: BatchRecord) -> set[str]:
        path = Zone(self.settings, LEDGER).path(batch.batch_id)
        return set(pq.read_table(path, columns=["person_key"]).column(0).to_pylist())

    # --- how ---

    def _put(self, name: str, unit: str, month: int, people: People, *, is_explained: bool) -> None:
        text = io.StringIO()
        rows = [
            ("样例", resident_number(one), "样例学校", "焊工", "2024.01.06-01.20", "合格")
            for one in sorted(people)
        ]
        csv.writer(text).writerows([LEDGER_HEADER, *rows])
        reason = self.feed / f"{name}.reason.txt"
        reason.parent.mkdir(exist_ok=True)
        reason.unlink(missing_ok=True)
        if is_explained:
            reason.write_text("有人退出", encoding="utf-8")
        self._write(name, text.getvalue().encode("utf-8"))
        if is_explained:
            os.utime(reason, (self.written.timestamp(),) * 2)
        self.files[name] = (unit, month, people, is_explained, self.written)

    def _write(self, name: str, content: bytes) -> None:
        self.written += timedelta(hours=1)
        path = self.feed / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
        os.utime(path, (self.written.timestamp(),) * 2)

    def _deliver(self) -> None:
        self.clock += timedelta(minutes=1)
        deliver_feed(LEDGER, self.settings, now=self.clock)

    def _expect_run(self) -> None:
        """The reference: in the order of months, then times; the latest of a month counts."""
        new = [
            (month, written, name, unit, people, is_explained)
            for name, (unit, month, people, is_explained, written) in self.files.items()
            if (name, written) not in self.handled
        ]
        for month, written, name, unit, people, is_explained in sorted(
            new, key=lambda one: one[:3]
        ):
            self.handled.add((name, written))
            scope = _UNITS[unit]
            if self.truth.get((scope, month)) == people:
                continue
            furthest = max((known for where, known in self.truth if where == scope), default=0)
            before = self.truth.get((scope, min(furthest, month)))
            if before and len(people) < 0.5 * len(before) and not is_explained:
                continue
            self.truth[scope, month] = people
            self.batches += 1


def _die_at(moment: Moment) -> None:
    """Let this process end there, without a chance to tidy up."""

    def dying(*_: object) -> None:
        os._exit(_KILLED)

    commit: Callable[..., None] = Manifest.commit

    def dying_after(self: Manifest, *records: object) -> None:
        commit(self, *records)
        os._exit(_KILLED)

    match moment:
        case "before a file is written":
            Zone._write = dying
        case "before the commit":
            Manifest.commit = dying
        case _:
            Manifest.commit = dying_after


@pytest.mark.promise("any sequence of deliveries and kills ends in the truth of a reference", 400)
@pytest.mark.parametrize("block", range(BLOCKS))
def test_any_sequence_of_deliveries_ends_in_the_truth(
    block: int, record_property: Callable[[str, object], None]
) -> None:
    run_state_machine_as_test(
        Histories,
        settings=settings(
            max_examples=HISTORIES,
            stateful_step_count=STEPS + block % 3,
            deadline=None,
            derandomize=not IS_LONG,
        ),
    )
    record_property("cases", HISTORIES)

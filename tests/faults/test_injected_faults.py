"""Whichever system call fails or is the last: is the state left whole, and does a rerun mend it?"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from traceback import extract_tb
from typing import Final

import pytest
from campaign import IS_LONG, repeated
from injected_programs import build_work_file, drop_ledger
from installations import surroundings
from syscalls import KINDS, Ending, Kind, Point, Stage, why_no_strace
from whole_states import (
    State,
    assert_no_half_secret,
    assert_nothing_dangles,
    assert_one_version_shows,
    landing_state,
    published_state,
    secret_state,
)

_UNABLE: Final = why_no_strace()
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(_UNABLE is not None, reason=_UNABLE or ""),
    # The suite lists the points once; the long form is worth listing them for each worker.
    *([] if IS_LONG else [pytest.mark.xdist_group("injected faults")]),
]
_TOLD: Final = ("OSError: [Errno 28] the disk is full", "OSError: [Errno 5] the disk failed")


@dataclass(frozen=True)
class Form:
    """One program, what it starts from, and what must be true of its folder."""

    function: str
    arguments: tuple[str, ...]
    prepare: Callable[[Path, Stage], None]
    #: Right after the fault.
    assert_whole: Callable[[Path], None]
    #: After a rerun.
    state: Callable[[Path], State]
    #: So many points per kind of fault in the suite, and in the long form.
    short: int
    long: int
    blocks: int
    #: Whether one thread makes all calls, so that every point is reached.
    is_exact: bool = True
    start: list[Path] = field(default_factory=list)


def _a_first_delivery(folder: Path, _: Stage) -> None:
    """Rows to land, to reject and to skip, and a ledger to refuse."""
    drop_ledger(folder, "仁怀市/2024年1-6月.csv", [1, 2, 3, 4], broken=[3])
    drop_ledger(folder, "习水县/台账.csv", [7, 8])


def _a_correction(folder: Path, stage: Stage) -> None:
    """One row withdrawn, one corrected, one new, over what landed."""
    _a_first_delivery(folder, stage)
    assert stage.run("land", str(folder)).code == 0
    drop_ledger(folder, "仁怀市/2024年1-6月更正.csv", [1, 3, 4, 5, 6])


def _a_second_build(folder: Path, stage: Stage) -> None:
    folder.mkdir()
    build_work_file(folder / "work.duckdb", 1)
    assert stage.run("publish", str(folder), "1").code == 0
    build_work_file(folder / "work.duckdb", 2)


def _nothing(folder: Path, _: Stage) -> None:
    folder.mkdir()


LANDING: Final = (assert_nothing_dangles, landing_state)
FORMS: Final = {
    "landing": Form("land", (), _a_first_delivery, *LANDING, short=4, long=160, blocks=16),
    "landing in threads": Form(
        "land_in_threads", (), _a_first_delivery, *LANDING,
        short=1, long=24, blocks=2, is_exact=False,
    ),
    "correction": Form("land", (), _a_correction, *LANDING, short=2, long=80, blocks=8),
    "publication": Form(
        "publish", ("2",), _a_second_build, assert_one_version_shows, published_state,
        short=4, long=1000, blocks=8, is_exact=False,
    ),
    "secret": Form(
        "make_secret", (), _nothing, assert_no_half_secret, secret_state,
        short=1, long=1000, blocks=1,
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Trial:
    """A form made ready: its start, its points, and how it ends undisturbed."""

    start: Path
    points: Sequence[Point]
    undisturbed: State


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    running = Stage("injected_programs", tmp_path_factory.mktemp("stage"), surroundings())
    yield running
    running.close()


@pytest.fixture(scope="module")
def trial(stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> Callable[[Form], Trial]:
    """Makes each form ready once."""
    ready: dict[str, Trial] = {}

    def of(form: Form) -> Trial:
        key = f"{form.function} {form.prepare.__name__}"
        if key not in ready:
            folder = tmp_path_factory.mktemp("trial")
            form.prepare(folder / "start", stage)
            once = _copied(folder / "start", folder / "once")
            points = stage.points(form.function, str(once), *form.arguments, below=once)
            ready[key] = Trial(folder / "start", points, form.state(once))
        return ready[key]

    return of


def _copied(folder: Path, into: Path) -> Path:
    return Path(shutil.copytree(folder, into, symlinks=True))


def _blocks() -> Iterator[tuple[str, Kind, int]]:
    for name, form in FORMS.items():
        for kind in KINDS:
            for block in range(repeated(1, form.blocks)):
                yield name, kind, block


@pytest.mark.promise(
    "faults injected at system calls leave one whole state, and a rerun ends as if undisturbed", 250
)
@pytest.mark.parametrize(("name", "kind", "block"), list(_blocks()))
def test_a_fault_at_a_system_call_leaves_a_whole_state_that_a_rerun_mends(
    name: str,
    kind: Kind,
    block: int,
    stage: Stage,
    trial: Callable[[Form], Trial],
    tmp_path: Path,
    record_property: Callable[[str, object], None],
) -> None:
    form = FORMS[name]
    ready = trial(form)
    points = _spread(ready.points, repeated(form.short, form.long), KINDS.index(kind))
    struck = points[block :: repeated(1, form.blocks)]
    failures = []
    reached = 0
    for number, point in enumerate(struck):
        folder = _copied(ready.start, tmp_path / str(number))
        try:
            reached += _strike(form, kind, point, folder, stage, ready.undisturbed)
        except Exception as failure:
            failures.append(f"{point.call} {point.occurrence}: {_in_words(failure)}")
        shutil.rmtree(folder)
    assert not failures, f"{len(failures)} of {len(struck)}:\n" + "\n".join(failures)
    assert reached == len(struck) or not form.is_exact
    record_property("cases", reached)


def _in_words(failure: Exception) -> str:
    frame = extract_tb(failure.__traceback__)[-1]
    return f"{failure} ({Path(frame.filename).name}:{frame.lineno}: {frame.line})"


def _spread(points: Sequence[Point], count: int, shift: int) -> Sequence[Point]:
    """So many of the points, others for each kind of fault."""
    if len(points) <= count:
        return points
    first = shift * len(points) // count // len(KINDS)
    return [points[first + number * len(points) // count] for number in range(count)]


def _strike(
    form: Form, kind: Kind, point: Point, folder: Path, stage: Stage, undisturbed: State
) -> bool:
    """Whether the fault was reached; whatever it was, what it left must be whole."""
    ending = stage.struck(kind, point, form.function, str(folder), *form.arguments, below=folder)
    if ending.was_hit:
        _assert_told(ending, kind)
    seen = _copied(folder, folder / "seen")
    form.assert_whole(seen)
    shutil.rmtree(seen)
    again = stage.run(form.function, str(folder), *form.arguments)
    assert again.code == 0, again.raised
    state = form.state(folder)
    assert [part for part in undisturbed if state[part] != undisturbed[part]] == []
    return ending.was_hit


def _assert_told(ending: Ending, kind: Kind) -> None:
    """Killed, or ended with a sentence about the disk; some calls may fail without harm."""
    if kind == "signal=SIGKILL":
        assert ending.was_killed
    else:
        assert ending.code == 0 or ending.raised.startswith(_TOLD), ending.raised

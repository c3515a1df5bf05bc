"""Does the README tell the truth? Every command that it shows is run, every name looked for.

Commands come out of the README's own text, and each has its entry in ``TRIED`` that says how it is
tried; a command that nobody tries fails, and so does an entry that the README no longer needs.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

import httpx
import pytest
from installations import SKILLS, Installation, surroundings

from ingestion.contract import load_contracts
from ingestion.settings import Settings

ROOT: Final = Path(__file__).parents[2]
README: Final = (ROOT / "README.md").read_text(encoding="utf-8")
PROGRAMS: Final = ("make", "skills", ".venv/bin/python")
BIN: Final = Path(sys.executable).parent
#: Targets find this very environment and install nothing.
MAKE: Final = ("make", "--no-print-directory", f"BIN={BIN}", "--assume-old=.venv/.installed")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def shown_commands() -> list[str]:
    """Commands of the README, in code blocks and between backticks, without their comments."""
    lines = [line for block in blocks("bash") for line in block.splitlines()]
    lines += re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", README, flags=re.DOTALL))
    words = (shlex.split(line, comments=True) for line in lines)
    return sorted({" ".join(parts) for parts in words if len(parts) > 1 and parts[0] in PROGRAMS})


# --- how each is tried ------------------------------------------------------------------------


def run_make(home: Installation, *arguments: str) -> str:
    """``make`` in the repository, on that home; what it printed."""
    done = subprocess.run(
        [*MAKE, *arguments],
        cwd=ROOT,
        env=home.environment,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def make_runs(home: Installation) -> None:
    assert "Nothing new was delivered" in run_make(home, "run")


def make_tests(home: Installation) -> None:
    """What runs these tests can't be run by one of them: only what it would do."""
    told = run_make(home, "--dry-run", "test")
    for part in ("ruff check", "ruff format --check", "mypy", "sqlfluff lint", "-m pytest"):
        assert part in told


def make_lints(home: Installation) -> None:
    """`make test` runs it first."""
    assert "ruff check" in run_make(home, "--dry-run", "lint")


def make_opens_the_interface(home: Installation) -> None:
    """On another port than the one that may be taken here."""
    assert "skills ui" in run_make(home, "--dry-run", "ui")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    interface = subprocess.Popen(
        [str(SKILLS), "ui", "--port", str(port)],
        env=home.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        answer = first_answer(f"http://127.0.0.1:{port}/server_info", interface)
        assert "dagster_webserver_version" in answer.json()
        graph = httpx.post(f"http://127.0.0.1:{port}/graphql", json={"query": ASSETS}, timeout=60)
        keys = {"/".join(node["assetKey"]["path"]) for node in graph.json()["data"]["assetNodes"]}
        assert {*load_contracts(), "kpis/kpi_scorecard", "published/warehouse"} <= keys
    finally:
        # As Ctrl-C does it: the interface and what it has started, all at once.
        os.killpg(interface.pid, signal.SIGINT)
        try:
            interface.wait(240)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(interface.pid, signal.SIGKILL)
            interface.wait()


ASSETS: Final = "{ assetNodes { assetKey { path } } }"


def first_answer(url: str, process: subprocess.Popen[bytes]) -> httpx.Response:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        assert process.poll() is None, "the interface ended by itself"
        try:
            return httpx.get(url, timeout=10)
        except httpx.TransportError:
            time.sleep(0.5)
    pytest.fail("the interface did not come up")


def make_documents(home: Installation) -> None:
    run_make(home, "docs")
    page = (home.home / "docs" / "index.html").read_text(encoding="utf-8")
    assert "kpi_scorecard" in page
    assert 'http-equiv="refresh"' not in page


def make_measures(home: Installation) -> None:
    """At the smallest size and once, without what is installed for it; it makes a home of its own.

    That the headline is counted alike by ours and by pandas, and as the sample's truth says, is
    asserted by the benchmark itself.
    """
    smallest = Installation(home.home, {"SKILLS_SAMPLE_FACTOR": "0.002"})
    chosen = ("full refresh", "floor", "headline", "headline pandas", "nothing new", "day's change")
    flags = " ".join(["--rounds 1", *(f'--only "{name}"' for name in chosen)])
    told = run_make(smallest, "bench", f"BENCH_FLAGS={flags}")
    for figure in ("floor with the same tests", "nothing new / full refresh", "/ pandas"):
        assert figure in told


def make_runs_on_spark(home: Installation) -> None:
    """What it starts is tried in tests/spark: here, that it would, whatever stands already."""
    told = run_make(home, "--dry-run", "--always-make", "run-spark")
    assert told.index("requirements-spark.lock") < told.index("skills spark")


def make_tests_on_spark(home: Installation) -> None:
    """The long form of what the suite tries a part of."""
    assert "SPARK=whole" in run_make(home, "--dry-run", "test-spark")


def asks_for_java(home: Installation) -> None:
    """What it builds is tried in tests/spark: here, what it says where Java is missing."""
    without = Installation(home.home, {**home.variables, "JAVA_HOME": str(home.home.parent)})
    for selection in ((), ("--select", "+kpi_m00_headline")):
        told = without.run("spark", *selection)
        assert told.returncode == 2
        assert "openjdk-17-jre-headless" in told.stdout


def make_tries_faults(home: Installation) -> None:
    """One small promise, written down beside the home; a second run finds it kept."""
    record = home.home.parent / "faults.jsonl"
    one = Installation(home.home, {**home.variables, "FAULTS_RECORD": str(record)})
    chosen = "PYTEST_FLAGS=-q -p no:cacheprovider -k test_what_is_published_is_for_the_group"
    assert "1 passed" in run_make(one, "faults", chosen)


def renders_sources(home: Installation) -> None:
    """Checked, not written: a test leaves the repository as it is."""
    command = [sys.executable, "-m", "ingestion.dbt_sources", "--check"]
    subprocess.run(command, cwd=ROOT, env=home.environment, check=True)


def skills(*arguments: str, says: str) -> Callable[[Installation], None]:
    """A command that is run as it stands, and something that it prints."""

    def run(home: Installation) -> None:
        folder = home.home.parent / "desk"
        folder.mkdir(exist_ok=True)
        told = home.run(*arguments, cwd=folder)
        assert told.returncode == 0, told.stdout + told.stderr
        assert says in told.stdout + told.stderr

    return run


def hands_on_a_workbook(home: Installation) -> None:
    skills("scorecard", "--format", "xlsx", "--output", "scorecard.xlsx", says="")(home)
    assert (home.home.parent / "desk" / "scorecard.xlsx").read_bytes().startswith(b"PK")


def tries_a_ledger(home: Installation) -> None:
    ledgers = home.drop / "county" / "training_ledgers"
    ledger = max(ledgers.rglob("*仁怀市2024年1-12月*.xlsx"), key=lambda path: path.stat().st_size)
    skills("check", str(ledger), "--feed", "county/training_ledgers", says="would land")(home)


def goes_back(home: Installation) -> None:
    """Where only one version was ever published it says so; going back is tested with the rest."""
    told = home.run("rollback")
    assert told.returncode == 2
    assert "no version before" in told.stdout


def builds_afresh(home: Installation) -> None:
    """In a copy: other tests count the versions."""
    with tempfile.TemporaryDirectory() as folder:
        told = home.copied(Path(folder) / "skills").run("refresh", "--force")
    assert told.returncode == 0, told.stdout + told.stderr
    assert "已发布 Published version" in told.stdout


TRIED: Final[dict[str, Callable[[Installation], None]]] = {
    ".venv/bin/python -m ingestion.dbt_sources": renders_sources,
    "make bench": make_measures,
    "make docs": make_documents,
    "make faults": make_tries_faults,
    "make lint": make_lints,
    "make run": make_runs,
    "make run-spark": make_runs_on_spark,
    "make test": make_tests,
    "make test-spark": make_tests_on_spark,
    "make ui": make_opens_the_interface,
    "skills changes": skills("changes", says="变化 Changes"),
    "skills changes --measure 5 --county 仁怀市 --all": skills(
        "changes", "--measure", "5", "--county", "仁怀市", "--all", says="First version"
    ),
    "skills check LEDGER.xlsx --feed <agency>/<feed>": tries_a_ledger,
    "skills check LEDGER.xlsx --feed county/training_ledgers": tries_a_ledger,
    "skills explain M02-5 --period 2024 --format csv": skills(
        "explain", "M02-5", "--period", "2024", "--format", "csv", says="industry/education_funds"
    ),
    "skills explain M05-2 --county 仁怀市": skills(
        "explain", "M05-2", "--county", "仁怀市", says="县域产业培训人次"
    ),
    "skills status": skills("status", says="抓产业培训"),
    "skills status --by area": skills("status", "--by", "area", says="仁怀市"),
    "skills deliveries": skills("deliveries", says="报送情况 Deliveries"),
    "skills deliveries --feed county/training_ledgers --outcome refused": skills(
        "deliveries",
        "--feed",
        "county/training_ledgers",
        "--outcome",
        "refused",
        says="FILE_ENCRYPTED",
    ),
    "skills deliveries --outcome refused": skills(
        "deliveries", "--outcome", "refused", says="FILE_ENCRYPTED"
    ),
    "skills refresh": skills("refresh", says="Nothing has changed"),
    "skills refresh --accept-fewer-rows": skills(
        "refresh", "--accept-fewer-rows", says="Nothing has changed"
    ),
    "skills refresh --force": builds_afresh,
    "skills refresh --trust-clock": skills("refresh", "--trust-clock", says="Nothing has changed"),
    "skills rollback": goes_back,
    "skills spark": asks_for_java,
    "skills spark --select +kpi_m00_headline": asks_for_java,
    "skills scorecard": skills("scorecard", says="样例数据 / sample data"),
    "skills scorecard --as-known 2024-12-31": skills(
        "scorecard", "--as-known", "2024-12-31", says="as known on 2024-12-31"
    ),
    "skills scorecard --as-of 2024-12-31": skills(
        "scorecard", "--as-of", "2024-12-31", says="as of 2024-12-31"
    ),
    "skills scorecard --format xlsx --output scorecard.xlsx": hands_on_a_workbook,
    "skills scorecard --industry liquor": skills(
        "scorecard", "--industry", "liquor", says="H-02-liquor"
    ),
    "skills scorecard --measure 5 --county 仁怀市": skills(
        "scorecard", "--measure", "5", "--county", "仁怀市", says="仁怀市"
    ),
}


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(command, marks=pytest.mark.slow if command == "make bench" else ())
        for command in shown_commands()
    ],
)
def test_a_command_of_the_readme_works(refreshed: Installation, command: str) -> None:
    assert command in TRIED, "the README shows a command that nobody tries: say how in TRIED"
    TRIED[command](refreshed)


def test_nothing_is_tried_that_the_readme_no_longer_shows() -> None:
    assert set(TRIED) == set(shown_commands())


def test_the_query_of_the_readme_runs(refreshed: Installation, tmp_path: Path) -> None:
    (query,) = blocks("python")
    (tmp_path / ".skills").symlink_to(refreshed.home)
    told = subprocess.run(
        [sys.executable, "-c", query], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert told.returncode == 0, told.stderr
    assert "indicator_id" in told.stdout


# --- names ------------------------------------------------------------------------------------


def test_every_make_target_is_in_the_readme() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):.*## ", makefile, re.MULTILINE)) - {
        "clean",
        "help",
        "setup",
    }
    assert {f"make {target}" for target in targets} <= set(shown_commands())


def test_every_command_is_in_the_readme() -> None:
    told = subprocess.run(
        [str(SKILLS), "--help"], env=surroundings(), capture_output=True, text=True, check=True
    )
    commands = set(re.findall(r"^[│\s]*([a-z]+) {2,}\S", told.stdout, re.MULTILINE))
    assert commands
    shown = {parts.split()[1] for parts in shown_commands()}
    assert commands <= shown


def test_every_variable_of_the_readme_is_a_setting_and_every_setting_is_told() -> None:
    named = set(re.findall(r"SKILLS_[A-Z_]+", README))
    settings = {f"SKILLS_{name.upper()}" for name in Settings.model_fields} - {"SKILLS_CONNECTIONS"}
    systems = {
        f"SKILLS_{contract.source.system.upper()}_URL"
        for contract in load_contracts().values()
        if contract.source.kind in ("api", "database")
    }
    project = (ROOT / "dbt_project").rglob("*.*")
    texts = [
        path.read_text(encoding="utf-8") for path in project if path.suffix in (".sql", ".yml")
    ]
    read_by_dbt = set(re.findall(r"env_var\('(SKILLS_[A-Z_]+)'", "\n".join(texts)))
    assert named <= settings | systems | read_by_dbt
    assert systems <= named
    # The seed is for tests; days and versions have defaults that hold.
    assert settings - named <= {"SKILLS_SAMPLE_SEED", "SKILLS_ORIGINALS_DAYS"}


def test_every_path_and_link_of_the_readme_leads_somewhere() -> None:
    folders = re.findall(r"^\| `([\w/]+/)` \|", README, re.MULTILINE)
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", README) if "://" not in link]
    assert folders
    assert [name for name in (*folders, *links) if not (ROOT / name).exists()] == []
    anchors = set(re.findall(r"\]\(#([\w-]+)\)", README))
    titles = re.findall(r"^#+ (.+)$", README, re.MULTILINE)
    known = {re.sub(r"[^\w -]", "", title).strip().lower().replace(" ", "-") for title in titles}
    assert anchors <= known


# --- what the README leaves to `make help` ----------------------------------------------------


def test_cleaning_removes_only_what_can_be_made_again(tmp_path: Path) -> None:
    kept = [tmp_path / name for name in (".skills/landing/a", ".skills/secret.key", "seeds/b")]
    gone = [tmp_path / name for name in (".skills/work/c", ".venv/d", "x/__pycache__/e")]
    for path in (*kept, *gone):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    shutil.copy(ROOT / "Makefile", tmp_path)
    cleaning = ["make", "clean"]
    subprocess.run(cleaning, cwd=tmp_path, env=surroundings(), check=True, capture_output=True)
    assert all(path.exists() for path in kept)
    assert not any(path.exists() for path in gone)

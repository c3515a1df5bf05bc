"""Nothing leaks: what agencies and settings hold of people and secrets stays where it belongs.

Invented people stand in deliveries wherever a clerk can put them, in an API's answers and in a
database's rows and errors; secrets stand in the settings. Then everything is run that can be run,
well and badly, and every byte that is left is searched. Only the deliveries themselves may hold
what was planted; what the vault keeps is encrypted.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import duckdb
import pytest
from campaign import IS_LONG, chosen
from canaries import (
    CANARIES,
    CARDS,
    LEDGERS,
    NAMES,
    PHONES,
    RUINED,
    SECRETS,
    VALID,
    write_deliveries,
)
from installations import Installation
from leak_search import Finding, LeakSearch
from servers import HttpServer, PostgreSQL, serving
from starlette.requests import Request
from starlette.responses import JSONResponse

from ingestion.vault import KeyRing, Vault

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("canaries")]

FAILING_RUN: Final = Path(__file__).with_name("failing_run.py")
AS_OF: Final = "2024-12-31"
#: What a home is made of; together all of it.
ROOMS: Final = ("dagster", "landing", "logs", "published", "vault", "work")
#: Each ledger of the drop folder is tried before it is delivered.
LEDGER_CHECKS: Final = tuple(f"check of ledger {number}" for number in range(1, 6))
TRIED: Final = chosen(LEDGER_CHECKS, 2)
#: What is said by each command.
SAID: Final = (
    "a run",
    *TRIED,
    "check as a workbook",
    "check as JSON",
    "deliveries",
    "rejections",
    "scorecard",
    *(["docs"] if IS_LONG else []),
    "wrong secrets",
    "a defect",
    "a broken value",
)
LEAKS: Final = LeakSearch(CANARIES)
#: Rooms, the rest of the home, a broken home, files asked for; and what each command says, also
#: the one that only the long form runs.
PLACES: Final = len(ROOMS) + 3 + len({*SAID, *LEDGER_CHECKS, "docs"})
NOWHERE: Final = pytest.mark.promise(
    "planted canaries are found nowhere (canaries x places)", PLACES * len(CANARIES)
)


@dataclass(frozen=True)
class Canaried:
    """An installation whose agencies and settings hold canaries, and what its commands said."""

    installation: Installation
    #: A copy of its home, broken on purpose.
    broken: Installation
    drop: Path
    exports: Path
    said: dict[str, subprocess.CompletedProcess[str]] = field(default_factory=dict)

    @property
    def home(self) -> Path:
        return self.installation.home

    def run(self, name: str, *arguments: str, **changed: str) -> int:
        """Run a command, with settings changed, and keep what it says under that name."""
        variables = {**self.installation.variables, **changed}
        self.said[name] = replace(self.installation, variables=variables).run(
            *arguments, cwd=self.exports
        )
        return self.said[name].returncode

    def fail(self, name: str, *arguments: str) -> int:
        """Run one asset of the broken copy to its failure."""
        log = self.broken.home / "logs" / f"{name}.log"
        self.said[name] = subprocess.run(
            [sys.executable, str(FAILING_RUN), str(log), *arguments],
            env=self.broken.environment,
            capture_output=True,
            text=True,
            timeout=900,
            check=False,
        )
        return self.said[name].returncode


# --- the agencies -----------------------------------------------------------------------------


def certificates(request: Request) -> JSONResponse:
    """One good certificate, some with people in wrong places; whoever is refused is told much."""
    if request.headers.get("Authorization") != f"Bearer {SECRETS['API token']}":
        told = f"{request.headers.get('Authorization')} {VALID['resident ID 1']}"
        return JSONResponse({"code": 401, "msg": told, "count": 0, "data": []}, status_code=401)
    good = {
        "certificateNo": "Y000052030024120001",
        "holderName": NAMES["name 1"],
        "holderIdNo": VALID["resident ID 1"],
        "kind": "职业技能等级",
        "occupationName": "白酒酿造工",
        "level": "四级",
        "areaCode": "520382",
        "issueDate": "2024-05-06",
        "status": "有效",
        "updatedAt": "2024-05-07 08:00:00",
        VALID["resident ID 2"]: {NAMES["name 2"]: PHONES["phone 2"]},
    }
    data = [
        good,
        good | {"certificateNo": PHONES["phone 3"]},
        good | {"certificateNo": f"T{VALID['resident ID 3']}"},
        good | {"certificateNo": "Y000052030024120002", "holderIdNo": RUINED["ruined ID 17"]},
        good | {"certificateNo": "Y000052030024120003", "level": VALID["resident ID 4"]},
        good | {"certificateNo": "Y000052030024120004", "issuer": CARDS["bank card 1"]},
        good | {"certificateNo": "Y000052030024120005", "classNo": RUINED["ruined ID 18"]},
        good | {"certificateNo": "Y000052030024120006", "issueDate": PHONES["phone 4"]},
    ]
    return JSONResponse({"code": 0, "msg": "", "count": len(data), "data": data})


def fill_platform(server: PostgreSQL) -> str:
    """A training platform whose tables hold people, and one that quotes one; its address."""
    database = server.new_database()
    with server.connect(database) as connection:
        connection.execute(
            """
            create table enrolment (
                enrolment_no text, class_no text, aac003 text, document_type text, aac002 text,
                person_phone text, person_type text, aac011 text, attended_hours numeric,
                result text, completion text, aae100 text, aae036 timestamp
            );
            create table subsidy_payment (
                payment_no text, class_no text, aac003 text, aac002 text, payee_account text,
                fund_source text, subsidy_kind text, applied_on date, paid_on date,
                amount_cny numeric, status text, aae036 timestamp
            )
            """
        )
        with connection.cursor() as cursor:
            cursor.executemany(
                """
                insert into enrolment values (
                    %s, 'PX-1', %s, null, %s, %s, null, %s, 40, '合格', '结业', '1',
                    timestamp '2024-06-01 08:00:00'
                )
                """,
                [
                    ("BM-1", NAMES["name 3"], VALID["resident ID 5"], PHONES["phone 5"], "高中"),
                    ("BM-2", NAMES["name 4"], RUINED["ruined ID 19"], PHONES["phone 6"], "高中"),
                    ("BM-3", NAMES["name 5"], VALID["resident ID 6"], None, PHONES["phone 7"]),
                    (VALID["resident ID 7"], NAMES["name 6"], VALID["resident ID 7"], None, "大专"),
                ],
            )
            cursor.executemany(
                """
                insert into subsidy_payment values (
                    %s, 'PX-1', %s, %s, %s, %s, '培训补贴', date '2024-06-02',
                    date '2024-06-20', 800, '已拨付', timestamp '2024-06-21 08:00:00'
                )
                """,
                [
                    ("BT-1", NAMES["name 3"], VALID["resident ID 5"], CARDS["bank card 2"], "失业"),
                    ("BT-2", NAMES["name 4"], VALID["resident ID 8"], "1", CARDS["bank card 3"]),
                ],
            )
        # Reading it fails, and the error quotes a number.
        connection.execute(
            """
            create view training_class as
            select
                aac002 as class_no, aac002::integer as aab003, '仁怀市' as aab301,
                aac003 as aca111, '2024-01-01' as started_on, '2024-02-01' as ended_on,
                '结业' as status, aae036
            from enrolment
            """
        )
        role = f"canary_{database}"
        connection.execute(f"create role {role} login password '{SECRETS['database password']}'")
        connection.execute(f"grant select on all tables in schema public to {role}")
    return platform_url(server, database, SECRETS["database password"])


def platform_url(server: PostgreSQL, database: str, password: str) -> str:
    return f"postgresql://canary_{database}:{password}@127.0.0.1:{server.port}/{database}"


# --- everything that can be run ---------------------------------------------------------------


@pytest.fixture(scope="module")
def canaried(
    tmp_path_factory: pytest.TempPathFactory, postgresql: PostgreSQL, project: Path
) -> Iterator[Canaried]:
    folder = tmp_path_factory.mktemp("canaries")
    (folder / "exports").mkdir()
    write_deliveries(folder / "drop")
    with serving() as service:
        yield run_everything(folder, service, fill_platform(postgresql), project)


def run_everything(folder: Path, service: HttpServer, platform: str, project: Path) -> Canaried:
    service.answer = certificates
    variables = {
        "SKILLS_DROP": str(folder / "drop"),
        "SKILLS_SECRET": SECRETS["person secret"],
        "SKILLS_TRAINING_PLATFORM_URL": platform,
        "SKILLS_CERTIFICATE_SERVICE_URL": service.url,
        "SKILLS_CERTIFICATE_SERVICE_TOKEN": SECRETS["API token"],
        # A canary that is broken over two lines would not be found.
        "COLUMNS": "4000",
    }
    everything = Canaried(
        Installation(folder / "home", variables).knowing(project),
        Installation(folder / "broken", variables),
        folder / "drop",
        folder / "exports",
    )
    ran = everything.run("a run", "refresh", "--as-of", AS_OF)
    assert ran == 0, everything.said["a run"].stdout
    ask(everything)
    everything.installation.copied(everything.broken.home)
    run_with_wrong_secrets(everything, platform)
    assert everything.fail("a defect", "county", "training_ledgers", "--defect") == 1
    assert "ValueError at tests/faults/failing_run.py" in everything.said["a defect"].stdout
    break_a_landed_value(everything.broken.home / "work" / "work.duckdb")
    assert everything.fail("a broken value", "intermediate", "int_training__screened") == 1
    log = everything.broken.home / "logs" / "a broken value.log"
    assert "Conversion Error: (quotes data" in log.read_text(encoding="utf-8")
    return everything


def ask(everything: Canaried) -> None:
    """Every command that tells of deliveries or writes a file."""
    files = sorted((everything.drop / LEDGERS).rglob("*.*"))
    for name, file in zip(LEDGER_CHECKS, files, strict=True):
        if name in TRIED:
            everything.run(name, "check", str(file), "--feed", LEDGERS)
    crowded = next(path for path in files if path.parent.name == "湄潭县")
    check = ("check", str(crowded), "--feed", LEDGERS, "--format")
    assert everything.run("check as a workbook", *check, "xlsx", "--output", "check.xlsx") == 0
    assert everything.run("check as JSON", *check, "json") == 0
    assert everything.run("deliveries", "deliveries") == 0
    assert everything.run("rejections", "deliveries", "--rejections", "--format", "csv") == 0
    written = ("scorecard", "--all", "--format", "xlsx", "--output", "scorecard.xlsx")
    assert everything.run("scorecard", *written) == 0
    if IS_LONG:
        assert everything.run("docs", "docs") == 0


def run_with_wrong_secrets(everything: Canaried, platform: str) -> None:
    """Every source refuses us: database, API and drop folder."""
    wrong = {
        "SKILLS_TRAINING_PLATFORM_URL": platform.replace(
            SECRETS["database password"], SECRETS["wrong database password"]
        ),
        "SKILLS_CERTIFICATE_SERVICE_TOKEN": SECRETS["wrong API token"],
        "SKILLS_DROP": f"ftp://county:{SECRETS['drop folder password']}@127.0.0.1:9/drop",
    }
    everything.run("wrong secrets", "refresh", "--as-of", AS_OF, **wrong)
    told = everything.said["wrong secrets"].stdout
    assert {"SOURCE_UNAUTHORISED", "SOURCE_UNREACHABLE"} <= set(re.findall("[A-Z_]+", told)), told


def break_a_landed_value(work: Path) -> None:
    """Put a person's number where dbt expects a date."""
    with duckdb.connect(work) as connection:
        connection.execute(
            "update county.training_ledgers set started_on = ?", [VALID["resident ID 1"]]
        )


# --- what is found ----------------------------------------------------------------------------


def told(findings: list[Finding]) -> list[str]:
    return sorted({str(finding) for finding in findings})


@NOWHERE
@pytest.mark.parametrize("room", ROOMS)
def test_no_canary_is_left_in_a_room_of_the_home(
    canaried: Canaried, room: str, record_property: Callable[[str, object], None]
) -> None:
    assert any((canaried.home / room).rglob("*"))
    assert told(LEAKS.under(canaried.home / room)) == []
    record_property("cases", len(CANARIES))


@NOWHERE
def test_no_canary_is_left_elsewhere_in_the_home(
    canaried: Canaried, record_property: Callable[[str, object], None]
) -> None:
    rooms = [canaried.home / room for room in ROOMS]
    assert told(LEAKS.under(canaried.home, leave_out=rooms)) == []
    record_property("cases", len(CANARIES))


@NOWHERE
def test_no_canary_is_left_by_runs_that_failed(
    canaried: Canaried, record_property: Callable[[str, object], None]
) -> None:
    """All of the broken home but the file that a canary was put into."""
    leave_out = [canaried.broken.home / "work" / "work.duckdb"]
    assert told(LEAKS.under(canaried.broken.home, leave_out=leave_out)) == []
    record_property("cases", len(CANARIES))


@NOWHERE
def test_no_canary_is_in_a_file_that_was_asked_for(
    canaried: Canaried, record_property: Callable[[str, object], None]
) -> None:
    assert {path.name for path in canaried.exports.iterdir()} == {"check.xlsx", "scorecard.xlsx"}
    assert told(LEAKS.under(canaried.exports)) == []
    record_property("cases", len(CANARIES))


@NOWHERE
@pytest.mark.parametrize("name", SAID)
def test_no_command_says_a_canary(
    canaried: Canaried, name: str, record_property: Callable[[str, object], None]
) -> None:
    said = canaried.said[name]
    assert told(LEAKS.findings(name, (said.stdout + said.stderr).encode())) == []
    record_property("cases", len(CANARIES))


def test_half_a_number_is_left_nowhere_either(canaried: Canaried) -> None:
    """Region and birth date, or birth date and sequence: a mask shows three digits and two."""
    halves = {
        f"{half} half of {name}": digits
        for name, number in {**VALID, **RUINED}.items()
        for half, digits in (("first", number[:14]), ("second", number[6:]))
    }
    assert told(LeakSearch(halves).under(canaried.home)) == []


# --- that there was something to find ---------------------------------------------------------


def test_the_deliveries_hold_every_canary_that_an_agency_can_send(canaried: Canaried) -> None:
    found = {finding.canary for finding in LEAKS.under(canaried.drop)}
    assert found == set(CANARIES)


def test_what_was_planted_was_read_landed_rejected_and_refused(canaried: Canaried) -> None:
    rejected = canaried.installation.query("select distinct reason_code from marts.fct_rejections")
    assert {
        "CERTIFICATE_NO_INVALID",
        "DATE_UNPARSED",
        "ID_BAD_CHECK_DIGIT",
        "ID_BAD_SHAPE",
        "ID_WAS_NUMBER",
        "NUMBER_OUT_OF_RANGE",
        "PERSONAL_NUMBER",
    } <= {reason for (reason,) in rejected}
    refused = canaried.installation.query(
        "select distinct breach_code from marts.fct_deliveries where breach_code is not null"
    )
    assert {"COLUMN_MISSING", "FILE_UNREADABLE", "HEADER_NOT_FOUND"} <= {c for (c,) in refused}
    landed = canaried.installation.query("select count(*) from marts.dim_persons")
    assert landed[0][0] >= 4


def test_the_vault_knows_who_landed(canaried: Canaried) -> None:
    secret = SECRETS["person secret"].encode()
    keys = KeyRing(secret, 1)
    with Vault(canaried.broken.home / "vault", secret, 1) as vault:
        for number in (VALID["resident ID 1"], VALID["resident ID 2"]):
            key = keys.person_key(number)
            found = vault.get("resident_id", key, who="a test", purpose="to see that it is kept")
            assert found == number or pytest.fail("the vault holds another value, or none")


def test_nothing_published_tells_more_of_a_person_than_year_of_birth_and_sex(
    canaried: Canaried,
) -> None:
    columns = canaried.installation.query("select distinct column_name from duckdb_columns()")
    telling = [
        name
        for (name,) in columns
        if re.search("birth|masked|phone|account|_id_no|person_name|name_key", str(name))
    ]
    assert telling == ["birth_year"]

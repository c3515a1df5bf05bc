"""Defects behind the landing, each with what must be said when it is stopped.

A defect damages the work file as a wrong model, a wrong seed or a wrong hand would (listed in
``seeded_damages.yml``), or the procedure that is to find such damage (`PROCEDURES`). ``told`` are
patterns of objections: the rule, the table or feed, and how many rows or parts it is.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Any, Final

import yaml
from finished_builds import Artefacts, FinishedBuild, Json

#: Invented: region 529999 is nobody's.
INVENTED_ID: Final = "529999199003074512"

_CHANGED: Final = Template(
    "update $table set $changes where rowid = (select min(rowid) from $table where $condition)"
)
_DOUBLED: Final = Template("insert into $table select * from $table limit 1")


@dataclass(frozen=True)
class Defect:
    """One thing that is wrong."""

    name: str
    told: tuple[str, ...]
    seed: Callable[[FinishedBuild], None]

    def __str__(self) -> str:
        return self.name.replace(" ", "_")


# --- a damaged work file ----------------------------------------------------------------------


def damages() -> tuple[Defect, ...]:
    """What the list says, in its order."""
    path = Path(__file__).with_name("seeded_damages.yml")
    listed: dict[str, list[Json]] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return tuple(_damage(entry) for entries in listed.values() for entry in entries)


def _damage(entry: Json) -> Defect:
    told = entry["told"]
    sql = _sql(entry)

    def seed(build: FinishedBuild) -> None:
        build.damage(sql)
        if nodes := entry.get("asked_again"):
            build.test_again(*nodes.split())

    return Defect(entry["name"], (told,) if isinstance(told, str) else tuple(told), seed)


def _sql(entry: Json) -> str:
    if table := entry.get("row_doubled"):
        return _DOUBLED.substitute(table=table)
    if table := entry.get("row_of"):
        changes = Template(entry["set"]).safe_substitute(invented_id=INVENTED_ID)
        return _CHANGED.substitute(
            table=table, changes=changes, condition=entry.get("where", "true")
        )
    return str(entry["sql"])


# --- a damaged procedure ----------------------------------------------------------------------


def _left(name: str, edit: Callable[[Artefacts], None], *told: str) -> Defect:
    """Artefacts as dbt would leave them."""
    return Defect(name, told, lambda build: build.change(edit))


def _key_of(artefacts: Artefacts, kind: str, table: str) -> str:
    """dbt's name of a generic test."""
    return next(
        key
        for key, node in artefacts.manifest["nodes"].items()
        if (node.get("test_metadata") or {}).get("name") == kind
        and node["attached_node"] == f"model.skills.{table}"
    )


def _set_to(**settings: Any) -> Callable[[Artefacts], None]:
    """Settings that would let a damaged fact pass."""

    def edit(artefacts: Artefacts) -> None:
        key = _key_of(artefacts, "holds", "fct_certificates")
        artefacts.manifest["nodes"][key]["config"].update(settings)

    return edit


def _answered(status: str) -> Callable[[Artefacts], None]:
    """Another answer of one test."""

    def edit(artefacts: Artefacts) -> None:
        key = _key_of(artefacts, "holds", "fct_certificates")
        artefacts.result(key)["status"] = status

    return edit


def _unanswered(artefacts: Artefacts) -> None:
    key = _key_of(artefacts, "holds", "fct_certificates")
    artefacts.run_results["results"].remove(artefacts.result(key))


def _deleted(kind: str, table: str) -> Callable[[Artefacts], None]:
    """A test that is neither in the project nor among the results."""

    def edit(artefacts: Artefacts) -> None:
        key = _key_of(artefacts, kind, table)
        del artefacts.manifest["nodes"][key]
        artefacts.run_results["results"].remove(artefacts.result(key))

    return edit


def _without_a_condition(artefacts: Artefacts) -> None:
    key = _key_of(artefacts, "holds", "fct_subsidy_payments")
    test = artefacts.manifest["nodes"][key]["test_metadata"]
    del test["kwargs"]["always"]["amount_not_negative"]


def _asked_with(**arguments: Any) -> Callable[[Artefacts], None]:
    """Another way to call dbt."""
    return lambda artefacts: artefacts.run_results["args"].update(arguments)


def _of_another_run(artefacts: Artefacts) -> None:
    artefacts.run_results["metadata"]["invocation_id"] = "11111111-1111-4111-8111-111111111111"


def _of_another_project(artefacts: Artefacts) -> None:
    del artefacts.manifest["nodes"][_key_of(artefacts, "holds", "fct_certificates")]


def _switched_off(artefacts: Artefacts) -> None:
    key = "model.skills.int_training__judged"
    artefacts.manifest["disabled"][key] = [artefacts.manifest["nodes"][key]]


def _unmarked(build: FinishedBuild) -> None:
    (build.place.target / "build.json").unlink()


def _with_a_log_beside(build: FinishedBuild) -> None:
    database = build.place.database
    shutil.copyfile(database, database.with_name(f"{database.name}.wal"))


_NOT_RUN: Final = r"1 of \d+ tests did not run, such as holds_fct_certificates"
_ONE_WEAKENED: Final = r"1 test is weakened: holds_fct_certificates\w*"
_RULES_GONE: Final = "rules of the version before are no longer tested"
_OTHER_BUILD: Final = r"marts\.publication has 1 rows of another build, not of build_id"
_NOT_WHOLE: Final = "dbt did not build everything: it ran with"

PROCEDURES: Final = (
    _left("a skipped test", _answered("skipped"), _NOT_RUN),
    _left("an excluded test", _unanswered, _NOT_RUN),
    _left("a test that only warned", _answered("warn"), _NOT_RUN),
    _left(
        "a test that could not be asked",
        _answered("error"),
        r"grain of marts\.fct_certificates, .*: could not be asked",
    ),
    _left(
        "a test that would only warn",
        _set_to(severity="warn"),
        rf"{_ONE_WEAKENED} \(severity warn\)",
    ),
    _left("a test of no rows", _set_to(where="false"), rf"{_ONE_WEAKENED} \(where false\)"),
    _left("a test of a few rows", _set_to(limit=0), rf"{_ONE_WEAKENED} \(limit 0\)"),
    _left("a tolerant test", _set_to(error_if="> 10"), rf"{_ONE_WEAKENED} \(error_if > 10\)"),
    _left(
        "a deleted test of a grain",
        _deleted("holds", "fct_certificates"),
        r"the grain of marts\.fct_certificates is not tested: 0 tests",
        rf"7 {_RULES_GONE}: .*grain of marts\.fct_certificates",
    ),
    _left(
        "a deleted test of sums",
        _deleted("adds_up", "training_persons"),
        rf"2 {_RULES_GONE}: .*marts\.training_persons",
    ),
    _left(
        "a condition deleted from a test",
        _without_a_condition,
        rf"1 {_RULES_GONE}: amount_not_negative of marts\.fct_subsidy_payments",
    ),
    _left(
        "results of another build",
        _of_another_run,
        _OTHER_BUILD,
    ),
    _left(
        "a manifest of another project",
        _of_another_project,
        r"another project than manifest\.json: 1 nodes are not known, such as test\.skills\.holds_",
    ),
    _left(
        "another kind of build",
        _asked_with(vars={"is_quick": True}),
        f"{_NOT_WHOLE} vars",
    ),
    _left("tests without a build", _asked_with(which="test"), f"{_NOT_WHOLE} which test"),
    _left(
        "a build without its tests",
        _asked_with(exclude_resource_types=["test"]),
        f"{_NOT_WHOLE} exclude_resource_types",
    ),
    _left(
        "a build without one of its models",
        _asked_with(exclude=["fct_trainings"]),
        rf"{_NOT_WHOLE} exclude \['fct_trainings'\]",
    ),
    _left(
        "a model that is switched off",
        _switched_off,
        r"1 nodes of the dbt project are disabled, such as model\.skills\.int_training__judged",
    ),
    Defect(
        "a mistyped selector",
        (r"(\d+) of \1 tests did not run", rf"{_NOT_WHOLE} select \['martt'\]"),
        lambda build: build.dbt.run(build, "build", "--select", "martt"),
    ),
    Defect(
        "a build of one table",
        (r"\d+ of \d+ tests did not run", rf"{_NOT_WHOLE} select \['fct_competitions'\]"),
        lambda build: build.dbt.run(build, "build", "--select", "fct_competitions"),
    ),
    Defect(
        "a build without rows",
        (r"\d+ of \d+ tests did not run", f"{_NOT_WHOLE} empty True"),
        lambda build: build.dbt.run(build, "build", "--empty", "--select", "dim_areas"),
    ),
    Defect("a build that did not finish", ("no finished build is there",), _unmarked),
    Defect(
        "a work file that is not the one that was tested",
        (_OTHER_BUILD,),
        lambda build: build.damage("update marts.publication set build_id = 'an older run'"),
    ),
    Defect(
        "a log of other changes beside the work file",
        (r"work\.duckdb\.wal lies beside the work file",),
        _with_a_log_beside,
    ),
)

DEFECTS: Final = (*damages(), *PROCEDURES)

"""The rules that dbt's tests hold, by name, and which of them are broken.

A test of ours answers with rows of ``rule_name`` and ``broken_count``, so that one query may hold
many rules. dbt keeps only how many rows came back; a broken test is therefore asked again, on the
work file, for its names and counts. Nothing else of the data is ever read or told here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from string import Template
from typing import Any, Final

import duckdb

from dagster_project.redaction import ERRORS_WITHOUT_DATA, OUT_OF_MEMORY

_FAILED: Final = ("fail", "error", "runtime error")
_ASKED: Final = Template(
    "select cast(rule_name as varchar), cast(broken_count as bigint) from ($test) order by all"
)


def tests_of(manifest: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Data tests and unit tests of the project by dbt's name for them."""
    tests = {
        key: node for key, node in manifest["nodes"].items() if node["resource_type"] == "test"
    }
    return {**tests, **manifest.get("unit_tests", {})}


def rules_of(manifest: Mapping[str, Any]) -> tuple[str, ...]:
    """Every rule that the project's tests hold, in words."""
    return tuple(
        sorted(
            rule
            for node in tests_of(manifest).values()
            for rule in _rules(node, manifest["nodes"]).values()
        )
    )


def broken_rules(
    manifest: Mapping[str, Any], run_results: Mapping[str, Any], work: Path
) -> list[str]:
    """What dbt could not build or found wrong: rule, table and count, never a value."""
    tests = tests_of(manifest)
    return [
        sentence
        for result in run_results["results"]
        if result["status"] in _FAILED
        for sentence in (
            _broken(result, tests[result["unique_id"]], manifest["nodes"], work)
            if result["unique_id"] in tests
            else [_unbuilt(result, manifest["nodes"])]
        )
    ]


def table_of(node: Mapping[str, Any]) -> str:
    """``<schema>.<table>``."""
    return f"{node['schema']}.{node['alias']}"


def grains_of(manifest: Mapping[str, Any]) -> dict[str, list[str]]:
    """The columns that tell rows apart, of each table of which it is tested, by dbt's name for it.

    No columns: it has one row.
    """
    return {
        test["attached_node"]: test["test_metadata"]["kwargs"]["grain"]
        for test in tests_of(manifest).values()
        if (test.get("test_metadata") or {}).get("name") == "holds" and test["attached_node"]
    }


def _rules(test: Mapping[str, Any], nodes: Mapping[str, Any]) -> dict[str, str]:
    """The rules of one test in words, by the name under which it answers; "" is the whole."""
    if test["resource_type"] == "unit_test":
        return {"": f"unit test {test['name']} of {test['model']}"}
    metadata = test.get("test_metadata")
    if not metadata:
        return {"": test["name"]}
    attached = nodes.get(test["attached_node"])
    table = table_of(attached) if attached else "?"
    arguments = metadata["kwargs"]
    if metadata["name"] == "adds_up":
        return {name: f"sum of {name} in {table}" for name in arguments["sums"]}
    return {
        "grain": f"grain of {table}",
        **{name: f"{name} of {table}" for name in arguments.get("always", ())},
        **{
            reference["column"]: f"{reference['column']} of {table} refers to "
            f"{str(reference['to']).removeprefix('ref(').strip(')').strip(chr(39))}"
            for reference in arguments.get("refers_to", ())
        },
    }


def _broken(
    result: Mapping[str, Any], test: Mapping[str, Any], nodes: Mapping[str, Any], work: Path
) -> Iterator[str]:
    rules = _rules(test, nodes)
    whole = rules.get("", test["name"])
    if result["status"] != "fail":
        yield f"{_all(rules)}: could not be asked{_plain_reason(result['message'])}"
    elif test["resource_type"] == "unit_test":
        yield f"{whole}: other rows came out than expected"
    elif answer := _answer(result, work):
        for name, count in answer:
            yield f"{rules.get(name, f'{whole}, {name}')}: {_rows(count)}"
    else:
        yield f"{_all(rules)}: {result['failures']} broken"


def _all(rules: Mapping[str, str]) -> str:
    return ", ".join(rules.values())


def _rows(count: int) -> str:
    return "1 row breaks it" if count == 1 else f"{count:,} rows break it"


def _answer(result: Mapping[str, Any], work: Path) -> list[tuple[str, int]]:
    """Names and counts, as the test that failed tells them; none when it can't be asked again."""
    try:
        with duckdb.connect(work, read_only=True) as connection:
            return connection.execute(_ASKED.substitute(test=result["compiled_code"])).fetchall()
    except (duckdb.Error, KeyError):
        return []


def _unbuilt(result: Mapping[str, Any], nodes: Mapping[str, Any]) -> str:
    node = nodes.get(result["unique_id"])
    name = table_of(node) if node else result["unique_id"]
    return f"{name}: could not be built{_plain_reason(result['message'])}"


def _plain_reason(message: str | None) -> str:
    """The line of dbt's message that says what is wrong with the SQL, or with the machine.

    Other kinds of errors quote the data, and stay in dbt's log.
    """
    lines = (line.strip() for line in (message or "").splitlines())
    said = next((line for line in lines if line.startswith(ERRORS_WITHOUT_DATA)), None)
    if said is None:
        return ""
    next_step = "; raise SKILLS_MEMORY_LIMIT" if said.startswith(OUT_OF_MEMORY) else ""
    return f" ({said}{next_step})"

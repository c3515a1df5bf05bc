"""What dbt would say of a small project of a few tables, each with its grain tested and right.

For tests of publication that build their work file by hand. Such a work file needs the table
``marts.publication`` with `RUN` as its ``build_id``, as if one run of dbt had built it all.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

#: The one run of dbt that there was.
RUN: Final = "00000000-0000-4000-8000-000000000000"

Json = dict[str, Any]


def manifest_of(tables: Iterable[str]) -> Json:
    """The project's nodes: a model for each ``<schema>.<table>``, and a test of its grain."""
    nodes: dict[str, Json] = {}
    for name in tables:
        schema, _, table = name.partition(".")
        nodes[f"model.skills.{table}"] = {
            "resource_type": "model",
            "schema": schema,
            "alias": table,
            "columns": {},
        }
        nodes[f"test.skills.holds_{table}"] = {
            "resource_type": "test",
            "name": f"holds_{table}",
            "attached_node": f"model.skills.{table}",
            "depends_on": {"nodes": [f"model.skills.{table}"]},
            "test_metadata": {"name": "holds", "kwargs": {"grain": []}},
            "config": {},
        }
    return {"metadata": {"invocation_id": RUN}, "nodes": nodes}


def results_of(manifest: Json) -> Json:
    """All tests passed in a whole build."""
    return {
        "metadata": {"invocation_id": RUN},
        "args": {"which": "build"},
        "results": [
            {"unique_id": key, "status": "pass"}
            for key, node in manifest["nodes"].items()
            if node["resource_type"] == "test"
        ],
    }

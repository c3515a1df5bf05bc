"""Does a build make again what news touches, and nothing else?"""

from __future__ import annotations

from typing import Any

import pytest

from dagster_project.news import models_with_news
from dagster_project.warehouse import MANIFEST


def node(name: str, *parents: str, **meta: bool) -> dict[str, Any]:
    return {
        "name": name,
        "resource_type": "model",
        "parents": parents,
        "config": {"meta": meta},
    }


def manifest(*nodes: dict[str, Any], sources: tuple[str, ...]) -> dict[str, Any]:
    """As much of dbt's manifest as is looked at; everything is known by its name."""
    children: dict[str, list[str]] = {}
    for child in nodes:
        for parent in child["parents"]:
            children.setdefault(parent, []).append(child["name"])
    return {
        "nodes": {each["name"]: each for each in nodes},
        "sources": {
            name: dict(zip(("source_name", "name"), name.split("."), strict=True))
            for name in sources
        },
        "child_map": children,
    }


SMALL = manifest(
    node("stg_landing__batches", "landing.batches"),
    node("stg_landing__current_batches", "stg_landing__batches"),
    node("stg_tea", "agency.tea", "stg_landing__current_batches", own_batches=True),
    node("stg_liquor", "agency.liquor", "stg_landing__batches", own_batches=True),
    node("fct_tea", "stg_tea"),
    node("fct_liquor", "stg_liquor"),
    node("fct_batches", "stg_landing__batches"),
    node("scorecard", "fct_tea", "fct_liquor"),
    node("publication", every_build=True),
    node("dim_areas", "seed"),
    {"name": "a_test", "resource_type": "test", "parents": ("fct_tea",), "config": {}},
    sources=("landing.batches", "agency.tea", "agency.liquor"),
)


def test_news_of_one_feed_leave_the_other_alone() -> None:
    assert models_with_news(SMALL, {"landing.batches", "agency.tea"}) == [
        "fct_batches",
        "fct_tea",
        "publication",
        "scorecard",
        "stg_landing__batches",
        "stg_landing__current_batches",
        "stg_tea",
    ]


def test_without_news_only_what_speaks_of_the_build_is_made() -> None:
    assert models_with_news(SMALL, set()) == ["publication"]


@pytest.mark.parametrize(
    ("source", "untouched"),
    [
        ("education.schools", {"fct_trainings", "fct_attendance", "fct_enterprises"}),
        ("county.training_ledgers", {"fct_attendance", "fct_schools", "int_training__enrolled"}),
        ("hrss.attendance", {"fct_schools", "int_training__enrolled", "training_revisions"}),
    ],
)
def test_of_the_project_most_stands_when_one_feed_has_news(
    source: str, untouched: set[str]
) -> None:
    records = {"landing.batches", "landing.deliveries", "landing.rejections"}
    models = [name for name in MANIFEST["nodes"] if name.startswith("model.")]
    again = set(models_with_news(MANIFEST, {source, *records}))
    assert {"kpi_scorecard", "fct_batches", "publication"} <= again
    assert not again & untouched
    assert len(again) < len(models) / 2


def test_the_day_by_which_a_run_judges_is_news_for_nearly_everything() -> None:
    models = [name for name in MANIFEST["nodes"] if name.startswith("model.")]
    assert len(models_with_news(MANIFEST, {"landing.run"})) > len(models) / 2

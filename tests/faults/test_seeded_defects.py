"""Each defect behind the landing is stopped before publication, in words that lead to it.

A message holds the rule, the table or feed, and a count; no value of any row. What readers see
stays the same, to the byte's time stamp.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest
from campaign import chosen
from finished_builds import FinishedBuild, finished
from installations import Installation, copied_repository
from seeded_defects import DEFECTS, INVENTED_ID, Defect

from dagster_project.building import UnfinishedBuildError
from dagster_project.publishing.audit import AuditError
from dagster_project.publishing.duckdb_file import PublishedFileError

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("seeded_defects")]

#: Models whose rows come twice: one that everything stands on, one that is published.
WRONG_MODELS: Final = (
    ("intermediate/crosswalks/int_crosswalks__levels.sql", "intermediate.int_crosswalks__levels"),
    ("marts/certificates/fct_certificates.sql", "marts.fct_certificates"),
)
PROMISE = pytest.mark.promise("seeded defects stopped before publish", 40)


@pytest.fixture(scope="module")
def build(refreshed: Installation, tmp_path_factory: pytest.TempPathFactory) -> FinishedBuild:
    return finished(refreshed, tmp_path_factory.mktemp("finished") / "build")


def objections(build: FinishedBuild) -> list[str]:
    """What publication says; none when it publishes."""
    try:
        build.publish()
    except AuditError as stopped:
        return list(stopped.objections)
    except (PublishedFileError, UnfinishedBuildError) as refusal:
        return [str(refusal)]
    return []


def test_what_is_not_damaged_is_published(build: FinishedBuild, tmp_path: Path) -> None:
    whole = build.copied(tmp_path / "build")
    whole.test_again("fct_certificates")
    assert whole.publish() == whole.visible()[0]


@PROMISE
@pytest.mark.parametrize("defect", chosen(DEFECTS, 6), ids=str)
def test_a_seeded_defect_is_stopped(defect: Defect, build: FinishedBuild, tmp_path: Path) -> None:
    damaged = build.copied(tmp_path / "build")
    seen = damaged.visible()
    defect.seed(damaged)
    told = objections(damaged)
    for words in defect.told:
        assert any(re.search(words, line) for line in told), f"{words} not in {told}"
    assert set(damaged.said_by_dbt()) <= set(told), "the command line says the same"
    assert INVENTED_ID not in " ".join(told)
    assert damaged.visible() == seen


@PROMISE
@pytest.mark.parametrize(("path", "table"), chosen(WRONG_MODELS, 1))
def test_a_wrong_model_is_stopped_on_the_whole_way(
    refreshed: Installation, tmp_path: Path, path: str, table: str
) -> None:
    """From the command to its last word: in a copy of the repository, on a copy of a home."""
    repository = copied_repository(tmp_path / "repository")
    model = repository / "dbt_project" / "models" / path
    text = model.read_text(encoding="utf-8")
    last = text.rstrip().rpartition("\n")[2]
    assert last.startswith("select * from ")
    model.write_text(f"{text}union all {last}\n", encoding="utf-8")
    installation = refreshed.copied(tmp_path / "home")
    version = installation.version
    refresh = installation.run_from(repository, "refresh")
    assert refresh.returncode == 1
    assert "未发布 Not published; the last version stays." in refresh.stdout
    assert re.search(rf"grain of {re.escape(table)}: [\d,]+ rows", refresh.stdout)
    assert (installation.version, installation.versions) == (version, refreshed.versions)

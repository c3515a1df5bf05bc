"""Does the repository keep its own frame: what stands where, and what may not stand anywhere?"""

from __future__ import annotations

import ast
import re
import subprocess
import tomllib
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from ingestion.contract import load_contracts

ROOT: Final = Path(__file__).parents[2]
FOLDERS: Final = {".ci", "dagster_project", "dbt_project", "ingestion", "seeds", "tests"}
FILES: Final = {
    ".gitignore",
    ".pre-commit-config.yaml",
    ".sqlfluff",
    ".sqlfluffignore",
    "CHANGELOG.md",
    "LICENSE",
    "Makefile",
    "README.md",
    "pyproject.toml",
    "requirements-spark.lock",
    "requirements.lock",
}
LOCKS: Final = ("requirements.lock", "requirements-spark.lock")
SOURCES: Final = {".cfg", ".ini", ".lock", ".md", ".py", ".sql", ".toml", ".yaml", ".yml", ""}
#: Folders that only some machine has; what the README gives as an example begins with /data.
MACHINE_PATH: Final = re.compile(r"(?<![\w.*}$)/-])/(?:home|root|Users|work|workspace|mnt)/\w")
#: Letters in brackets, so that this line names none either.
INDEX: Final = re.compile(
    r"index[-]url|find[-]links|trusted[-]host|py[p]i\.|python[h]osted|simpl[e]/"
)
VAGUE: Final = {"common", "final", "helpers", "misc", "utils", "v2"}


@cache
def tracked() -> tuple[Path, ...]:
    """Every file that is or would be committed, relative to the root."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    paths = {Path(name) for name in listed.stdout.split("\0") if name}
    return tuple(sorted(path for path in paths if (ROOT / path).exists()))


def text_of(path: Path) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


@cache
def sources() -> tuple[Path, ...]:
    """What people write; this file names what it looks for."""
    own = Path(__file__).relative_to(ROOT)
    return tuple(path for path in tracked() if path.suffix in SOURCES and path != own)


def test_the_top_level_holds_what_the_frame_allows() -> None:
    top = {path.parts[0] for path in tracked()}
    assert top == FOLDERS | FILES


def test_no_path_of_a_machine_stands_anywhere() -> None:
    assert [str(path) for path in sources() if MACHINE_PATH.search(text_of(path))] == []
    assert [str(path) for path in sources() if str(ROOT) in text_of(path)] == []


def test_no_package_index_is_named_anywhere() -> None:
    assert [str(path) for path in sources() if INDEX.search(text_of(path))] == []


@pytest.mark.parametrize("name", LOCKS)
def test_the_lock_pins_every_package_by_hash_and_knows_no_host(name: str) -> None:
    lock = text_of(Path(name))
    assert "://" not in lock
    pinned = re.findall(r"^([A-Za-z0-9][\w.-]*)(\S*)", lock, re.MULTILINE)
    assert pinned
    assert [name for name, rest in pinned if "==" not in rest] == []
    parts = re.split(r"\n(?=[A-Za-z0-9])", lock)
    assert [part.split("==")[0] for part in parts if "==" in part and "--hash=" not in part] == []


@pytest.mark.parametrize("name", LOCKS)
def test_the_lock_holds_every_package_that_the_project_asks_for(name: str) -> None:
    project = tomllib.loads(text_of(Path("pyproject.toml")))
    groups = project["dependency-groups"]
    asked = {
        "requirements.lock": [*project["project"]["dependencies"], *groups["dev"]],
        "requirements-spark.lock": groups["spark"],
    }[name]
    names = {match[0].lower() for text in asked if (match := re.match(r"[\w.-]+", text))}
    locked = {name.lower() for name in re.findall(r"^([\w.-]+)", text_of(Path(name)), re.MULTILINE)}
    assert names
    assert names <= locked


@cache
def imports_of(path: Path) -> frozenset[str]:
    """Top-level packages that a module imports, wherever in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(text_of(path))):
        match node:
            case ast.Import(names=names):
                found |= {name.name.split(".")[0] for name in names}
            case ast.ImportFrom(module=str(module)):
                found.add(module.split(".")[0])
    return frozenset(found)


def modules_of(package: str) -> list[Path]:
    return [path for path in tracked() if path.parts[0] == package and path.suffix == ".py"]


def test_ingestion_knows_neither_dagster_nor_dbt() -> None:
    refused = {"dagster", "dagster_project", "dbt"}
    guilty = [str(path) for path in modules_of("ingestion") if imports_of(path) & refused]
    assert guilty == []


def test_no_test_module_is_imported_by_what_is_shipped() -> None:
    shipped = [*modules_of("ingestion"), *modules_of("dagster_project")]
    refused = {"hypothesis", "pytest", "tests"}
    assert [str(path) for path in shipped if imports_of(path) & refused] == []


def test_nothing_is_named_by_a_vague_word() -> None:
    assert [str(path) for path in tracked() if VAGUE & set(path.with_suffix("").parts)] == []


def test_every_module_says_what_it_is_for() -> None:
    modules = [path for path in tracked() if path.suffix == ".py" and text_of(path).strip()]
    assert [str(path) for path in modules if not ast.get_docstring(ast.parse(text_of(path)))] == []


def test_the_linter_is_not_silenced() -> None:
    silence = re.compile(r"#\s*noqa|-- noqa|#\s*type:\s*ignore|TODO|FIXME")
    assert [str(path) for path in sources() if silence.search(text_of(path))] == []


def test_the_licence_is_the_one_that_the_project_names() -> None:
    assert 'license = "Apache-2.0"' in text_of(Path("pyproject.toml"))
    assert "Apache License" in text_of(Path("LICENSE"))
    assert "Version 2.0" in text_of(Path("LICENSE"))


def test_the_changelog_says_what_the_present_version_changed() -> None:
    (version,) = re.findall(r'^version = "(.+)"$', text_of(Path("pyproject.toml")), re.MULTILINE)
    headings = re.findall(r"^## \[(.+?)\]", text_of(Path("CHANGELOG.md")), re.MULTILINE)
    assert headings
    assert headings[0] in ("Unreleased", version)


@pytest.mark.parametrize("feed", load_contracts())
def test_a_feed_has_one_name_and_uses_it_everywhere(feed: str) -> None:
    """Contract, rendered source and staging model; its asset is looked for in orchestration."""
    agency, name = feed.split("/")
    assert Path(f"ingestion/feeds/{agency}/{name}.yml") in tracked()
    staging = Path(f"dbt_project/models/staging/{agency}")
    model = text_of(staging / f"stg_{agency}__{name}.sql")
    assert re.search(rf"\b(source|current_rows)\(\s*'{agency}', '{name}'", model)
    assert f"- name: {name}\n" in text_of(staging / f"_{agency}__sources.yml")


@pytest.mark.xdist_group("grouped")
def test_tests_that_share_a_fixture_stay_together(request: pytest.FixtureRequest) -> None:
    """Some pairs of pytest and pytest-xdist ignore groups in silence, and all is made twice."""
    if getattr(request.config.option, "loadgroup", False):
        assert request.node.nodeid.endswith("@grouped")

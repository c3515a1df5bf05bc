"""Contracts -> dbt source YAML, so that staging finds every landed column described.

Rendered, committed, and tested for staleness: ``python -m ingestion.dbt_sources`` writes the
files, ``--check`` only says whether they are stale. It declares what ``ingestion.export`` makes
in the work file. It refuses to write SQL: staging models are written by hand.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from itertools import groupby
from pathlib import Path
from typing import Any, Final

import yaml

from ingestion.contract import (
    Agency,
    Column,
    FeedContract,
    load_agencies,
    load_contracts,
)
from ingestion.export import LANDING, LANDING_TABLES, LINEAGE
from ingestion.settings import REPOSITORY

STAGING_DIR: Final = REPOSITORY / "dbt_project" / "models" / "staging"

_FIRST_LINE: Final = (
    "# Rendered by `python -m ingestion.dbt_sources`; edit the contracts instead.\n"
)
_GRAINS: Final = {
    "deliveries": "One row per handled delivery.",
    "batches": "One row per landed batch: what one delivery says about one scope.",
    "rejections": "One row per rejected row: a pointer to it and its reasons, never a value.",
    "feeds": "One row per feed: what is agreed with the agency.",
    "run": "One row: what this run works on.",
}
_PARTS: Final = {
    "_key": "key of the document number; empty when it was masked",
    "_key_version": "version of the secret behind the key",
    "_id_status": "valid, valid_15, permit or masked",
    "_id_masked": "number with only its ends shown",
    "_birth_year": "year of birth by the number",
    "_sex": "male or female, by the number",
}


def render_sources() -> dict[Path, str]:
    """Every source file by its path below the staging folder."""
    agencies = load_agencies()
    contracts = sorted(load_contracts().values(), key=lambda contract: contract.name)
    rendered = {
        Path(name) / f"_{name}__sources.yml": _dumped(_agency_source(agencies[name], list(feeds)))
        for name, feeds in groupby(contracts, key=lambda contract: contract.agency)
    }
    rendered[Path(LANDING) / f"_{LANDING}__sources.yml"] = _dumped(_landing_source())
    return rendered


def stale_sources(staging_dir: Path = STAGING_DIR) -> list[Path]:
    """Files that are not as rendered now, missing ones and leftovers included."""
    rendered = render_sources()
    known = {path.relative_to(staging_dir) for path in staging_dir.glob("*/_*__sources.yml")}
    return sorted(
        path
        for path in known | rendered.keys()
        if path not in rendered
        or path not in known
        or (staging_dir / path).read_text(encoding="utf-8") != rendered[path]
    )


def write_sources(staging_dir: Path = STAGING_DIR) -> list[Path]:
    """Write what is stale and remove leftovers; the paths that changed."""
    rendered, stale = render_sources(), stale_sources(staging_dir)
    for path in stale:
        target = staging_dir / path
        if path not in rendered:
            target.unlink()
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(rendered[path], encoding="utf-8")
    return stale


def _agency_source(agency: Agency, contracts: list[FeedContract]) -> dict[str, Any]:
    return {
        "name": agency.agency,
        "description": _sentence(f"{agency.title_zh} · {agency.title_en}", agency.description),
        "schema": agency.agency,
        "tables": [_feed_table(contract) for contract in contracts],
    }


def _feed_table(contract: FeedContract) -> dict[str, Any]:
    columns = [
        _column(name, _about(column, name), {"personal": _class_of(column, name)})
        for column in contract.columns
        for name in column.landed_names()
    ]
    lineage = [_typed(_column(name, about, {}), kind) for name, (kind, about) in LINEAGE.items()]
    return {
        "name": contract.feed,
        "description": _sentence(
            f"{contract.grain[:1].upper()}{contract.grain[1:]}, of every batch that landed. "
            f"{contract.title_zh}",
            contract.description,
        ),
        "columns": columns + lineage,
    }


def _column(name: str, description: str, meta: Mapping[str, str]) -> dict[str, Any]:
    column: dict[str, Any] = {"name": name, "description": description}
    if meta:
        column["config"] = {"meta": dict(meta)}
    return column


def _typed(column: dict[str, Any], kind: str) -> dict[str, Any]:
    """Landed files hold text; what is something else says so."""
    return column if kind == "varchar" else {**column, "data_type": kind}


def _about(column: Column, name: str) -> str:
    """The Chinese title, then what the name does not say."""
    words = [column.title_zh]
    match column.type:
        case "resident_id":
            part = name.removeprefix(column.name.removesuffix("_id_no"))
            words.append(_PARTS[part])
        case "person_name" | "phone" | "bank_account":
            words.append("key; the plain value is in the vault")
        case "certificate_no" if name.endswith("_key"):
            words.append("key")
        case "date" if name.endswith("_precision"):
            words.append("day or month: how exactly it was told")
        case "code":
            words.append(", ".join(column.values))
    if column.description and name == column.landed_names()[0]:
        words.append(column.description)
    return "; ".join(words)


def _class_of(column: Column, name: str) -> str:
    """A key, a mask, a birth year or a sex tells less than what it was made from."""
    if column.type == "resident_id":
        return "P2" if name.endswith("_key") else "P1"
    return "P2" if column.personal == "P3" else column.personal


def _landing_source() -> dict[str, Any]:
    return {
        "name": LANDING,
        "description": "What the landing zone knows of itself: deliveries, batches, quarantine.",
        "schema": LANDING,
        "tables": [
            {
                "name": table,
                "description": _GRAINS[table],
                "columns": [_column(name, about, {}) for name, (_, about) in columns.items()],
            }
            for table, columns in LANDING_TABLES.items()
        ],
    }


def _sentence(*parts: str) -> str:
    return ". ".join(part.strip().rstrip(".") for part in parts if part) + "."


def _dumped(source: dict[str, Any]) -> str:
    content = {"version": 2, "sources": [source]}
    return _FIRST_LINE + yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=100)


def main(arguments: list[str] | None = None) -> int:
    """Write the stale files, or with ``--check`` only name them and return 1."""
    parser = argparse.ArgumentParser(prog="python -m ingestion.dbt_sources", description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; 1 when stale")
    check = parser.parse_args(arguments).check
    stale = stale_sources() if check else write_sources()
    for path in stale:
        sys.stdout.write(f"{'stale' if check else 'written'}: {path}\n")
    return int(check and bool(stale))


if __name__ == "__main__":
    sys.exit(main())

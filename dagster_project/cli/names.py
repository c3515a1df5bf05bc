"""Counties, industries and feeds as people call them on the command line."""

from __future__ import annotations

import csv
import unicodedata
from typing import Final, Literal, NamedTuple

import typer

from dagster_project.dbt_runs import SEEDS
from ingestion.contract import load_contracts

Kind = Literal["area", "industry"]


class UnknownNameError(Exception):
    """Nobody is called that; the message lists who there is."""


class _Seeds(NamedTuple):
    reference: str
    aliases: str


_SEEDS: Final[dict[Kind, _Seeds]] = {
    "area": _Seeds("areas", "area_aliases"),
    "industry": _Seeds("industries", "industry_aliases"),
}


def code_of(kind: Kind, text: str) -> str:
    """The code of what ``text`` names, by code, name or alias. Raises UnknownNameError."""
    column = f"{kind}_code"
    reference = _rows("reference", _SEEDS[kind].reference)
    codes = {_plain(row["alias"]): row[column] for row in _rows("crosswalks", _SEEDS[kind].aliases)}
    for row in reference:
        for name in (row[column], row["name_zh"], row["name_en"]):
            codes[_plain(name)] = row[column]
    try:
        return codes[_plain(text)]
    except KeyError:
        known = ", ".join(f"{row[column]} {row['name_zh']}" for row in reference)
        raise UnknownNameError(f"no {kind} is called {text!r}; there are: {known}") from None


def require_feed(name: str | None) -> None:
    """Raises typer.BadParameter unless there is such a feed or none is named."""
    if name is not None and name not in load_contracts():
        known = ", ".join(load_contracts())
        raise typer.BadParameter(f"there is no feed {name}; there are: {known}")


def _rows(folder: str, name: str) -> list[dict[str, str]]:
    with (SEEDS / folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().casefold()

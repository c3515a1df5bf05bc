"""Names and values within SQL text, where DuckDB takes no parameters: attached files, DDL."""

from __future__ import annotations

from pathlib import Path


def identifier(*parts: str) -> str:
    """A name of one or more parts, quoted: ``"marts"."fct_trainings"``."""
    return ".".join('"' + part.replace('"', '""') + '"' for part in parts)


def literal(text: str | Path) -> str:
    """A text as a literal, quoted."""
    return "'" + str(text).replace("'", "''") + "'"

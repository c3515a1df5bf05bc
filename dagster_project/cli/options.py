"""Choices that more than one command offers."""

from __future__ import annotations

from enum import StrEnum


class OutputFormat(StrEnum):
    """How a table is written."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    XLSX = "xlsx"


class TextLanguage(StrEnum):
    """What people read."""

    ZH = "zh"
    EN = "en"


class RollUp(StrEnum):
    """What the statuses of the parts are rolled up to."""

    PLAN = "plan"
    MEASURE = "measure"
    INDICATOR = "indicator"
    AREA = "area"
    UNIT = "unit"
    DEPARTMENT = "responsible_department"


class Outcome(StrEnum):
    """What became of a delivery."""

    LANDED = "landed"
    UNCHANGED = "unchanged"
    REFUSED = "refused"
    NOTHING_NEW = "nothing_new"
    UNREACHABLE = "unreachable"

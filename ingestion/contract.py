"""What a feed file may say: a strict, frozen model of one feed's contract.

A contract is one YAML under ``ingestion/feeds/<agency>/<feed>.yml``; its path is its
identity. It states facts about what the agency delivers (title, cadence, format, header
aliases, types, keys, code lists, personal-data class, row band, mode and scope). It refuses
unknown keys, and it refuses settings: addresses, tokens, schedules of ours or names of tools
have no place in it.
"""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, Self, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

FEEDS_DIR = Path(__file__).parent / "feeds"

Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=48)]

ColumnType = Literal[
    "text",  # normalised text, landed as it is
    "code",  # text from a closed list, landed as its code
    "integer",
    "decimal",
    "money",  # landed in yuan with two decimals
    "date",
    "datetime",  # landed as UTC-naive local time, YYYY-MM-DD HH:MM:SS
    "date_range",  # one cell that fills two date columns
    "boolean",  # landed as true or false
    "area",  # a place by name or code, landed by its official name where it is known
    "credit_code",  # GB 32100 unified social credit code
    "certificate_no",
    "resident_id",  # GB 11643 number or a permit: never landed, see `landed_columns`
    "person_name",  # never landed, only its key
    "phone",  # never landed, only its key
    "bank_account",  # never landed, only its key
]
PersonalClass = Literal["P0", "P1", "P2", "P3"]
ScopePart = Literal["unit", "year", "quarter", "month"]
Period = Literal["year", "quarter", "month"]

#: Types whose merged cells are never filled down: a sum over a block is not a value per row.
AMOUNT_TYPES: frozenset[str] = frozenset({"integer", "decimal", "money"})
#: Types whose plain value stays outside the landing zone.
KEYED_TYPES: frozenset[str] = frozenset({"resident_id", "person_name", "phone", "bank_account"})


class Strict(BaseModel):
    """A frozen model that refuses keys it does not know, and never echoes input."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Column(Strict):
    """One column of a delivery."""

    name: Identifier
    title_zh: str
    type: ColumnType
    aliases: tuple[str, ...] = ()
    description: str = ""
    #: The column must be found in the header; otherwise the delivery is refused.
    required: bool = False
    #: Every cell must hold a value; otherwise the row is rejected.
    filled: bool = False
    personal: PersonalClass = "P0"
    #: type ``code``: landed code -> spellings met in the field.
    values: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    #: types ``integer``, ``decimal``, ``money``: closed bounds on the landed value.
    minimum: float | None = None
    maximum: float | None = None
    #: type ``money``: the unit when neither header, title nor cell names one.
    unit: Literal["cny", "wan_cny"] = "cny"
    #: types ``date``, ``date_range``: ``month`` also takes a month (first or last day is landed).
    precision: Literal["day", "month"] = "day"
    #: type ``date`` with precision ``month``: which day of the month stands for the month.
    month_as: Literal["first_day", "last_day"] = "first_day"
    #: type ``date_range``: the two date columns that this one fills.
    into: tuple[Identifier, Identifier] | None = None
    #: dates, times and numbers: a column of the same row that this one never lies below; the end of
    #: a start, the whole of a part. What is told the other way round is a reason to reject the row.
    at_least: Identifier | None = None
    #: type ``resident_id``: the day at which the person must be of age, besides the delivery.
    of_age_on: Identifier | None = None

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        if (self.type == "code") != bool(self.values):
            raise ValueError(f"column {self.name}: `values` goes with type code, and only with it")
        if (self.type == "date_range") != (self.into is not None):
            raise ValueError(
                f"column {self.name}: `into` goes with type date_range, and only with it"
            )
        if self.type == "resident_id" and not self.name.endswith("_id_no"):
            raise ValueError(f"column {self.name}: a resident_id column is named <who>_id_no")
        if self.type in KEYED_TYPES and self.personal not in ("P2", "P3"):
            raise ValueError(f"column {self.name}: type {self.type} is personal data (P2 or P3)")
        return self

    @property
    def headers(self) -> tuple[str, ...]:
        """Every header text that may stand for this column, the title first."""
        return (self.title_zh, *self.aliases)

    def landed_names(self) -> tuple[str, ...]:
        """Names of the landing columns that this column fills, all text."""
        match self.type:
            case "resident_id":
                who = self.name.removesuffix("_id_no")
                return tuple(
                    f"{who}_{part}"
                    for part in (
                        "key",
                        "key_version",
                        "id_status",
                        "id_masked",
                        "birth_year",
                        "sex",
                    )
                )
            case "person_name" | "phone" | "bank_account":
                return (f"{self.name}_key",)
            case "certificate_no":
                return (self.name, f"{self.name}_key")
            case "date" if self.precision == "month":
                return (self.name, f"{self.name}_precision")
            case "date_range":
                return ()
            case _:
                return (self.name,)


class FileSource(Strict):
    """Files in the drop folder, under ``<agency>/<feed>/``."""

    kind: Literal["files"]
    formats: tuple[Literal["xlsx", "xls", "et", "html", "csv", "json"], ...]


class BundledSource(Strict):
    """A ledger that this repository itself carries, beside its contract."""

    kind: Literal["bundled"]
    file: str


class ApiSource(Strict):
    """A paged HTTP API. ``system`` names the connection in the settings."""

    kind: Literal["api"]
    system: Identifier
    path: str
    #: Query parameter that asks for records changed since a time; none means always all.
    since_parameter: str | None = None
    #: Query parameter that asks for records changed up to a time, for a backfill in slices.
    until_parameter: str | None = None
    #: Landed column that carries the record's change time.
    watermark: Identifier | None = None

    @property
    def pull_name(self) -> str:
        """Under which its pulls are recorded."""
        return f"{self.system}:{self.path}"


class DatabaseSource(Strict):
    """A table of an agency's database. ``system`` names the connection in the settings."""

    kind: Literal["database"]
    system: Identifier
    table: str
    #: Column that carries the row's change time; none means the whole table every time.
    watermark: Identifier | None = None

    @property
    def pull_name(self) -> str:
        """Under which its pulls are recorded."""
        return f"{self.system}:{self.table}"


Source = Annotated[
    FileSource | BundledSource | ApiSource | DatabaseSource, Field(discriminator="kind")
]


class RowBand(Strict):
    """How many data rows an acceptable delivery has (totals and blanks aside)."""

    minimum: int = Field(default=1, ge=0)
    maximum: int = Field(ge=1)


class DeliveryTerms(Strict):
    """How deliveries of a feed relate to each other."""

    #: snapshot: a delivery replaces its scope · upsert: by key · append: adds.
    mode: Literal["snapshot", "upsert", "append"]
    #: What one delivery speaks for; empty means the whole feed.
    scope: tuple[ScopePart, ...] = ()
    #: The period a delivery covers within its scope; the furthest is the truth.
    covers: Period | None = None
    #: What 填报单位 names.
    unit: Literal["area", "department"] | None = None
    rows: RowBand
    #: Least share of the rows of the delivery it replaces; smaller needs a declared reason.
    least_share: float = Field(default=0.5, ge=0, le=1)

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        if "unit" in self.scope and self.unit is None:
            raise ValueError("scope names unit, so `unit` must say what kind")
        return self


class FeedContract(Strict):
    """One feed of one agency."""

    agency: Identifier
    feed: Identifier
    title_zh: str
    title_en: str
    grain: str
    description: str = ""
    cadence: Literal["daily", "monthly", "quarterly", "yearly", "irregular"]
    #: Day of the month after the period by which the delivery is due.
    due_day: int | None = Field(default=None, ge=1, le=31)
    source: Source
    #: The same records as files too, from before the system could be read or while it can't. Both
    #: ways may tell of one record: its change time says which state is the newer one.
    exports: FileSource | None = None
    delivery: DeliveryTerms
    columns: tuple[Column, ...]
    #: Contract columns that tell records of one scope apart.
    key: tuple[Identifier, ...]

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        names = [column.name for column in self.columns]
        if len(set(names)) != len(names):
            raise ValueError("a column name stands twice")
        headers: dict[str, str] = {}
        for column in self.columns:
            for header in {*column.headers, column.name}:
                other = headers.setdefault(header, column.name)
                if other != column.name:
                    raise ValueError(f"header {header!r} stands for {other} and for {column.name}")
        if unknown := set(self.key) - set(names):
            raise ValueError(f"key names unknown columns {sorted(unknown)}")
        if isinstance(self.source, ApiSource | DatabaseSource):
            if self.source.watermark and self.source.watermark not in names:
                raise ValueError("watermark names an unknown column")
            if self.source.watermark and self.delivery.mode == "snapshot":
                raise ValueError("a watermark brings only changes, so the mode is upsert or append")
        if self.exports and (self.watermark is None or self.delivery.mode != "upsert"):
            raise ValueError(
                "`exports` stand beside a system with a watermark, and the mode is upsert: of two "
                "ways that tell of one record its change time decides"
            )
        return self

    @model_validator(mode="after")
    def _columns_fit(self) -> Self:
        names = {column.name for column in self.columns}
        for column in self.columns:
            told = {*(column.into or ()), column.at_least or "", column.of_age_on or ""} - {""}
            if not told <= set(names):
                raise ValueError(f"column {column.name}: names an unknown column")
            if column.at_least and not _compared(column, self.column(column.at_least)):
                raise ValueError(
                    f"column {column.name}: `at_least` compares dates with dates, times with "
                    "times, numbers with numbers"
                )
            if column.of_age_on and (
                column.type != "resident_id" or self.column(column.of_age_on).type != "date"
            ):
                raise ValueError(
                    f"column {column.name}: `of_age_on` goes with type resident_id, and names a "
                    "date"
                )
        return self

    @property
    def name(self) -> str:
        """``<agency>/<feed>``: the contract's path, the landing folder, the dbt source."""
        return f"{self.agency}/{self.feed}"

    @property
    def watermark(self) -> str | None:
        return getattr(self.source, "watermark", None)

    @property
    def ways(self) -> tuple[Self, ...]:
        """This contract once for each way in, as if that one were the only one."""
        if self.exports is None:
            return (self,)
        alone = self.model_copy(update={"exports": None})
        return (alone, alone.model_copy(update={"source": self.exports}))

    @property
    def by_file(self) -> Self | None:
        """The way in by files of the drop folder, if there is one."""
        return next((way for way in self.ways if isinstance(way.source, FileSource)), None)

    def column(self, name: str) -> Column:
        """The column of that name. Raises KeyError."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    def position(self, name: str) -> int:
        """Where the column of that name stands, counted from 0. Raises ValueError."""
        return [column.name for column in self.columns].index(name)

    def landed_names(self) -> tuple[str, ...]:
        """Landing columns of this feed in order, all text, without the lineage columns."""
        return tuple(name for column in self.columns for name in column.landed_names())

    def fingerprint(self) -> str:
        """Changes when the contract does, so that refused deliveries are tried again."""
        text = json.dumps(self.model_dump(mode="json"), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def _compared(column: Column, other: Column) -> bool:
    kinds = {column.type, other.type}
    return kinds in ({"date"}, {"datetime"}) or kinds <= AMOUNT_TYPES


class Agency(Strict):
    """Who delivers."""

    agency: Identifier
    title_zh: str
    title_en: str
    description: str = ""


class ContractError(Exception):
    """A contract file is wrong; the message names file, place and what to do."""


#: Lineage columns of every landing file, beside the landed columns.
LINEAGE_COLUMNS: tuple[str, ...] = ("_batch_id", "_sheet", "_row_number")


Model = TypeVar("Model", bound=Strict)


def _load(path: Path, identity: dict[str, str], model: type[Model]) -> Model:
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ContractError(
            f"{path.name}: not a YAML file in UTF-8 ({type(error).__name__})"
        ) from error
    if not isinstance(content, dict):
        raise ContractError(f"{path.name}: expected keys and values; see the other contracts")
    if clash := identity.keys() & content.keys():
        raise ContractError(f"{path.name}: {sorted(clash)} come from the path; remove them")
    try:
        return model.model_validate({**content, **identity})
    except ValidationError as error:
        places = "; ".join(
            f"{'.'.join(str(part) for part in item['loc']) or 'contract'}: {item['msg']}"
            for item in error.errors()
        )
        raise ContractError(f"{path.parent.name}/{path.name}: {places}") from error


@cache
def load_agencies(feeds_dir: Path = FEEDS_DIR) -> dict[str, Agency]:
    """Agencies by name. Raises ContractError."""
    return {
        path.parent.name: _load(path, {"agency": path.parent.name}, Agency)
        for path in sorted(feeds_dir.glob("*/_agency.yml"))
    }


@cache
def load_contracts(feeds_dir: Path = FEEDS_DIR) -> dict[str, FeedContract]:
    """Contracts by ``<agency>/<feed>``, sorted. Raises ContractError."""
    contracts: dict[str, FeedContract] = {}
    for path in sorted(feeds_dir.glob("*/[a-z]*.yml")):
        identity = {"agency": path.parent.name, "feed": path.stem}
        contract = _load(path, identity, FeedContract)
        if contract.agency not in load_agencies(feeds_dir):
            raise ContractError(f"{contract.name}: the folder lacks _agency.yml")
        contracts[contract.name] = contract
    return contracts

"""Where state lives and how agencies are reached: settings of one installation.

Everything comes from environment variables with the prefix ``SKILLS_``. Secrets stay wrapped,
so that printing the settings shows none; a token that is renewed while we run lies in a file. It
refuses to hold facts about a feed; those stand in the feed's contract.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict

REPOSITORY = Path(__file__).resolve().parents[1]
#: All that a child process of ours finds in its environment: no secret and no setting.
CHILD_ENVIRONMENT: Final = {
    "PYTHONPATH": str(REPOSITORY),
    "PYTHONUTF8": "1",
    "ARROW_DEFAULT_MEMORY_POOL": "system",
}

_URL_VARIABLE = re.compile(r"SKILLS_([A-Z][A-Z0-9_]*)_URL")
_SIZE = re.compile(r"[0-9]+(\.[0-9]+)? ?[KMGT]i?B")
_OWNER_ONLY = 0o077


def keep_private() -> None:
    """What this process and its children make from now on is nobody else's to read.

    Whoever writes below the home calls it first, since anybody may have started the process.
    """
    os.umask(_OWNER_ONLY)


class SettingsError(Exception):
    """A setting is not what it can be; the message names the variable, never its value."""


class Connection(BaseModel):
    """How one agency system is reached."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    url: SecretStr
    token: SecretStr | None = None
    #: Goes before ``token``. Read for every pull, and once more when the system refuses the token,
    #: so that whatever renews it (a cron job, an agent of a secret store) has only to replace it.
    token_file: Path | None = None


def _connections_from_environment() -> dict[str, Connection]:
    """Every system for which ``SKILLS_<SYSTEM>_URL`` is set, by its lower-case name."""
    found: dict[str, Connection] = {}
    for variable, value in os.environ.items():
        match = _URL_VARIABLE.fullmatch(variable)
        if match and value:
            token = os.environ.get(f"SKILLS_{match[1]}_TOKEN")
            token_file = os.environ.get(f"SKILLS_{match[1]}_TOKEN_FILE")
            found[match[1].lower()] = Connection(
                url=SecretStr(value),
                token=SecretStr(token) if token else None,
                token_file=Path(token_file) if token_file else None,
            )
    return found


def _size(text: str) -> str:
    if not _SIZE.fullmatch(text):
        raise ValueError("say a size, such as 12GB")
    return text


class Settings(BaseSettings):
    """Settings of one installation; see the README for each variable. Raises SettingsError."""

    model_config = SettingsConfigDict(
        env_prefix="SKILLS_",
        env_ignore_empty=True,
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,
    )

    #: The drop folder, any fsspec URL; none means that the sample agencies deliver.
    #: An address may hold a password, so it isn't shown.
    drop: str | None = Field(default=None, repr=False)
    #: All state of this installation. Sample and own data never share one.
    home: Path = Field(
        default_factory=lambda known: REPOSITORY / (".skills-own" if known["drop"] else ".skills")
    )
    #: The secret behind person keys, at least 32 characters.
    secret: SecretStr | None = None
    #: Stored beside every key; raise it when the secret changes.
    key_version: int = Field(default=1, ge=1)
    #: Most memory that the engine takes while it builds, such as 12GB; else as much as it needs,
    #: up to what `dagster_project.engine` says.
    memory_limit: Annotated[str, AfterValidator(_size)] | None = None
    #: Days that encrypted originals are kept.
    originals_days: int = Field(default=1096, ge=1)
    sample_factor: float = Field(default=1.0, gt=0, le=999)
    sample_seed: int = 20230101
    connections: Mapping[str, Connection] = Field(default_factory=_connections_from_environment)

    @model_validator(mode="wrap")
    @classmethod
    def _faults_by_variable(cls, given: object, handler: ModelWrapValidatorHandler[Self]) -> Self:
        try:
            return handler(given)
        except ValidationError as error:
            faults = [
                f"SKILLS_{'_'.join(map(str, fault['loc'])).upper()}: {fault['msg']}"
                for fault in error.errors(include_input=False, include_url=False)
            ]
            raise SettingsError("; ".join(faults)) from None

    @property
    def is_sample(self) -> bool:
        """Whether simulated agencies deliver."""
        return self.drop is None

    def connection(self, system: str) -> Connection | None:
        """How to reach that system, or None when no setting says so."""
        return self.connections.get(system)

    def with_connections(self, connections: Mapping[str, Connection]) -> Self:
        """The same settings, with these systems added or replaced."""
        return self.model_copy(update={"connections": {**self.connections, **connections}})

    @property
    def drop_url(self) -> str:
        """Where files are looked for: the drop folder or the sample's."""
        return self.drop if self.drop is not None else str(self.sample / "drop")

    @property
    def landing(self) -> Path:
        return self.home / "landing"

    @property
    def staging(self) -> Path:
        """Temporary files of the landing zone, on the same file system; emptied at start."""
        return self.landing / ".staging"

    @property
    def manifest(self) -> Path:
        return self.landing / "manifest.sqlite"

    @property
    def vault(self) -> Path:
        return self.home / "vault"

    @property
    def secret_file(self) -> Path:
        """Where the sample run keeps the secret that it makes itself."""
        return self.home / "secret.key"

    @property
    def sample(self) -> Path:
        return self.home / "sample"

    @property
    def work(self) -> Path:
        return self.home / "work"

    @property
    def work_database(self) -> Path:
        """What dbt builds; a fresh file each time."""
        return self.work / "work.duckdb"

    @property
    def published(self) -> Path:
        return self.home / "published"

    @property
    def published_database(self) -> Path:
        """A link to the published file; always opens."""
        return self.published / "current.duckdb"

    @property
    def dagster_home(self) -> Path:
        return self.home / "dagster"

    @property
    def lock(self) -> Path:
        """Held by one refresh at a time."""
        return self.home / ".lock"

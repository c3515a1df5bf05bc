"""What Spark needs of this machine: Java, and the environment ``.venv-spark``.

Looked for and never installed; where one is missing, the error says how to get it.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ingestion.settings import REPOSITORY

#: Spark 4 runs on this and anything later.
LEAST_JAVA: Final = 17
VENV: Final = REPOSITORY / ".venv-spark"

_HOW_TO_GET_JAVA: Final = (
    f"Spark needs Java {LEAST_JAVA} or later. Debian and Ubuntu: "
    f"apt install openjdk-{LEAST_JAVA}-jre-headless; elsewhere any JDK of {LEAST_JAVA} or later, "
    "with JAVA_HOME set to its folder."
)
_HOW_TO_GET_SPARK: Final = (
    f"Spark needs its environment {VENV.name}, which is not there: make run-spark sets it up."
)
_VERSION: Final = re.compile(r'version "(\d+)(?:\.(\d+))?')
_ASKING_SECONDS: Final = 60


class SparkMissingError(Exception):
    """Something that Spark needs is missing; the message says how to get it."""


@dataclass(frozen=True)
class Environment:
    """Where Java, Spark and Spark's dbt are."""

    java: Path
    spark: Path
    dbt: Path


def find_environment(variables: Mapping[str, str] = os.environ, venv: Path = VENV) -> Environment:
    """Java of the least version or later, and Spark. Raises SparkMissingError."""
    java = find_java(variables)
    found = next(venv.glob("lib/python3*/site-packages/pyspark"), None)
    dbt = venv / "bin" / "dbt"
    if found is None or not dbt.exists():
        raise SparkMissingError(_HOW_TO_GET_SPARK)
    return Environment(java, found, dbt)


def java_version(told: str) -> int | None:
    """The major version that ``java -version`` tells; 8 called itself 1.8."""
    match = _VERSION.search(told)
    if match is None:
        return None
    return int(match[2] or 0) if match[1] == "1" else int(match[1])


def find_java(variables: Mapping[str, str] = os.environ) -> Path:
    """Java of the least version or later; ``JAVA_HOME`` goes before ``PATH``, as with Spark.

    Raises SparkMissingError.
    """
    home = variables.get("JAVA_HOME")
    name = str(Path(home) / "bin" / "java") if home else "java"
    java = shutil.which(name, path=variables.get("PATH", os.defpath))
    if java is None:
        where = f"JAVA_HOME, {home}, holds none" if home else "none was found on the PATH"
        raise SparkMissingError(f"Java is missing: {where}. {_HOW_TO_GET_JAVA}")
    version = _ask_version(java)
    if version is None or version < LEAST_JAVA:
        found = "of a version that it does not tell" if version is None else str(version)
        raise SparkMissingError(f"Java is too old: {java} is {found}. {_HOW_TO_GET_JAVA}")
    return Path(java)


def _ask_version(java: str) -> int | None:
    try:
        told = subprocess.run(
            [java, "-version"], capture_output=True, text=True, timeout=_ASKING_SECONDS, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    # It tells on standard error.
    return java_version(told.stderr)

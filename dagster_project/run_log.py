"""Dagster's log of one run as a file, for runs whose terminal belongs to people."""

from __future__ import annotations

import logging
from pathlib import Path

import dagster as dg


@dg.logger(config_schema={"path": str}, description="One file per run, under the home.")
def file_logger(context: dg.InitLoggerContext) -> logging.Logger:
    """Writes to ``path`` as it goes."""
    handler = logging.FileHandler(Path(context.logger_config["path"]), encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    logger = logging.Logger("skills.run")
    logger.addHandler(handler)
    return logger

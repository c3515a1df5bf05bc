"""Everything built and tested on a Spark cluster of this machine, beside the published version.

From the start of the cluster to its end, as ``skills spark`` does it but for the comparison. Run by
the benchmark as ``spark_build.py`` with a refreshed home in the environment; answers with how many
nodes were built and passed.
"""

from __future__ import annotations

import json
import logging
import sys

from dagster_project.progress import LogProgress
from dagster_project.publishing.versions import required_version
from dagster_project.spark.building import build_on_spark
from dagster_project.spark.environment import SparkMissingError, find_environment
from ingestion.settings import Settings, keep_private


def main() -> None:
    keep_private()
    settings = Settings()
    try:
        environment = find_environment()
    except SparkMissingError as missing:
        raise SystemExit(str(missing)) from None
    build = build_on_spark(
        settings,
        required_version(settings.published),
        environment,
        LogProgress(logging.getLogger(__name__)),
    )
    if build.broken:
        raise SystemExit("\n".join(build.broken))
    sys.stdout.write(json.dumps(dict(build.done)) + "\n")


if __name__ == "__main__":
    main()

"""Everything that Dagster knows of this project: a table of contents."""

from __future__ import annotations

import dagster as dg

from dagster_project.automation import daily_refresh, drop_folder_sensor, refresh_warehouse
from dagster_project.landing import landing_assets, landing_record
from dagster_project.publication import published_warehouse
from dagster_project.resources import resources
from dagster_project.run_log import file_logger
from dagster_project.warehouse import warehouse

defs = dg.Definitions(
    assets=[*landing_assets(), landing_record, warehouse, published_warehouse],
    jobs=[refresh_warehouse],
    schedules=[daily_refresh],
    sensors=[drop_folder_sensor],
    resources=resources(),
    loggers={"console": dg.colored_console_logger, "file": file_logger},
    executor=dg.in_process_executor,
)

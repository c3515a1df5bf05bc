"""The orchestration: from deliveries to a published version, in Dagster and on the command line."""

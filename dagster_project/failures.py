"""What leaves an asset as a failure, fit for Dagster to keep, which stores every message."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from dagster_project.redaction import told


@contextmanager
def data_kept_out_of_errors() -> Iterator[None]:
    """Turn whatever the block raises into a dagster.Failure without a value of the data."""
    try:
        yield
    except (dg.Failure, dg.DagsterError):
        raise
    except Exception as error:
        # From none, so that nothing leads back to the error and its values.
        raise dg.Failure(told(error), allow_retries=False) from None

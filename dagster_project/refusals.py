"""Deliveries that stand refused: what a person has to look after."""

from __future__ import annotations

from collections.abc import Sequence

from ingestion.landing import DeliveryRecord


def standing_refusals(records: Sequence[DeliveryRecord]) -> list[DeliveryRecord]:
    """Deliveries that were refused, or sources that did not answer, when last looked at."""
    last = {(record.feed, record.name): record for record in records}
    return [record for record in last.values() if record.breach_code]

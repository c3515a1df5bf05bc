"""The same CSV files delivered by ours: read, checked, keyed, landed, recorded.

Run by the benchmark as ``loading_ours.py FEED`` with a fresh home and the folder of files in the
environment; answers with the rows that landed.
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime

from ingestion.contract import load_contracts
from ingestion.deliver import deliver_feed
from ingestion.settings import Settings

if __name__ == "__main__":
    contract = load_contracts()[sys.argv[1]].by_file
    if contract is None:
        raise SystemExit(f"{sys.argv[1]} comes by no file")
    report = deliver_feed(contract, Settings(), now=datetime.now(UTC))
    if report.breaches or report.unsettled:
        raise SystemExit(f"{report.breaches} {report.unsettled}")
    sys.stdout.write(json.dumps({"rows": report.rows_landed}) + "\n")

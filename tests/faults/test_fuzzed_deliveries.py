"""Does every damaged delivery end in a verdict, with every row accounted for?

Good deliveries of invented people are damaged at random, by seed. Whatever is left of them is
refused with a code and a next step, or read so that all rows add up; nothing crashes or hangs,
and nobody lands who does not stand in the file as text.
"""

from __future__ import annotations

import html
import io
import json
import os
import re
import time
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Final

import clerks
import mutations
import pytest
from campaign import chosen
from layouts import DELIVERED_AT, LEDGER, ledger
from pydantic import SecretStr

from ingestion.batches import Drafts
from ingestion.contract import FeedContract, load_contracts
from ingestion.deliver import deliver_feed
from ingestion.landing import Manifest
from ingestion.readers.worker_limits import WALL_SECONDS
from ingestion.readers.xml_spreadsheet import NAMESPACE
from ingestion.reasons import BreachCode
from ingestion.sample_agencies.workbooks import (
    Sheet,
    Text,
    biff_bytes,
    html_bytes,
    text_bytes,
    xlsx_bytes,
)
from ingestion.settings import Settings
from ingestion.trial import Trial, try_file

CERTIFICATES: Final = load_contracts()["hrss/certificates"]
PROMISE: Final = ("mutated deliveries end in a verdict and every row is accounted for", 20_000)

BLOCK: Final = 25
_FORMS: Final = ("csv", "gb18030", "json", "xlsx", "xls", "et", "html", "xml")
_BLOCKS: Final = [(form, number) for form in _FORMS for number in range(100)]
_FOLDER: Final = 40
#: Beside what a child may take, for starting it and for a machine that does other things.
_PATIENCE: Final = WALL_SECONDS + 30
_HINTS: Final = ("仁怀市", "2024年1-6月")
_MUTATORS: Final = {
    "csv": mutations.TEXT,
    "gb18030": mutations.BYTES,
    "json": mutations.JSON,
    "xlsx": mutations.PACKAGE,
    "xls": mutations.BINARY,
    "et": mutations.BINARY,
    "html": mutations.TAGS,
    "xml": mutations.TAGS,
}
_BREACH_CODES: Final = frozenset(BreachCode)
_LONG_NUMBER = re.compile(r"[0-9]{15}")


# --- good deliveries ----------------------------------------------------------------------------


@cache
def good(form: str, seed: int) -> bytes:
    """A good delivery, small."""
    is_typed = form in ("xlsx", "xls", "et")
    one = ledger(seed, is_typed=is_typed, may_merge=is_typed)
    first = one.sheets[0]
    match form:
        case "csv":
            return text_bytes(_quoted(first), Text("utf-8", line_end="\n"))
        case "gb18030":
            return text_bytes(_quoted(first), Text("gb18030"))
        case "json":
            return _json_lines(seed)
        case "xlsx":
            return xlsx_bytes(one.sheets)
        case "xls" | "et":
            return biff_bytes(one.sheets)
        case "html":
            return html_bytes(first, "utf-8")
        case _:
            return _xml_2003(first)


def _quoted(sheet: Sheet) -> list[list[str]]:
    """Cells with their own quotation marks taken off; that writer quotes what holds a comma."""
    return [
        ["" if cell is None else str(cell).replace('"', "").replace("\n", " ") for cell in row]
        for row in sheet.rows
    ]


def _json_lines(seed: int) -> bytes:
    rng = Random(seed)
    records = [
        {
            "certificateNo": f"S{seed:06d}{number:04d}",
            "holderName": "样例",
            "holderIdNo": clerks.resident_number(seed * 50 + number),
            "kind": "职业技能等级",
            "occupationName": "电工",
            "level": "高级工",
            "issueDate": "2024-05-06",
            "status": rng.choice(("有效", "注销")),
            "updatedAt": "2024-05-07 08:00:00",
        }
        for number in range(rng.randint(2, 12))
    ]
    return "\n".join(json.dumps(record, ensure_ascii=False) for record in records).encode()


def _xml_2003(sheet: Sheet) -> bytes:
    def cell(value: object) -> str:
        text = html.escape(str(value or ""))
        return f'<Cell><Data ss:Type="String">{text}</Data></Cell>'

    rows = "".join(f"<Row>{''.join(map(cell, row))}</Row>" for row in sheet.rows)
    return (
        f'<?xml version="1.0"?><Workbook xmlns="{NAMESPACE}" xmlns:ss="{NAMESPACE}">'
        f'<Worksheet ss:Name="Sheet1"><Table>{rows}</Table></Worksheet></Workbook>'
    ).encode()


def mutant(form: str, seed: int) -> bytes:
    """A good delivery with one to three damages."""
    rng = Random(f"{form} {seed}")
    content = good(form, rng.randrange(40))
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        if not content:
            break
        try:
            content = rng.choice(_MUTATORS[form])(rng, content)
        except (
            ValueError,
            KeyError,
            IndexError,
            EOFError,
            zipfile.BadZipFile,
            zlib.error,
            NotImplementedError,
            RuntimeError,
        ):
            break  # damaged too far for a mutator that must understand it
    return content


# --- the verdict --------------------------------------------------------------------------------


@pytest.mark.promise(*PROMISE)
@pytest.mark.parametrize(("form", "block"), chosen(_BLOCKS, 16))
def test_a_damaged_delivery_ends_in_a_verdict(
    form: str, block: int, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    contract = CERTIFICATES if form == "json" else LEDGER
    for seed in range(block * BLOCK, (block + 1) * BLOCK):
        content = mutant(form, seed)
        path = tmp_path / f"{seed}.{form}"
        path.write_bytes(content)
        begun = time.monotonic()
        trial = try_file(path, contract, now=DELIVERED_AT, hints=_HINTS)
        faults = [*_faults(trial, content)]
        if time.monotonic() - begun > _PATIENCE:
            faults.append("took too long")
        assert not faults, (form, seed, faults)
    record_property("cases", BLOCK)


def _faults(trial: Trial, content: bytes) -> Iterator[str]:
    """What is wrong with a verdict; never a value."""
    if trial.breach is not None:
        if trial.breach.code not in _BREACH_CODES or len(trial.breach.message) < 10:
            yield "a refusal without code or next step"
        if _LONG_NUMBER.search(str(trial.breach)):
            yield "a refusal that quotes a number"
    elif trial.drafts is None:
        yield "neither refused nor read"
    else:
        yield from _uncounted(trial.drafts)
        yield from _unsaid(trial.drafts, content)


def _uncounted(drafts: Drafts) -> Iterator[str]:
    rows = drafts.beside.total()
    for draft in drafts.batches:
        found = draft.checked
        rows += draft.rows_delivered
        if draft.rows_delivered != found.rows_landed + found.rows_rejected + found.rows_skipped:
            yield "the rows of a batch do not add up"
    if rows != drafts.rows_delivered:
        yield "the rows of the delivery do not add up"


def _unsaid(drafts: Drafts, content: bytes) -> Iterator[str]:
    said = _texts(content)
    for draft in drafts.batches:
        for secret in draft.checked.secrets.to_pylist():
            if secret["kind"] == "resident_id" and not _stands_in(secret["plaintext"], said):
                yield "somebody landed who does not stand in the file as text"


def _stands_in(number: str, said: str) -> bool:
    return number in said or number[:6] + number[8:17] in said


def _texts(content: bytes) -> str:
    """All that the file says as text, in plain digits and without blanks; numeric cells not."""
    if content.startswith(b"PK"):
        said = _workbook_texts(content)
    elif content.startswith(b"\xd0\xcf\x11\xe0"):
        said = "|".join(
            [
                content.decode("latin-1"),
                *(content[at:].decode("utf-16-le", "replace") for at in (0, 1)),
            ]
        )
    else:
        said = "|".join(
            content.decode(form, "ignore") for form in ("utf-8", "gb18030", "utf-16", "utf-16-be",
            "utf-32")
        )  # fmt: skip
        said += "|" + html.unescape(re.sub(r"<[^<>]*>", "", said))
    plain = unicodedata.normalize("NFKC", said).upper()
    return "".join(
        c for c in plain if unicodedata.category(c) not in ("Cc", "Cf", "Zs", "Zl", "Zp")
    )


def _workbook_texts(content: bytes) -> str:
    """Shared strings, and cells that say that they are text."""
    said = []
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        for name in package.namelist():
            try:
                part = package.read(name).decode("utf-8", "ignore")
            except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError):
                continue
            if "sheets/" in name.lower() and not re.search(r'="(?:str|inlineStr)"', part):
                continue
            said += [part, html.unescape(re.sub(r"<[^<>]*>", "", part))]
    return "|".join(said)


# --- landing ------------------------------------------------------------------------------------


@pytest.mark.promise(*PROMISE)
@pytest.mark.parametrize("block", chosen(range(20), 1))
def test_damaged_deliveries_never_keep_the_others_out(
    block: int, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """Every file in the folder gets an outcome; what the manifest says of it adds up."""
    forms = ("xlsx", "csv", "html", "xls", "xml")
    folder = tmp_path / "drop" / LEDGER.agency / LEDGER.feed
    folder.mkdir(parents=True)
    expected = set()
    for number in range(_FOLDER):
        form = forms[number % len(forms)]
        name = f"仁怀市2024年1-6月 {number}.{form}"
        content = mutant(form, 100_000 + block * _FOLDER + number) if number else good("csv", 7)
        (folder / name).write_bytes(content)
        stamp = (DELIVERED_AT - timedelta(hours=_FOLDER - number)).timestamp()
        os.utime(folder / name, (stamp, stamp))
        expected.add(name)
    settings = Settings(
        home=tmp_path / "home",
        drop=str(tmp_path / "drop"),
        secret=SecretStr("a secret for tests, of invented people"),
        connections={},
    )
    report = deliver_feed(LEDGER, settings, now=DELIVERED_AT)
    assert {outcome.name for outcome in report.outcomes} == expected
    assert report.count("landed")
    with Manifest(settings.manifest) as manifest:
        _assert_adds_up(manifest, LEDGER)
    again = deliver_feed(LEDGER, settings, now=DELIVERED_AT + timedelta(hours=1))
    assert again.count("landed") == 0
    record_property("cases", _FOLDER)


def _assert_adds_up(manifest: Manifest, contract: FeedContract) -> None:
    for one in manifest.deliveries(contract.name):
        rows = (one.rows_landed or 0) + (one.rows_rejected or 0) + (one.rows_skipped or 0)
        assert (one.rows_delivered or 0) == rows

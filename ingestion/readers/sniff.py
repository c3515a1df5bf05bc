"""What a file is, by its content; its name is never trusted.

Refuses what is no ledger at all (PDF, pictures, archives, text documents) and what the
contract did not agree to.
"""

from __future__ import annotations

import codecs
import re
from pathlib import Path
from typing import Final, Literal

from ingestion.contract import FeedContract, FileSource
from ingestion.readers.ole import MAGIC as OLE_MAGIC
from ingestion.readers.xml_spreadsheet import NAMESPACE
from ingestion.reasons import Breach, BreachCode

#: Families by their first bytes; zip and OLE containers are looked into by the child process.
Family = Literal["zip", "ole", "html", "xml", "json", "parquet", "text"]
IN_CHILD: Final[frozenset[Family]] = frozenset({"zip", "ole", "html", "xml"})

_HEAD: Final = 65_536
_LIMITS: Final[dict[Family, int]] = {
    "zip": 128 << 20,
    "ole": 256 << 20,
    "html": 128 << 20,
    "xml": 256 << 20,
    "json": 4 << 30,
    "parquet": 16 << 30,
    "text": 4 << 30,
}
_NO_LEDGER: Final = (
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"Rar!", "an archive"),
    (b"7z\xbc\xaf", "an archive"),
    (b"\x1f\x8b", "an archive"),
    (b"{\\rtf", "a text document"),
    (b"MIME-Version:", "an archived web page"),
    (b"SQLite format 3", "a database"),
)
_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
#: Zero bytes of the line ends and delimiters that any table in UTF-16 has.
_FEWEST_ZEROS: Final = 3
_LEDGER_CHARACTER = re.compile(r"[\t\r\n -~\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")
_HTML = re.compile(
    r"<\s*(!doctype\s+html|html|table|head|body|meta|style|div|title|center)\b", re.IGNORECASE
)


def sniff(path: Path, name: str) -> Family:
    """The family of the file's format. Raises Breach. ``name`` is for messages only."""
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if not head.strip():
        raise Breach(BreachCode.DELIVERY_EMPTY, name, "the file is empty; send the filled ledger")
    family = _family(head, name)
    if size > _LIMITS[family]:
        raise Breach(
            BreachCode.FILE_TOO_LARGE,
            name,
            f"{size >> 20} MB, more than {_LIMITS[family] >> 20} MB; send it as CSV or in parts",
        )
    return family


def require_agreed(found: str, contract: FeedContract, name: str) -> None:
    """Raise Breach unless the contract's source delivers this format."""
    if not isinstance(contract.source, FileSource):
        return
    agreed = set(contract.source.formats)
    if agreed & {"xls", "et"}:
        agreed |= {"xls", "et"}
    if found not in agreed and not (
        found == "xlsx" and name.lower().endswith(".et") and "et" in agreed
    ):
        raise Breach(
            BreachCode.FORMAT_NOT_AGREED,
            name,
            f"the content is {found}; this feed takes {', '.join(contract.source.formats)}",
        )


def _family(head: bytes, name: str) -> Family:
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "zip"
    if head.startswith(OLE_MAGIC):
        return "ole"
    if head.startswith(b"PAR1"):
        return "parquet"
    for magic, what in _NO_LEDGER:
        if head.lstrip().startswith(magic):
            raise Breach(
                BreachCode.FORMAT_UNKNOWN, name, f"{what}; send the ledger as a workbook or CSV"
            )
    return _text_family(_start_of_text(head), head, name)


def _text_family(start: str, head: bytes, name: str) -> Family:
    if start.startswith("<"):
        if NAMESPACE in start and "Workbook" in start:
            return "xml"
        if _HTML.search(start):
            return "html"
    if start.startswith("{") or re.match(r"\[\s*[\[{\]]", start):
        return "json"
    if start.startswith("<?xml"):
        raise Breach(
            BreachCode.FORMAT_UNKNOWN, name, "an XML document that is no workbook; send it as .xlsx"
        )
    if b"\0" in head and not text_encoding_by_mark(head):
        raise Breach(
            BreachCode.FORMAT_UNKNOWN, name, "binary content; send the ledger as a workbook or CSV"
        )
    return "text"


def text_encoding_by_mark(head: bytes) -> str | None:
    """The encoding that a byte order mark, or the zero bytes of UTF-16, give away."""
    for mark, encoding in _BOMS:
        if head.startswith(mark):
            return encoding
    sample = head[: min(len(head) // 2 * 2, 4096)]
    for parity, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        zeros, others = sample[parity::2].count(0), sample[1 - parity :: 2].count(0)
        if zeros >= _FEWEST_ZEROS and others <= zeros // 4 and _reads_well(sample, encoding):
            return encoding
    return None


def _reads_well(sample: bytes, encoding: str) -> bool:
    """Whether nearly all of the text is what a Chinese ledger is written with."""
    text = sample.decode(encoding, "replace")
    return len(_LEDGER_CHARACTER.findall(text)) >= 0.9 * len(text)


def _start_of_text(head: bytes) -> str:
    encoding = text_encoding_by_mark(head) or "utf-8"
    return head[:8192].decode(encoding, "ignore").lstrip("\ufeff \t\r\n")

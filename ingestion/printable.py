"""Names that others chose, fit to be shown: nothing in them moves a cursor or turns text around."""

from __future__ import annotations

import unicodedata


def printable(text: str, keep: str = "") -> str:
    r"""The text with control and format characters as escapes such as ``\x1b``, but for ``keep``.

    Blanks of every width stay.
    """
    if text.isprintable():
        return text
    return "".join(
        c if c.isprintable() or c in keep or unicodedata.category(c) == "Zs" else _escaped(c)
        for c in text
    )


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode()

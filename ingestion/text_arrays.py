"""Arrow arrays of text, looked at as bytes: shapes, first and last characters, hashes.

What is asked of millions of cells is asked here, column by column in NumPy, so that no Python runs
per cell. Pure and without opinions: it tells what a text looks like, never what it means. The
hashes are arithmetic of our own, so that no library's new version changes them; they tell texts
apart and keep nothing secret.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Bytes = npt.NDArray[np.uint8]
Hashes = npt.NDArray[np.uint64]
Rows = npt.NDArray[np.bool_]
Places = npt.NDArray[np.int64]

#: Digits as 0, capitals as A, small letters as a, the bytes of all that is not ASCII as DEL.
_SHAPE: Final = np.frombuffer(
    bytes(
        ord("0")
        if chr(byte).isdigit() and byte < 128
        else ord("A")
        if ord("A") <= byte <= ord("Z")
        else ord("a")
        if ord("a") <= byte <= ord("z")
        else byte
        if byte < 128
        else 127
        for byte in range(256)
    ),
    dtype=np.uint8,
)
#: Bytes that are hashed at once.
_AT_ONCE: Final = 1 << 20
_WORD: Final = 8
#: Texts that are compared at once.
_ABREAST: Final = 64

_ODD: Final = np.uint64(0x9E3779B97F4A7C15)
_PRIME: Final = np.uint64(0xC2B2AE3D27D4EB4F)
_FINAL: Final = np.uint64(0xD6E8FEB86659FD93)
_SHIFT: Final = np.uint64(32)
#: What a null hashes to; a text that hashes to the same is as likely as any other.
_NULL: Final = np.uint64(0x5851F42D4C957F2D)


def in_one_piece(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    """The same array without chunks; one chunk is taken as it is, without a copy."""
    if isinstance(column, pa.Array):
        return column
    if column.num_chunks == 1:
        return column.chunk(0)
    joined = column.combine_chunks()
    return pa.concat_arrays(joined.chunks) if isinstance(joined, pa.ChunkedArray) else joined


def plain_text(array: pa.Array | pa.ChunkedArray) -> pa.StringArray:
    """The same texts in one piece and without a dictionary."""
    array = in_one_piece(array)
    return array.dictionary_decode() if pa.types.is_dictionary(array.type) else array


def text_column(rows: pa.Table, name: str) -> pa.StringArray:
    """That column as texts without a dictionary, all null where the table has none."""
    if name not in rows.column_names:
        return pa.nulls(rows.num_rows, pa.string())
    return plain_text(rows.column(name))


def repeated(text: str, rows: int) -> pa.DictionaryArray:
    """The same text in every row."""
    return pa.DictionaryArray.from_arrays(
        pa.array(np.zeros(rows, dtype=np.int32)), pa.array([text], pa.string())
    )


def buffers(array: pa.StringArray | pa.BinaryArray) -> tuple[npt.NDArray[np.int32], Bytes]:
    """Where each text begins, one more for the end of the last, and all bytes."""
    _, offsets, values = array.buffers()
    if offsets is None or not len(array):
        return np.zeros(len(array) + 1, dtype=np.int32), np.empty(0, dtype=np.uint8)
    starts = np.frombuffer(offsets, dtype=np.int32, count=array.offset + len(array) + 1)
    content = np.frombuffer(values, dtype=np.uint8) if values else np.empty(0, dtype=np.uint8)
    return starts[array.offset :], content


def lengths(array: pa.StringArray) -> npt.NDArray[np.int32]:
    """How many bytes each text has."""
    starts, _ = buffers(array)
    return starts[1:] - starts[:-1]


def is_valid(array: pa.Array) -> Rows:
    """Which rows hold anything."""
    return np.asarray(array.is_valid().to_numpy(zero_copy_only=False))


def shapes(array: pa.StringArray) -> tuple[list[str], Places]:
    """The distinct shapes of the texts, and which of them each row has; -1 for null.

    A shape is the text with 0 for digits, A and a for letters, DEL for bytes beyond ASCII.
    """
    starts, content = buffers(array)
    if (shape := _one_shape(array, starts, content)) is not None:
        return [shape], np.zeros(len(array), dtype=np.int64)
    begin, end = int(starts[0]), int(starts[-1])
    shaped = pa.StringArray.from_buffers(
        len(array),
        pa.py_buffer(starts - starts[0]),
        pa.py_buffer(_SHAPE[content[begin:end]]),
        None if not array.null_count else pa.array(is_valid(array)).buffers()[1],
    )
    encoded = shaped.dictionary_encode()
    places = encoded.indices.fill_null(-1) if encoded.indices.null_count else encoded.indices
    return encoded.dictionary.to_pylist(), places.to_numpy(zero_copy_only=False).astype(np.int64)


def _one_shape(array: pa.StringArray, starts: npt.NDArray[np.int32], content: Bytes) -> str | None:
    """The shape of all texts, where they are equally long and alike at every place."""
    if not len(array) or array.null_count:
        return None
    length, rest = divmod(int(starts[-1]) - int(starts[0]), len(array))
    if rest or not length or not (np.diff(starts) == length).all():
        return None
    texts = content[int(starts[0]) : int(starts[-1])].reshape(-1, length)
    low, high = _extremes(texts)
    shape = _SHAPE[low]
    is_class = np.isin(shape, np.frombuffer(b"0Aa\x7f", dtype=np.uint8))
    if not ((shape == _SHAPE[high]) & (is_class | (low == high))).all():
        return None
    return shape.tobytes().decode("ascii")


def _extremes(texts: Bytes) -> tuple[Bytes, Bytes]:
    """The least and the greatest byte at every place; many texts side by side make it fast."""
    count, length = texts.shape
    wide = texts[: count - count % _ABREAST].reshape(-1, _ABREAST * length)
    rest = texts[count - count % _ABREAST :]
    parts = [(wide.min(axis=0), wide.max(axis=0))] if len(wide) else []
    lows = np.concatenate([*(low.reshape(-1, length) for low, _ in parts), rest])
    highs = np.concatenate([*(high.reshape(-1, length) for _, high in parts), rest])
    return lows.min(axis=0), highs.max(axis=0)


def characters(array: pa.StringArray, rows: Places, length: int) -> Bytes:
    """The bytes of these rows, each of which has that length: one line per row."""
    starts, content = buffers(array)
    if not length or not len(rows):
        return np.empty((len(rows), length), dtype=np.uint8)
    begins = starts[rows]
    if int(begins[-1]) - int(begins[0]) == length * (len(rows) - 1):
        begin = int(begins[0])
        return content[begin : begin + length * len(rows)].reshape(-1, length)
    found: Bytes = content[begins[:, None] + np.arange(length, dtype=np.int32)]
    return found


def hashes(array: pa.Array, seed: int = 0) -> Hashes:
    """64 bits per text. Another seed gives bits that have nothing to do with the first."""
    if pa.types.is_dictionary(array.type):
        known = np.append(hashes(array.dictionary, seed), _NULL)
        places = array.indices.fill_null(len(known) - 1).to_numpy(zero_copy_only=False)
        by_row: Hashes = known[places]
        return by_row
    found = np.empty(len(array), dtype=np.uint64)
    for length, rows in _by_length(lengths(array)):
        width = -(-length // _WORD) * _WORD
        words = np.zeros((len(rows), width), dtype=np.uint8)
        words[:, :length] = characters(array, rows, length)
        found[rows] = _hashed(words.view(np.uint64).T, length, seed)
    if array.null_count:
        found[~is_valid(array)] = _NULL
    return found


def mixed(numbers: Hashes) -> Hashes:
    """The same numbers, every bit of each depending on all of its bits. Changes its argument."""
    for factor in (_PRIME, _FINAL):
        numbers ^= numbers >> _SHIFT
        numbers *= factor
    numbers ^= numbers >> _SHIFT
    return numbers


def _by_length(found: npt.NDArray[np.int32]) -> Iterator[tuple[int, Places]]:
    """Rows of equal length, so few at a time that their bytes stay within bounds."""
    if not len(found):
        return
    first = int(found[0])
    if (found == first).all():
        groups = [(first, np.arange(len(found)))]
    else:
        present = np.flatnonzero(np.bincount(found)).tolist()
        groups = [(length, np.flatnonzero(found == length)) for length in present]
    for length, rows in groups:
        step = max(_AT_ONCE // max(length, 1), 1)
        for start in range(0, len(rows), step):
            yield length, rows[start : start + step]


def _hashed(words: npt.NDArray[np.uint64], length: int, seed: int) -> Hashes:
    """The hash of texts of one length; ``words`` has one line per eight bytes of all texts."""
    rows = words.shape[1]
    begin = (length + int(_ODD)) * int(_PRIME) + seed * int(_FINAL)
    found = np.full(rows, begin % (1 << 64), dtype=np.uint64)
    for word in words:
        found ^= word
        found *= _ODD
        found ^= found >> _SHIFT
        found *= _PRIME
    return mixed(found)

"""The one translator between the shop's ids (strings) and matrix positions (rows): sorted bytes, found by
bisection.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, cast

import numpy as np
import numpy.typing as npt

# Translations kept at hand in each process, since carts and answers name the same products again and again;
# long ids are not kept, or a stranger could fill the memory with them.
REMEMBERED = 32_768
LONGEST_REMEMBERED = 64
STRIDE = 64
"""Every so many ids one is kept as bytes in each process: a bisection begins there, and ends in few steps."""

Rows = npt.NDArray[np.int32]


class Ids:
    """A sorted, immutable table of distinct ids; the place of an id in it is its row.

    `offsets` (int64, n + 1) says where each id begins in `letters` (uint8, all ids' UTF-8 bytes joined), so
    the table lies in the artefact as it is and is read without being unpacked.
    """

    def __init__(self, offsets: npt.NDArray[np.int64], letters: npt.NDArray[np.uint8]) -> None:
        self.offsets, self.letters = offsets, letters
        self._offsets = memoryview(
            cast(Any, offsets)
        )  # slicing a memoryview costs a fifth of slicing an array
        self._letters = memoryview(cast(Any, letters))
        self._guide = [self[row] for row in range(0, len(self), STRIDE)]
        self._found = lru_cache(REMEMBERED)(self._find)
        self._decoded = lru_cache(REMEMBERED)(self._decode)

    @classmethod
    def of(cls, ids: Iterable[str]) -> "Ids":
        """The table of the distinct `ids`, given in any order."""
        encoded = sorted({each.encode() for each in ids})
        offsets = np.zeros(len(encoded) + 1, dtype=np.int64)
        np.cumsum([len(each) for each in encoded], out=offsets[1:])
        return cls(offsets, np.frombuffer(b"".join(encoded), dtype=np.uint8))

    def __len__(self) -> int:
        return len(self._offsets) - 1

    def __getitem__(self, row: int) -> bytes:
        return bytes(self._letters[self._offsets[row] : self._offsets[row + 1]])

    def all(self) -> list[str]:
        """Every id, in the order of rows."""
        return [self._decode(row) for row in range(len(self))]

    def row(self, wanted: str) -> int | None:
        """The row of one id, or None where it is unknown."""
        return self._found(wanted) if len(wanted) <= LONGEST_REMEMBERED else self._find(wanted)

    def _find(self, wanted: str) -> int | None:
        key = wanted.encode(errors="surrogatepass")
        begin = STRIDE * max(bisect_right(self._guide, key) - 1, 0)
        row = bisect_left(self, key, begin, min(begin + STRIDE, len(self)))
        return row if row < len(self) and self[row] == key else None

    def rows(self, wanted: Iterable[str]) -> Rows:
        """The rows (int32) of the known ones among `wanted`, each once, in the order given; unknown ids are
        left out.
        """
        found = dict.fromkeys(map(self.row, wanted))
        found.pop(None, None)
        return np.fromiter(found, np.int32, len(found))

    def id(self, row: int) -> str:
        """The id at `row`."""
        return self._decoded(row)

    def _decode(self, row: int) -> str:
        return self[row].decode()

    def ids(self, rows: Iterable[int] | npt.NDArray[np.integer[Any]]) -> list[str]:
        """The ids at `rows`, in their order."""
        return list(map(self._decoded, rows))


class Grown(Ids):
    """A table with some ids added after its last row, in their order: what came since the table was made."""

    def __init__(self, known: Ids, added: Iterable[str]) -> None:
        super().__init__(known.offsets, known.letters)
        self._known, self._names = len(known), list(added)
        self._rows = {name: self._known + place for place, name in enumerate(self._names)}

    def __len__(self) -> int:
        return super().__len__() + len(getattr(self, "_names", ()))

    def all(self) -> list[str]:
        """Every id, in the order of rows."""
        return [self.id(row) for row in range(len(self))]

    def row(self, wanted: str) -> int | None:
        """The row of one id, or None where it is unknown."""
        found = self._rows.get(wanted)
        return super().row(wanted) if found is None else found

    def _find(self, wanted: str) -> int | None:
        key = wanted.encode(errors="surrogatepass")
        begin = STRIDE * max(bisect_right(self._guide, key) - 1, 0)
        row = bisect_left(self, key, begin, min(begin + STRIDE, self._known))
        return row if row < self._known and self[row] == key else None

    def _decode(self, row: int) -> str:
        return super()._decode(row) if row < self._known else self._names[row - self._known]

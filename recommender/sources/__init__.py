"""The sources of candidates: one page each. Every one is `fit` on a History into arrays, and answers from
arrays.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import numpy as np
import numpy.typing as npt

from recommender.history import History
from recommender.identifiers import Ids, Rows
from recommender.settings import Settings
from recommender.suggestion import Reason

Arrays = Mapping[str, npt.NDArray[Any]]
Scores = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Question:
    """What is asked: the products in the cart, and the customer's row where known."""

    cart: Rows
    customer: int | None = None


@dataclass(frozen=True)
class Candidates:
    """A source's answer: `rows` (int32) with `scores` (float32, > 0). A row may stand several times: its
    scores add up.
    """

    rows: Rows
    scores: Scores


@dataclass(frozen=True)
class Tables:
    """The id tables that a source may name things by."""

    products: Ids
    categories: Ids


NOTHING = Candidates(np.zeros(0, np.int32), np.zeros(0, np.float32))


class Source(Protocol):
    """One way to find candidates."""

    kind: ClassVar[str]

    @staticmethod
    def fit(history: History, settings: Settings) -> dict[str, npt.NDArray[Any]]:
        """Learn: arrays by name, as they will lie in the artefact. The same history gives the same bytes."""

    def __init__(self, arrays: Arrays, tables: Tables, settings: Settings) -> None:
        """Answer from `arrays`, those of `fit` or the same read from a file."""

    def candidates(self, question: Question) -> Candidates:
        """Products that this source speaks for; what is in the cart may be among them."""

    def reasons(self, question: Question, rows: Rows) -> list[Reason | None]:
        """The reason why each of `rows` was found for `question`, None where this source has nothing true to
        say.
        """


def slices(starts: npt.NDArray[np.int64], rows: Rows) -> npt.NDArray[np.int64]:
    """The places in a CSR's data of all entries of `rows`, row after row."""
    begins, lengths = starts[rows], starts[rows + 1] - starts[rows]
    ends = np.cumsum(lengths)
    if not len(ends):
        return np.zeros(0, np.int64)
    return np.asarray(np.arange(ends[-1]) + np.repeat(begins - ends + lengths, lengths))


def row_starts(counts: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    """A CSR's row pointer (int64, n + 1) from the number of entries of each row."""
    starts = np.zeros(len(counts) + 1, dtype=np.int64)
    np.cumsum(counts, out=starts[1:])
    return starts

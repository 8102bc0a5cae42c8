"""Words: what a product's title, tags and categories say, as tokens that need to know no language."""

import re
from collections.abc import Iterable

import polars as pl

_WORD = r"[\p{L}\p{M}]+|\p{N}+"
# Scripts that are written without spaces: kana, Han, Thai, Lao, Khmer, Burmese.
_RUN = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u30ff\u31f0-\u31ff\u3400-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff]+"
)
CATEGORY_MARK = "\x1f"
"""Begins the token of a category, so that it is not taken for a word: no word holds it."""


def tokens(catalogue: pl.DataFrame) -> pl.DataFrame:
    """What each product says of itself: `product` (its place in `catalogue`, UInt32) and `token`, each pair
    once, in order of both.

    `catalogue`: CATALOGUE of recommender.frames. Tokens are the words of title and tags (case folded, digits
    apart from letters; what is written without spaces by pairs of characters) and, marked, its categories.
    """
    numbered = catalogue.with_row_index("product")
    texts = pl.concat_list(pl.col("title").fill_null(""), "tags").list.join(" ")
    plain = texts.str.normalize("NFKC").str.to_lowercase()
    words = numbered.select("product", word=plain.str.extract_all(_WORD)).explode("word").drop_nulls()
    found = words.join(_split(words["word"].unique()), on="word").select("product", "token")
    categories = numbered.select("product", pl.col("categories").alias("token")).explode("token").drop_nulls()
    marked = categories.with_columns(token=CATEGORY_MARK + pl.col("token"))
    return pl.concat([found, marked]).unique().sort("product", "token")


def _split(words: pl.Series) -> pl.DataFrame:
    pairs = [(word, token) for word in words for token in _tokens_of(word)]
    return pl.DataFrame(pairs, schema={"word": pl.String, "token": pl.String}, orient="row")


def _tokens_of(word: str) -> Iterable[str]:
    for run in _RUN.findall(word):
        yield from (run[place : place + 2] for place in range(max(len(run) - 1, 1)))
    yield from (part.casefold() for part in _RUN.split(word) if part)

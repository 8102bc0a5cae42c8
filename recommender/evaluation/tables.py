"""Tables to read: an evaluation's figures in rows and columns, as plain text or Markdown."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import isnan

from recommender.evaluation.report import BESTSELLERS, CART, CUSTOMER, METRICS, Evaluation, Figure, Row

UNDEFINED_TEXT = "-"
SETTINGS = {CART: "cart alone", CUSTOMER: "cart and customer"}
COLUMNS = {
    "hit_rate": "hit rate",
    "ndcg": "NDCG",
    "mrr": "MRR",
    "recall": "recall",
    "coverage": "coverage",
    "novelty": "novelty",
}
VARIANTS = {
    "all": "all carts",
    "head": "head: the most sold fifth",
    "tail": "tail: all other products",
    "bought_before": "bought before",
    "not_bought_before": "not bought before",
    "no_history": "customer unknown or new",
    "1": "cart of 1",
    "2-3": "cart of 2 or 3",
    "4-9": "cart of 4 to 9",
    "10": "cart of 10",
}


@dataclass(frozen=True)
class Table:
    """Words in rows under a `header`, all of one length."""

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def text(self) -> str:
        """In columns of equal width, the first one aligned to the left, the others to the right."""
        lines = [self.header, *self.rows]
        widths = [max(len(line[place]) for line in lines) for place in range(len(self.header))]
        return "\n".join([self.title, *("  " + _aligned(line, widths) for line in lines)])

    def markdown(self) -> str:
        """As Markdown, its title in bold above."""
        rule = ("---", *("--:" for _ in self.header[1:]))
        lines = [f"| {' | '.join(line)} |" for line in (self.header, rule, *self.rows)]
        return "\n".join([f"**{self.title}**", "", *lines])


def in_words(evaluation: Evaluation) -> str:
    """What was asked, in a sentence."""
    if not evaluation.n_carts:
        return f"Too few orders to judge: {evaluation.n_train_orders:,} to learn from, no cart to ask for."
    order = "" if evaluation.split == "ordered_at" else " (in the order of their ids: no order has a time)"
    return (
        f"Learnt from {evaluation.n_train_orders:,} orders{order}, asked for one hidden product of each of"
        f" {evaluation.n_carts:,} later carts, {evaluation.k} suggestions a cart."
    )


def metrics_table(evaluation: Evaluation) -> Table:
    """Every metric over all carts: a row for each setting and recommender."""
    rows = (
        (f"{row.recommender}, {SETTINGS[row.setting]}", *(cell(getattr(row, name), name) for name in METRICS))
        for setting in SETTINGS
        for row in _whole(evaluation, setting)
        if setting == CART or row.ndcg != evaluation.row(row.recommender).ndcg
    )
    title = f"Over all carts, with half the width of the 95 % interval; novelty in bits, @{evaluation.k}"
    return Table(title, ("", *COLUMNS.values()), tuple(rows))


def variants_table(evaluation: Evaluation, metric: str = "ndcg") -> Table:
    """One metric by kind of cart, of the `contenders`."""
    columns = contenders(evaluation)
    header = ("", "carts", *(f"{name}, {SETTINGS[setting]}" for name, setting in columns))
    title = f"{COLUMNS[metric]}@{evaluation.k} by kind of cart"
    return Table(title, header, tuple(_variant_rows(evaluation, columns, metric)))


def contenders(evaluation: Evaluation) -> list[tuple[str, str]]:
    """(recommender, setting): the judged one in both settings, of the others the one of the best NDCG in its
    best setting, and the bestsellers.
    """
    apart = (evaluation.judged, BESTSELLERS)
    others = [row for row in evaluation.rows if row.group == "all" and row.recommender not in apart]
    best = sorted(others, key=lambda row: -row.ndcg.value)[:1]
    judged = [(evaluation.judged, setting) for setting in evaluation.settings]
    return [*judged, *((row.recommender, row.setting) for row in best), (BESTSELLERS, CART)]


def notes(evaluation: Evaluation) -> str:
    """How the tables are to be read."""
    lines = [
        f"The most sold fifth of the products makes {evaluation.head_share:.0%} of what was bought.",
        "recall: of all that an order held beyond its cart, the share found. coverage: different products in"
        f" all lists, as a share of the {evaluation.n_products:,} that were bought.",
        "Where only the cart alone stands, the customer changes nothing.",
        "novelty: bits of self-information a suggestion; 0 for what stands in every order.",
    ]
    shown = [getattr(row, name) for row in evaluation.rows for name in METRICS if row.group == "all"]
    empty = any(not row.n_carts for row in evaluation.rows)
    if empty or any(isnan(figure.value) for figure in shown):
        lines.append(f"{UNDEFINED_TEXT}: not defined, for there is no such cart or nothing was suggested.")
    return "\n".join(lines)


def cell(figure: Figure, metric: str) -> str:
    """A value and half the width of its interval."""
    if isnan(figure.value):
        return UNDEFINED_TEXT
    digits = 2 if metric == "novelty" else 4
    if isnan(figure.low):
        return f"{figure.value:.{digits}f}"
    return f"{figure.value:.{digits}f} ±{(figure.high - figure.low) / 2:.{digits}f}"


def _whole(evaluation: Evaluation, setting: str) -> list[Row]:
    return [row for row in evaluation.rows if row.group == "all" and row.setting == setting]


def _variant_rows(
    evaluation: Evaluation, columns: Sequence[tuple[str, str]], metric: str
) -> Iterator[tuple[str, ...]]:
    first = [row for row in evaluation.rows if (row.recommender, row.setting) == columns[0]]
    for each in first:
        rows = [evaluation.row(*column, each.group, each.variant) for column in columns]
        name = VARIANTS.get(each.variant, each.variant)
        yield (name, f"{each.n_carts:,}", *(cell(getattr(row, metric), metric) for row in rows))


def _aligned(line: Sequence[str], widths: Sequence[int]) -> str:
    first, *others = zip(line, widths, strict=True)
    return "  ".join([first[0].ljust(first[1]), *(word.rjust(width) for word, width in others)]).rstrip()

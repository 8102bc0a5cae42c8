"""The gate: whether a newly trained model may be served in place of the one in use."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import asdict, dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from recommender.evaluation import Cart, bestseller_lists, held_out_carts, places
from recommender.frames import as_utc, read_orders
from recommender.identifiers import Ids
from recommender.model import Model
from recommender.reason import NEXT_BASKET, OWN_PURCHASES
from recommender.settings import Settings

LEAST_CARTS = 200
LEAST_COVERAGE_SHARE = 0.8
PROBES = 200
K = 10
RESAMPLES = 2_000

MERCHANTS_OWN = ("habits", "sensitive_categories", "bought_once_categories", "bought_again_categories")
"""What the merchant forbids or says of categories: it must come to hold, whatever it costs in hits."""

PERSONAL = (OWN_PURCHASES, NEXT_BASKET)
"""The reasons that tell of a customer's own history: nothing of a sensitive category may come of them."""

Lists = Sequence[Sequence[str]]


@dataclass(frozen=True)
class Comparison:
    """Two answers to the same `n_carts` carts: the share of carts whose held-out product each has among its
    first 10, and `difference`, the first less the second, with its 95 % `interval` (paired bootstrap).
    """

    n_carts: int
    hit_rate: float
    other_hit_rate: float
    difference: float
    interval: tuple[float, float]


@dataclass(frozen=True)
class Verdict:
    """`publishable`, a `reason` that stays the same word in every release, and the `figures` behind it.

    Publishable: `better`, `unproven` (cannot be told apart from bestsellers, and there is no proven model
    that should stay), `too_few_carts`. Not: `no_orders`, `not_finite`, `breaks_exclusions`,
    `worse_than_bestsellers`, `not_better_than_bestsellers`, `worse_than_live`, `loses_coverage`.
    """

    publishable: bool
    reason: str
    figures: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def words(self) -> str:
        """The same as an English sentence."""
        return WORDS[self.reason].format_map(_as_text(self.figures))

    def to_dict(self) -> dict[str, Any]:
        """The same as JSON values."""
        return {"publishable": self.publishable, "reason": self.reason, "figures": dict(self.figures)}


_SHARES = "it finds the missing product of {hit_rate} of the latest carts, bestsellers of {other_hit_rate}"
_CHANCE = "(difference {difference} points, 95 %: {low} to {high})"
WORDS = {
    "better": f"Better than bestsellers: {_SHARES}.",
    "unproven": f"The model cannot be told apart from bestsellers: {_SHARES} {_CHANCE}.",
    "too_few_carts": "Too few orders to judge ({n_carts} test carts, {needed} needed).",
    "no_orders": "The model knows no orders: import some first.",
    "not_finite": "The model holds a number that is not finite: report this.",
    "breaks_exclusions": "The model suggests what it was told to leave out: report this.",
    "worse_than_bestsellers": f"The model is worse than bestsellers: {_SHARES} {_CHANCE}.",
    "not_better_than_bestsellers": f"The model is not surely better than bestsellers: {_SHARES} {_CHANCE}.",
    "worse_than_live": "The model is worse than the one in use: it finds the missing product of {hit_rate} of"
    f" the latest carts, the one in use of {{other_hit_rate}} {_CHANCE}.",
    "loses_coverage": "The model suggests {coverage} different products for the latest carts, the one in use"
    " {other_coverage}: less than {share} of them.",
}


@dataclass(frozen=True)
class Live:
    """The model in use, as it can be asked about later orders.

    `rehearsal`: one learnt in the same way from all but the last tenth of the orders there were then;
    `is_proven`: whether it was better than bestsellers when it was published.
    """

    rehearsal: Model | None
    is_proven: bool


@dataclass(frozen=True)
class Trial:
    """Later orders as carts, the order lines `known` before them, and when each cart's order was placed."""

    known: pl.DataFrame
    carts: Sequence[Cart]
    ordered_at: Mapping[str, datetime | None]

    @classmethod
    def of(cls, orders: Any, *, seed: int = 0) -> "Trial":
        """The last tenth of `orders` (as `train` takes them), drawn as `held_out_carts` does."""
        known, carts = held_out_carts(orders, seed=seed)
        ids = pl.Series([cart.order_id for cart in carts], dtype=pl.String)
        later = read_orders(orders).filter(pl.col("order_id").is_in(ids.implode()))
        times = later.group_by("order_id").agg(pl.col("ordered_at").min())
        return cls(known, carts, dict(times.iter_rows()))

    def unseen_by(self, model: Model) -> list[Cart]:
        """The carts of orders that are later than all that `model` has learnt from."""
        as_of = model.figures["as_of"]
        if as_of is None:
            return []
        moment = as_utc(datetime.fromisoformat(as_of))
        times = ((cart, self.ordered_at.get(cart.order_id)) for cart in self.carts)
        return [cart for cart, at in times if at is not None and at > moment]


def judge(rehearsal: Model, trial: Trial, live: Live | None = None, *, seed: int = 0) -> Verdict:
    """Whether a model that learns as `rehearsal` did, but from all orders, may be published.

    `rehearsal` was trained on what `trial` knows. `live` None: nothing is in use yet. With fewer than 200
    carts nobody can tell, and what is sound is let through. A first model, or one in place of another that is
    not proven either, need only not be worse than bestsellers: where it knows little it answers with what is
    popular, which is what a shopper would see without it. Both are judged by what is likely to be bought,
    whatever the shop wants its suggestions to bring: that alone can be told from orders. A model in use that
    knows another word of the merchant is none: what it found thereby is not wanted any more.
    """
    if live is not None and live.rehearsal is not None and _said(rehearsal) != _said(live.rehearsal):
        live = None
    word = unsound(rehearsal, trial.carts)
    if word is not None:
        return Verdict(False, word)
    if len(trial.carts) < LEAST_CARTS:
        return Verdict(True, "too_few_carts", {"n_carts": len(trial.carts), "needed": LEAST_CARTS})
    rehearsal = _without_aim(rehearsal)
    best = bestseller_lists(trial.known, trial.carts, K)
    beside = compared(trial.carts, _answers(rehearsal, trial.carts, personal=False), best, seed)
    if beside.interval[1] < 0:
        return Verdict(False, "worse_than_bestsellers", asdict(beside))
    if live is not None and live.is_proven and beside.interval[0] <= 0:
        return Verdict(False, "not_better_than_bestsellers", asdict(beside))
    worse = _worse(rehearsal, _without_aim(live.rehearsal), trial, seed) if live and live.rehearsal else None
    return worse or Verdict(True, "better" if beside.interval[0] > 0 else "unproven", asdict(beside))


def _without_aim(model: Model) -> Model:
    """The same model over the same arrays, for hits and without diversity: it ranks by likelihood alone."""
    settings = {**model.figures["settings"], "objective": "hits", "diversity": 0.0}
    arrays = {**model.arrays, "values/worth": np.zeros(0, np.float32)}
    return Model({**model.figures, "settings": settings}, arrays, model.version)


def compared(carts: Sequence[Cart], answers: Lists, others: Lists, seed: int = 0) -> Comparison:
    """`answers` beside `others`, one list a cart. There must be a cart."""
    hits, other_hits = (places(carts, each) > 0 for each in (answers, others))
    differences = hits.astype(np.int64) - other_hits
    return Comparison(
        n_carts=len(carts),
        hit_rate=float(hits.mean()),
        other_hit_rate=float(other_hits.mean()),
        difference=float(differences.mean()),
        interval=_interval(differences, seed),
    )


def _interval(differences: npt.NDArray[np.int64], seed: int) -> tuple[float, float]:
    """Percentiles of the mean of resampled carts; of -1, 0 and 1 only their numbers need to be drawn."""
    n = len(differences)
    shares = np.bincount(differences + 1, minlength=3) / n
    drawn = np.random.default_rng(seed).multinomial(n, shares, RESAMPLES)
    low, high = np.percentile((drawn[:, 2] - drawn[:, 0]) / n, [2.5, 97.5])
    return float(low), float(high)


def _worse(rehearsal: Model, live: Model, trial: Trial, seed: int) -> Verdict | None:
    """The verdict if `rehearsal` is surely worse than `live`, or suggests far fewer products."""
    carts = trial.unseen_by(live)
    if len(carts) < LEAST_CARTS:
        return None
    for personal in (False, True):
        answers, others = (_answers(each, carts, personal=personal) for each in (rehearsal, live))
        beside = compared(carts, answers, others, seed)
        if beside.interval[1] < 0:
            return Verdict(False, "worse_than_live", {**asdict(beside), "with_customer": personal})
        coverage, other_coverage = _coverage(answers), _coverage(others)
        if coverage < LEAST_COVERAGE_SHARE * other_coverage:
            found = {"coverage": coverage, "other_coverage": other_coverage, "share": LEAST_COVERAGE_SHARE}
            return Verdict(False, "loses_coverage", {**found, "with_customer": personal})
    return None


def _said(model: Model) -> list[Any]:
    """What MERCHANTS_OWN holds; from a file a tuple comes back as a list."""
    settings = asdict(Settings.of(model.figures["settings"]))
    chosen = [settings.get(name) for name in MERCHANTS_OWN]
    return [list(each) if isinstance(each, tuple) else each for each in chosen]


def _answers(model: Model, carts: Sequence[Cart], *, personal: bool) -> list[list[str]]:
    customers = [cart.customer_id for cart in carts] if personal else None
    return model.recommend_many([cart.product_ids for cart in carts], customer_ids=customers, limit=K)


def _coverage(answers: Lists) -> int:
    return len({product_id for answer in answers for product_id in answer})


def unsound(model: Model, carts: Sequence[Cart]) -> str | None:
    """What makes a model unfit whatever it finds, as a `reason` of a verdict; None: nothing does.

    Asked with some of `carts` and their customers, with what is popular, and where the settings name
    sensitive categories for customers who bought of them.
    """
    if not model.figures["n_orders"] or not model.figures["n_products"]:
        return "no_orders"
    if not all(np.isfinite(array).all() for array in model.arrays.values() if array.dtype.kind == "f"):
        return "not_finite"
    sensitive = _sensitive(model)
    words = (
        _amiss(model, cart, customer_id, sensitive) for cart, customer_id in _probes(model, carts, sensitive)
    )
    return next((word for word in words if word is not None), None)


def _probes(
    model: Model, carts: Sequence[Cart], sensitive: Set[str]
) -> list[tuple[Sequence[str], str | None]]:
    """Carts, each with who asks. Without a cart a customer's own history speaks alone."""
    buyers = [
        cart.customer_id for cart in carts if not sensitive.isdisjoint((*cart.product_ids, cart.held_out_id))
    ]
    return [
        *((cart.product_ids, cart.customer_id) for cart in carts[:PROBES]),
        *(((each.product_id,), None) for each in model.recommend([], limit=K)),
        *(((), customer_id) for customer_id in [each for each in buyers if each is not None][:PROBES]),
    ]


def _amiss(model: Model, cart: Sequence[str], customer_id: str | None, sensitive: Set[str]) -> str | None:
    given = model.recommend(cart, customer_id=customer_id, limit=K)
    if not np.isfinite([each.score for each in given]).all():
        return "not_finite"
    ids = [each.product_id for each in given]
    out = set(ids[: K // 2])
    again = model.recommend(cart, customer_id=customer_id, limit=K, exclude=out)
    personal = {each.product_id for each in given if each.reason.kind in PERSONAL}
    is_sound = (
        len(set(ids)) == len(ids)
        and out.union(cart).isdisjoint(each.product_id for each in again)
        and set(ids).isdisjoint(cart)
        and personal.isdisjoint(sensitive)
    )
    return None if is_sound else "breaks_exclusions"


def _sensitive(model: Model) -> Set[str]:
    """The products of the categories that the model's settings call sensitive."""
    names = Settings.of(model.figures["settings"]).sensitive_categories
    products, categories = (
        Ids(model.arrays[f"{table}/offsets"], model.arrays[f"{table}/letters"])
        for table in ("products", "categories")
    )
    product = np.repeat(np.arange(len(products)), np.diff(model.arrays["values/starts"]))
    meant = np.isin(model.arrays["values/categories"], categories.rows(names))
    return frozenset(products.ids(np.unique(product[meant])))


def _as_text(figures: Mapping[str, Any]) -> dict[str, str]:
    """Figures as they stand in a sentence: shares in per cent, differences in points."""
    text = {name: str(value) for name, value in figures.items()}
    for name in ("hit_rate", "other_hit_rate", "share"):
        if name in figures:
            text[name] = f"{figures[name]:.1%}"
    if "interval" in figures:
        low, high = figures["interval"]
        points = {"difference": figures["difference"], "low": low, "high": high}
        text |= {name: f"{100 * value:+.1f}" for name, value in points.items()}
    return text

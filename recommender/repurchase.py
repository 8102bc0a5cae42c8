"""Repurchase: what is bought once and what again, how long it lasts, and who is due for it."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import betaincinv

from recommender.history import MICROSECONDS_A_DAY, NO_TIME, Floats, History, Times
from recommender.identifiers import Rows
from recommender.settings import Settings
from recommender.sources import Arrays

LONGEST_WINDOW_DAYS = 180
ONCE_SHARE = 0.05
"""What surely fewer of its returning buyers than this buy again is bought once."""
SURE = 0.95
PRODUCT_GAPS, CUSTOMER_GAPS = 5.0, 2.0
"""Gaps that the category's (the product's) usual one counts for beside a product's (a customer's) own."""
LEAST_GAPS = 2
"""From three purchases on a customer has a rhythm of their own."""
AGAIN = -1
LEAST_STRENGTH, MOST_STRENGTH = 2.0, 500.0
NO_DAY = np.iinfo(np.int64).max

Mask = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.int64]
Singles = npt.NDArray[np.float32]


class Repurchase:
    """Answers from `once`, as `learn` gives it."""

    def __init__(self, arrays: Arrays) -> None:
        self._once = arrays["once"]

    def done(self, owned: Rows, rows: Rows) -> Mask:
        """Which of `rows` somebody who bought `owned` has no more need of."""
        had = self._once[owned]
        return np.isin(self._once[rows], had[had != AGAIN])


def due(last_bought_at: Times, gap_days: npt.NDArray[Any], at: int) -> Singles:
    """The days from the last purchase until `at` (microseconds since 1970, UTC) over the usual gap. 0: just
    bought; 1: due, which is said too where no time or no gap is known; beyond 3 the customer is not waiting.
    """
    gap_days = gap_days.astype(np.float32)
    age_days = np.maximum(at - last_bought_at, 0) / MICROSECONDS_A_DAY
    known = (last_bought_at != NO_TIME) & (gap_days > 0)
    return np.where(known, age_days / np.maximum(gap_days, 1), 1).astype(np.float32)


def learn(history: History, settings: Settings) -> dict[str, npt.NDArray[Any]]:
    """`again` (float32, one a product): the share of its buyers, of those who came back at all within the
    window, who bought it again. `once` (int32, one a product): AGAIN, or else a number that it shares with
    all that one has no more need of once one has it.

    The window is half of the time that the orders span, at most 180 days; orders of one day are one. Shares
    are shrunk from product to narrowest category to shop by the beta-binomial's empirical Bayes, its strength
    by Kleinman's moments (1973); the repeat share is the RCP of Bhagat et al. (2018, "Buy It Again"). Without
    dates nothing is known: `again` is 1. What the merchant says of categories goes before what was learnt.
    """
    bought, narrowest = _bought_days(history), _narrowest(history)
    n_categories = len(history.categories) + 1
    products = _returning(bought, len(history.products))
    prior = _category_means(products, narrowest, n_categories)[narrowest]
    again = _shrunk(products, prior) if products.n.any() else np.ones(len(prior))
    whole_category = _returning(bought.by(narrowest), n_categories).surely_once[narrowest]
    once = np.where(products.surely_once, n_categories + np.arange(len(prior)), AGAIN)
    once = np.where(whole_category & (narrowest < n_categories - 1), narrowest, once)
    once = _as_the_shop_says(once, history, narrowest, settings)
    return {"again": again.astype(np.float32), "once": once.astype(np.int32)}


def own_gaps(history: History, customer: Rows, product: Rows) -> dict[str, npt.NDArray[Any]]:
    """For each pair of a known customer and a product: `gap_days` (float16), the usual time between two
    purchases, 0 where the shop knows none; `own_gaps` (uint8, at most 255), how many of the customer's own
    say so: from LEAST_GAPS on the customer has a rhythm of their own.

    Geometric means, shrunk from customer to product to narrowest category to shop with fixed strengths.
    """
    bought, n = _bought_days(history), len(history.products)
    goes_on = bought.goes_on
    what, log_gap = bought.what[goes_on], np.log((np.roll(bought.day, -1) - bought.day)[goes_on])
    if not len(log_gap):
        nothing = np.zeros(len(customer))
        return {"gap_days": nothing.astype(np.float16), "own_gaps": nothing.astype(np.uint8)}
    of_product = _usual_gaps(history, what, log_gap)
    pairs, of_pair = np.unique(bought.customer[goes_on] * n + what, return_inverse=True)
    own = _mean(of_pair, log_gap, of_product[pairs % n], CUSTOMER_GAPS)
    asked = customer.astype(np.int64) * n + product
    place = pairs.searchsorted(asked).clip(max=len(pairs) - 1)
    known = pairs[place] == asked
    gap_days = np.exp(np.where(known, own[place], of_product[product]))
    count = np.where(known, np.bincount(of_pair)[place].clip(max=255), 0)
    return {"gap_days": gap_days.astype(np.float16), "own_gaps": count.astype(np.uint8)}


def _usual_gaps(history: History, what: Numbers, log_gap: Floats) -> Floats:
    """Each product's mean logarithm of a gap, shrunk to its narrowest category's, and that to the shop's."""
    narrowest = _narrowest(history)
    shop = np.full(len(history.categories) + 1, log_gap.mean())
    by_category = _mean(narrowest[what], log_gap, shop, PRODUCT_GAPS)
    return _mean(what, log_gap, by_category[narrowest], PRODUCT_GAPS)


@dataclass(frozen=True)
class _Returning:
    """Of each group: `n` buyers who came back in time, and `again`, those of them who bought of it again."""

    n: Floats
    again: Floats

    @property
    def share(self) -> float:
        return float(self.again.sum() / max(self.n.sum(), 1))

    @property
    def surely_once(self) -> Mask:
        """Where even the upper end of the share's interval (Jeffreys) is small; needs some 40 buyers."""
        upper = betaincinv(self.again + 0.5, self.n - self.again + 0.5, SURE)
        return np.asarray(upper < ONCE_SHARE)


@dataclass(frozen=True)
class _Days:
    """Who bought what on which day: sorted by customer, what and day, each once; `n_days` is one more than
    the greatest day.
    """

    customer: Numbers
    what: Numbers
    day: Numbers
    n_days: int

    @classmethod
    def of(cls, customer: Numbers, what: Numbers, day: Numbers, n_days: int) -> "_Days":
        n_whats = int(what.max(initial=0)) + 1
        keys = np.sort((customer * n_whats + what) * n_days + day)
        keys = keys[np.diff(keys, prepend=-1) > 0]
        pairs = keys // n_days
        return cls(pairs // n_whats, pairs % n_whats, keys % n_days, n_days)

    def by(self, group: Numbers) -> "_Days":
        """The same, of groups instead of what was bought."""
        return _Days.of(self.customer, group[self.what], self.day, self.n_days)

    @property
    def goes_on(self) -> Mask:
        """Whether the next entry is of the same customer and of the same thing."""
        same = (self.customer[1:] == self.customer[:-1]) & (self.what[1:] == self.what[:-1])
        return np.append(same, False)[: len(self.day)]


def _bought_days(history: History) -> _Days:
    """Known customers, dated orders; days are counted from the first."""
    customer, at = history.order_customer, history.ordered_at
    told = ((customer < len(history.customers)) & (at != NO_TIME))[history.line_order]
    order = history.line_order[told]
    day = at[order] // MICROSECONDS_A_DAY
    day = day - day.min(initial=NO_DAY)
    what = history.line_product[told].astype(np.int64)
    return _Days.of(customer[order].astype(np.int64), what, day, int(day.max(initial=0)) + 1)


def _narrowest(history: History) -> Numbers:
    """Each product's narrowest category; one more than the last category where it has none."""
    found = history.narrowest_categories()
    return np.where(found < 0, len(history.categories), found).astype(np.int64)


def _returning(bought: _Days, n_groups: int) -> _Returning:
    """How many buyers of each group came back within the window of their first purchase, and for what."""
    window = min(LONGEST_WINDOW_DAYS, (bought.n_days - 1) // 2)
    goes_on = bought.goes_on
    first = ~np.roll(goes_on, 1) & (bought.day + window < bought.n_days)
    back = _next_visit(bought)[first] <= bought.day[first] + window
    again = (goes_on & (np.roll(bought.day, -1) <= bought.day + window))[first]
    group = bought.what[first][back]
    counts = np.bincount(group, minlength=n_groups).astype(np.float64)
    return _Returning(counts, np.bincount(group, again[back], n_groups).astype(np.float64))


def _next_visit(bought: _Days) -> Numbers:
    """For each entry the customer's next day with any order; beyond all days where there is none."""
    visits = bought.by(np.zeros(int(bought.what.max(initial=0)) + 1, dtype=np.int64))
    keys = visits.customer * bought.n_days + visits.day
    after = keys.searchsorted(bought.customer * bought.n_days + bought.day, side="right")
    customer = np.append(visits.customer, -1)[after]
    return np.where(customer == bought.customer, np.append(visits.day, 0)[after], 2 * bought.n_days)


def _category_means(products: _Returning, narrowest: Numbers, n_categories: int) -> Floats:
    n = np.bincount(narrowest, products.n, n_categories).astype(np.float64)
    again = np.bincount(narrowest, products.again, n_categories).astype(np.float64)
    return _shrunk(_Returning(n, again), np.full(n_categories, products.share))


def _shrunk(groups: _Returning, prior: Floats) -> Floats:
    """Each group's share, shrunk to its `prior` mean as far as chance alone explains the differences."""
    prior = np.clip(prior, 1e-4, 1 - 1e-4)
    strength = _strength(groups, prior)
    return np.asarray((groups.again + strength * prior) / (groups.n + strength))


def _strength(groups: _Returning, prior: Floats) -> float:
    """How many buyers the prior counts for: 1 / rho - 1, rho the correlation within groups (moments)."""
    total = groups.n.sum()
    met = groups.n > 0
    if met.sum() < 2:
        return LEAST_STRENGTH
    share = groups.again[met] / groups.n[met]
    spread = (groups.n[met] * (share - prior[met]) ** 2 / (prior[met] * (1 - prior[met]))).sum()
    by_chance = met.sum() - 1
    rho = (spread - by_chance) / max(total - (groups.n**2).sum() / total - by_chance, 1)
    return float(np.clip(1 / max(rho, 1e-6) - 1, LEAST_STRENGTH, MOST_STRENGTH))


def _as_the_shop_says(once: Numbers, history: History, narrowest: Numbers, settings: Settings) -> Numbers:
    """What the merchant says of a category goes before what was learnt, of a narrower before a wider one."""
    product = np.repeat(np.arange(len(once)), np.diff(history.category_starts))
    said = np.zeros(len(history.categories), dtype=np.int64)
    said[history.categories.rows(settings.bought_once_categories)] = 1
    said[history.categories.rows(settings.bought_again_categories)] = 2
    entries = said[history.category_rows]
    verdict = np.zeros(len(once), dtype=np.int64)
    verdict[product[entries > 0]] = entries[entries > 0]  # of a repeated index the last, the narrowest, stays
    return np.where(verdict == 1, narrowest, np.where(verdict == 2, AGAIN, once))


def _mean(group: npt.NDArray[Any], values: Floats, prior: Floats, strength: float) -> Floats:
    sums = np.bincount(group, values, len(prior)) + strength * prior
    return np.asarray(sums / (np.bincount(group, minlength=len(prior)) + strength))

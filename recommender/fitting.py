"""Fitting: the blend's weights, chosen so that what the last orders held comes high in the lists."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize, minimize_scalar
from scipy.sparse import csr_matrix
from threadpoolctl import threadpool_limits

from recommender.blend import ANONYMOUS, CART_SIZES, Blend, PairWeights, Shape, Shapes
from recommender.history import History
from recommender.lists import Lists, is_sure
from recommender.reason import BOUGHT_TOGETHER
from recommender.repurchase import learn
from recommender.reranking import with_trees
from recommender.settings import Settings
from recommender.sources.own_purchases import MEASURES, bought, measures
from recommender.sources.pairs import METHODS, measured
from recommender.validation import (
    Carts,
    Table,
    carts,
    pair_table,
    split,
    with_customers,
)

LEAST_CARTS = 100
LEAST_LISTS = 25
"""So many carts with a right answer among their candidates it takes to choose by them."""
SHRINKAGE = 0.3
"""How many carts' whole gain it costs to double a weight: few carts leave a weight where it was."""
SHARES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
"""The shares that RP3beta may have beside EASE, both in units of their best pairs."""
HABIT_WEIGHTS = (0.0, 0.05, 0.1, 0.2, 0.4)
"""What habits may count beside the two."""
ROUNDS = 2
MOST_STEPS = 60
LOG_SHARPNESS = (-8.0, 3.0)
"""Between what bounds the logarithm of the sharpness is looked for."""

SHAPED, OWN, SAID = slice(0, 2), slice(2, -len(METHODS)), slice(-len(METHODS), None)
"""Columns of what is measured of a known customer's candidates: pairs in both shapes, own purchases by their
MEASURES, and pairs by METHODS."""

Floats = npt.NDArray[np.float64]


def fitted(history: History, settings: Settings, seed: int) -> Blend:
    """The blend for `history`: `settings.blend`, changed where the last orders say so.

    Sources are fitted on all but the last `validation_share` of orders, and asked for one product of each of
    those. Weights maximise the mean of 1 / log2(1 + place), the place told by 1 + the sum over all others of
    a logistic function of the difference of scores (Qin et al., 2010), and are held near those they begin
    with. Each step is taken only where, fitted on one half of the carts, it finds more in the other half,
    by more than its standard error. The same goes for the trees of the learned ranker, asked about
    `ranker_carts` of them. Shops with fewer than 100 such carts keep the blend as it is.
    """
    known, later = split(history, settings.validation_share)
    asked = carts(history, known, later, settings.validation_carts, seed)
    if len(asked) < LEAST_CARTS:
        return settings.blend
    pairs = measured(known, settings)
    table = pair_table(asked, pairs)
    blend = _with_nobody(table, settings.blend)
    if np.count_nonzero(asked.customer >= 0) >= LEAST_CARTS:
        theirs = _known_customers(table, asked, known, replace(settings, blend=blend))
        blend = _with_customers(theirs, asked, blend)
    many = carts(history, known, later, settings.ranker_carts, seed)
    return with_trees(blend, known, pairs, many, settings)


def _with_nobody(table: Table, blend: Blend) -> Blend:
    """The weights of pairs, and the sharpness, where no customer is known."""
    pairs = blend.pairs[0]
    for _ in range(ROUNDS):
        lists = Lists.of(table, _columns(table, METHODS), np.array(pairs))
        pairs = _best_pairs(lists, pairs, Shape(1.0, 0.0))
    curved = ANONYMOUS[BOUGHT_TOGETHER].of(lists.measured @ np.array(pairs, np.float32))
    sharpness = _sharpness(replace(lists, measured=curved[:, None]), np.ones(1), blend.sharpness[0])
    return replace(blend, pairs=(pairs, pairs), sharpness=(sharpness, blend.sharpness[1]))


def _best_pairs(lists: Lists, present: PairWeights, shape: Shape, more: Floats | float = 0.0) -> PairWeights:
    """The shares of RP3beta and EASE, told by the last columns of `lists`, that find most in this `shape` and
    with `more` added to each score, then the weight of habits; `present` where none is surely better.
    """
    best = present
    for choices in (_shares, _habit_weights):
        best = _better(lists, best, choices(best), shape, more)
    return best


def _shares(present: PairWeights) -> list[PairWeights]:
    return [(2 * share, 2 - 2 * share, present[2]) for share in SHARES]


def _habit_weights(present: PairWeights) -> list[PairWeights]:
    return [(*present[:2], weight) for weight in HABIT_WEIGHTS]


def _better(
    lists: Lists, present: PairWeights, choices: list[PairWeights], shape: Shape, more: Floats | float
) -> PairWeights:
    """A choice is judged by the mean over it and those beside it: one alone may be the best by chance."""
    if len(lists.cart) < LEAST_LISTS:
        return present
    said = lists.measured[:, SAID]
    now, *found = (
        lists.gains_of(shape.of(said @ np.array(each, np.float32)) + more) for each in (present, *choices)
    )
    around = [np.mean(found[max(n - 1, 0) : n + 2], axis=0) for n in range(len(found))]
    best = int(np.argmax([each.mean() for each in around]))
    return choices[best] if is_sure(around[best] - now) else present


def _columns(table: Table, names: Iterable[str]) -> npt.NDArray[np.float32]:
    return np.column_stack([table.columns[name] for name in names])


def _known_customers(table: Table, asked: Carts, known: History, settings: Settings) -> Table:
    all_bought = bought(known, settings)
    shape = (len(known.customers), len(known.products))
    places = (all_bought.customer, all_bought.product)
    theirs = measures(all_bought, learn(known, settings)["again"], known.as_of)
    entries = csr_matrix((np.arange(len(theirs)), places), shape=shape)
    told = {name: theirs[:, n] for n, name in enumerate(MEASURES)}
    whole = with_customers(table, asked, entries, told)
    return whole.part(asked.customer[whole.cart] >= 0)


def _with_customers(table: Table, asked: Carts, blend: Blend) -> Blend:
    """The weights of pairs, those of all measures at once, then of both sources for each class of cart."""
    said, own = _columns(table, METHODS), _columns(table, MEASURES)
    weights, pairs = np.array([*blend.personal[0].bought_together, *blend.own]), blend.pairs[1]
    for _ in range(ROUNDS):  # better weights bring better candidates among those that are ranked
        shaped = _shaped(said @ np.array(pairs, np.float32))
        whole = np.concatenate([shaped, own, said], axis=1)
        lists = Lists.of(table, whole, np.append(weights, np.zeros(len(METHODS))))
        pairs = _best_pairs(lists, pairs, Shape(*weights[SHAPED]), lists.measured[:, OWN] @ weights[2:])
        shaped = _shaped(lists.measured[:, SAID] @ np.array(pairs, np.float32))
        lists = replace(lists, measured=np.concatenate([shaped, lists.measured[:, OWN]], axis=1))
        weights = np.array(_rounded(_chosen(lists, weights, weights)))
    summed = np.column_stack([lists.measured[:, :2], lists.measured[:, 2:] @ weights[2:]])
    lists = replace(lists, measured=summed.astype(np.float32))
    classes = np.digitize(asked.sizes[lists.cart], CART_SIZES)
    start = np.array([*weights[:2], 1.0])
    by_class = [_chosen(lists.some(classes == each), start, start) for each in range(len(CART_SIZES) + 1)]
    return replace(
        blend,
        pairs=(blend.pairs[0], pairs),
        own=tuple(weights[2:].tolist()),
        personal=tuple(_shapes(_rounded(each)) for each in by_class),
        sharpness=(blend.sharpness[0], _sharpness(lists, start, blend.sharpness[1])),
    )


def _shaped(column: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    return np.column_stack([column, Shape(0.0, 1.0).of(column)])


def _shapes(weights: tuple[float, ...]) -> Shapes:
    return Shapes(Shape(*weights[:2]), Shape(weights[2], 0.0))


def _rounded(weights: Iterable[float]) -> tuple[float, ...]:
    return tuple(float(f"{each:.4g}") for each in weights)


def _chosen(lists: Lists, prior: Floats, present: Floats) -> Floats:
    """The weights of all `lists`, fitted from `prior`; or `present` where those of one half are not surely
    better than it on the other.
    """
    is_even = lists.cart % 2 == 0
    halves = lists.some(is_even), lists.some(~is_even)
    if min(len(half.cart) for half in halves) < LEAST_LISTS:
        return present
    fitted_and_other = ((_maximal(half, prior), other) for half, other in (halves, halves[::-1]))
    more = [other.gains(weights) - other.gains(present) for weights, other in fitted_and_other]
    return _maximal(lists, prior) if is_sure(np.concatenate(more)) else present


def _sharpness(lists: Lists, weights: Floats, present: float) -> float:
    """By what scores are multiplied to be logarithms of chances: such that what was bought in truth, among
    the candidates beside it, is as likely as can be; `present` where there are too few to tell.
    """
    if len(lists.cart) < LEAST_LISTS:
        return present
    scores = lists.measured @ weights
    scores -= np.repeat(np.maximum.reduceat(scores, lists.starts[:-1]), np.diff(lists.starts))

    def unlikeliness(logarithm: float) -> float:
        told = scores * np.exp(logarithm)
        return float((np.log(np.add.reduceat(np.exp(told), lists.starts[:-1])) - told[lists.held_out]).mean())

    return float(f"{np.exp(minimize_scalar(unlikeliness, bounds=LOG_SHARPNESS, method='bounded').x):.4g}")


def _maximal(lists: Lists, prior: Floats) -> Floats:
    unit = np.maximum(np.abs(prior), 0.1)

    def loss(weights: Floats) -> tuple[float, Floats]:
        gain, slope = _soft_gain(lists, weights)
        away = (weights - prior) / unit
        shrinkage = SHRINKAGE / len(lists.cart)
        return shrinkage * float(away @ away) - gain, 2 * shrinkage * away / unit - slope

    bounds = [(0, None)] * len(prior)
    with threadpool_limits(limits=1, user_api="blas"):  # so few numbers: threads would wait, not work
        found = minimize(
            loss, prior, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": MOST_STEPS}
        )
    return np.asarray(found.x)


def _soft_gain(lists: Lists, weights: Floats) -> tuple[float, Floats]:
    """The mean gain with places told softly, and its slope."""
    n, counts, starts = len(lists.cart), np.diff(lists.starts), lists.starts[:-1]
    scores = (lists.measured @ weights.astype(np.float32)).astype(np.float64)
    ahead = 1 / (1 + np.exp(np.clip(np.repeat(scores[lists.held_out], counts) - scores, -30, 30)))
    ahead[lists.held_out] = 0
    place = 1 + np.add.reduceat(ahead, starts)
    logarithm = np.log2(1 + place)
    slope_of_place = -1 / (logarithm**2 * (1 + place) * np.log(2))
    pull = (ahead * (1 - ahead) * np.repeat(slope_of_place, counts)).astype(np.float32)
    right = lists.measured[lists.held_out]
    slope = lists.measured.T @ pull - right.T @ np.add.reduceat(pull, starts)
    return float((1 / logarithm).mean()), slope.astype(np.float64) / n

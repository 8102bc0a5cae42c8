"""Plots: figures with their intervals as bars, in SVG that needs no style sheet and no script."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, floor, isnan, log10

from recommender.evaluation.report import BESTSELLERS, CART, CUSTOMER, Evaluation, Figure
from recommender.evaluation.tables import COLUMNS, SETTINGS, VARIANTS, contenders

STRONG, SOFT = "#0f766e", "#7cc4bb"
GREY, PALE = "#64748b", "#b6c2d1"
INK, FAINT, GRID = "#0f172a", "#526079", "#e2e8f0"

WIDTH, LEFT, RIGHT = 760, 236, 64
TOP, BOTTOM = 62, 30
BAR, GAP = 15, 11
TICKS = 5
FONT = 'font-family="system-ui, -apple-system, Segoe UI, Roboto, sans-serif"'


Write = Callable[[float], str]


@dataclass(frozen=True)
class Bar:
    """One figure and its colour."""

    figure: Figure
    colour: str


@dataclass(frozen=True)
class Group:
    """Bars that belong together, under one label."""

    label: str
    bars: tuple[Bar, ...]


def metric_plot(evaluation: Evaluation, metric: str = "ndcg") -> str:
    """One metric over all carts of every recommender, best first: for the cart alone, and with the
    customer.
    """
    names = dict.fromkeys(row.recommender for row in evaluation.rows)
    values = {name: [getattr(evaluation.row(name, each), metric) for each in SETTINGS] for name in names}
    ranked = sorted(names, key=lambda name: -max(figure.value for figure in values[name]))
    groups = [_two_bars(name, values[name], name == evaluation.judged) for name in ranked]
    legend = ((SETTINGS[CART], PALE), (SETTINGS[CUSTOMER], GREY))
    return bars(f"{COLUMNS[metric]}@{evaluation.k} over {evaluation.n_carts:,} carts", legend, groups)


def variant_plot(evaluation: Evaluation, metric: str = "ndcg") -> str:
    """One metric by kind of cart: of the judged recommender, the best of the others, and the bestsellers."""
    told_better = (evaluation.judged, evaluation.settings[-1])
    columns = [each for each in contenders(evaluation) if each[0] != evaluation.judged or each == told_better]
    colours = {evaluation.judged: STRONG, BESTSELLERS: PALE}
    legend = [(f"{name}, {SETTINGS[setting]}", colours.get(name, GREY)) for name, setting in columns]
    groups = []
    for each in (row for row in evaluation.rows if (row.recommender, row.setting) == columns[0]):
        figures = [getattr(evaluation.row(*column, each.group, each.variant), metric) for column in columns]
        named = f"{VARIANTS.get(each.variant, each.variant)} ({each.n_carts:,})"
        drawn = (Bar(figure, colour) for figure, (_, colour) in zip(figures, legend, strict=True))
        groups.append(Group(named, tuple(drawn)))
    return bars(f"{COLUMNS[metric]}@{evaluation.k} by kind of cart (how many)", legend, groups)


def bars(
    title: str,
    legend: Sequence[tuple[str, str]],
    groups: Sequence[Group],
    write: Write | None = None,
) -> str:
    """Horizontal bars with whiskers for the intervals, the value beside each as `write` has it (None:
    with three digits); a figure that is NaN has no bar.
    """
    height = TOP + sum(len(group.bars) * BAR + GAP for group in groups) + BOTTOM
    shown = [bar.figure for group in groups for bar in group.bars if not isnan(bar.figure.value)]
    ticks = round_ticks(max((max(each.value, each.high) for each in shown), default=0.0))
    parts = [
        *_frame(title, height),
        *_legend(legend),
        *_grid(ticks, height, write or "{:g}".format),
        *_groups(groups, ticks[-1], write or "{:.3f}".format),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def round_ticks(most: float) -> list[float]:
    """From 0 to beyond `most`, in at most 5 steps of 1, 2, 2.5 or 5 times a power of ten."""
    if not most > 0:
        return [0.0, 1.0]
    power = 10.0 ** floor(log10(most / TICKS))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power * TICKS >= most)
    return [round(number * step, 10) for number in range(ceil(most / step - 1e-9) + 1)]


def _two_bars(name: str, figures: Sequence[Figure], is_judged: bool) -> Group:
    colours = (SOFT, STRONG) if is_judged else (PALE, GREY)
    if figures[0] == figures[1]:  # the customer changes nothing
        return Group(name, (Bar(figures[0], colours[0]),))
    return Group(name, tuple(Bar(figure, colour) for figure, colour in zip(figures, colours, strict=True)))


def _frame(title: str, height: int) -> Iterator[str]:
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}"'
        f' height="{height}" role="img" {FONT} font-size="12">'
    )
    yield f"<title>{escape(title)}</title>"
    yield f'<rect width="{WIDTH}" height="{height}" rx="8" fill="#ffffff"/>'
    yield _text(16, 26, title, INK, 'font-size="15" font-weight="600"')


def _legend(legend: Sequence[tuple[str, str]]) -> Iterator[str]:
    left = 16.0
    for label, colour in legend:
        yield f'<rect x="{left:.0f}" y="38" width="10" height="10" rx="2" fill="{colour}"/>'
        yield _text(left + 15, 47, label, FAINT)
        left += 33 + 6.2 * len(label)


def _grid(ticks: Sequence[float], height: int, write: Write) -> Iterator[str]:
    for tick in ticks:
        x = _x(tick, ticks[-1])
        yield f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{TOP - 6}" y2="{height - BOTTOM}" stroke="{GRID}"/>'
        yield _text(x, height - 12, write(tick), FAINT, 'text-anchor="middle" font-size="11"')


def _groups(groups: Sequence[Group], top: float, write: Write) -> Iterator[str]:
    y = TOP
    for group in groups:
        middle = y + len(group.bars) * BAR / 2 + 4
        yield _text(LEFT - 10, middle, group.label, INK, 'text-anchor="end"')
        for bar in group.bars:
            yield from _bar(bar, y, top, write)
            y += BAR
        y += GAP


def _bar(bar: Bar, y: float, top: float, write: Write) -> Iterator[str]:
    value, low, high = bar.figure
    if isnan(value):
        yield _text(LEFT + 4, y + 11, "not defined", FAINT, 'font-size="11" font-style="italic"')
        return
    end, middle = _x(value, top), y + BAR / 2 - 1
    yield f'<rect x="{LEFT}" y="{y}" width="{end - LEFT:.1f}" height="{BAR - 2}" rx="2" fill="{bar.colour}"/>'
    if not isnan(low):
        start, stop = _x(low, top), _x(high, top)
        yield (
            f'<path d="M{start:.1f} {middle - 3}v6M{start:.1f} {middle}H{stop:.1f}M{stop:.1f} {middle - 3}v6"'
            f' stroke="{INK}" fill="none"/>'
        )
        end = max(end, stop)
    yield _text(end + 6, y + 11, write(value), INK, 'font-size="11"')


def _x(value: float, top: float) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * value / top


def _text(x: float, y: float, words: str, colour: str, more: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" fill="{colour}"{more and " " + more}>{escape(words)}</text>'

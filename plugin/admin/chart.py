"""A column chart as plain geometry, so that a template can draw it without script or style attributes."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, log10

WIDTH, HEIGHT = 640, 180
_LEFT, _BOTTOM, _TOP = 64, 28, 12
_GAP_SHARE = 0.25


@dataclass(frozen=True)
class Column:
    """One rectangle, in the units of the drawing's viewBox."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Chart:
    """Columns under round grid lines: `grid` pairs each line's height in the drawing with its value."""

    columns: tuple[Column, ...]
    grid: tuple[tuple[float, int], ...]
    left: float = _LEFT
    right: float = WIDTH
    floor: float = HEIGHT - _BOTTOM
    width: int = WIDTH
    height: int = HEIGHT


def columns(values: Sequence[int]) -> Chart:
    """A chart of `values`, each at least 0, from left to right."""
    top = round_top(max(values, default=0))
    floor, room = HEIGHT - _BOTTOM, HEIGHT - _BOTTOM - _TOP
    step = (WIDTH - _LEFT) / max(1, len(values))
    drawn = tuple(
        Column(
            x=round(_LEFT + step * (place + _GAP_SHARE / 2), 2),
            y=round(floor - room * value / top, 2),
            width=round(step * (1 - _GAP_SHARE), 2),
            height=round(room * value / top, 2),
        )
        for place, value in enumerate(values)
    )
    lines = sorted({0, top // 2, top} if top % 2 == 0 else {0, top})
    return Chart(drawn, tuple((round(floor - room * value / top, 2), value) for value in lines))


def round_top(value: int) -> int:
    """The least of 1, 2, 4, 5, 8 or 10 times a power of ten that is at least `value` (and at least 1)."""
    power = 10 ** max(0, ceil(log10(max(1, value))) - 1)
    return int(next(factor * power for factor in (1, 2, 4, 5, 8, 10) if factor * power >= value))

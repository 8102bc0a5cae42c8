"""Amounts are whole minor units, shares whole millionths; every rounding stands here (decision 0180)."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

MILLION = 1_000_000


def millionths(share: Decimal | float) -> int:
    """`share` (0.1 is a tenth) in millionths; a float counts as the decimal that it is written as."""
    return int((Decimal(str(share)) * MILLION).to_integral_value(ROUND_HALF_UP))


def rounded(amount_minor: int, share: int) -> int:
    """`share` (millionths) of a non-negative amount, half a unit upwards: how a discount is worked out."""
    return (2 * amount_minor * share + MILLION) // (2 * MILLION)


def at_most(amount_minor: int, share: int) -> int:
    """`share` (millionths) of a non-negative amount, rounded up: how fees, costs and floors are made."""
    return -(-amount_minor * share // MILLION)


def net_of_tax(amount_minor: int, tax_share: int) -> int:
    """An amount that includes tax, without it, rounded down: revenue is never told too great."""
    return amount_minor * MILLION // (MILLION + tax_share)


def with_tax(amount_minor: int, tax_share: int) -> int:
    """An amount without tax, with it, rounded up: fees are taken of all that is paid."""
    return -(-amount_minor * (MILLION + tax_share) // MILLION)


def split(total_minor: int, weights: Sequence[int]) -> list[int]:
    """`total_minor` (at most the sum of `weights`) over lines in proportion, each at most its weight.

    Rounded down first; what is left goes unit by unit to the largest remainders, the earlier of equals first.
    So the parts always add up to the total.
    """
    whole = sum(weights)
    if not whole:
        return [0] * len(weights)
    parts = [total_minor * weight // whole for weight in weights]
    left = total_minor - sum(parts)
    if left:
        remainders = [-(total_minor * weight % whole) for weight in weights]
        for place in sorted(range(len(weights)), key=remainders.__getitem__)[:left]:
            parts[place] += 1
    return parts

"""Money is an integer of minor units; this says how many digits of a currency are minor."""

from decimal import Decimal, InvalidOperation
from typing import Any

# ISO 4217, list one (https://www.six-group.com/en/products-services/financial-information/data-standards.html):
# every currency that is not named here has two.
OTHER_DIGITS = {
    currency: digits
    for digits, currencies in {
        0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
        3: "BHD IQD JOD KWD LYD OMR TND",
        4: "CLF UYW",
    }.items()
    for currency in currencies.split()
}

_MOST_DIGITS = 20  # of an amount in minor units: 1e999999999 would be written out in full


def minor_digits(currency: str) -> int:
    """How many decimals an amount of `currency` (ISO 4217) has: 2 for EUR, 0 for JPY, 3 for KWD."""
    return OTHER_DIGITS.get(currency, 2)


def minor_units(currency: str) -> int:
    """How many minor units are one unit of `currency`: 100 for EUR."""
    return int(10 ** minor_digits(currency))


def as_minor(amount: Any, currency: str) -> int | None:
    """`amount` in major units of `currency`, as platforms write it (a text or a number), in minor units.

    Halves go to the even side. None for what is no finite amount.
    """
    try:
        exact = Decimal(str(amount)) * minor_units(currency)
        is_amount = exact.is_finite() and exact.adjusted() < _MOST_DIGITS
        return int(exact.to_integral_value()) if is_amount else None
    except InvalidOperation:
        return None

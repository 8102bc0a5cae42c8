"""What the pages about offers call things: kinds, conditions, fields, states, and what a field takes."""

from dataclasses import dataclass
from typing import Any

from flask_babel import gettext

from plugin.offers.parameters import Form


@dataclass(frozen=True)
class Words:
    """A name, and a sentence that says what it is."""

    name: str
    hint: str = ""


def kinds() -> dict[str, dict[str, Words]]:
    """The kinds of offers, in groups."""
    return {
        gettext("Off the price"): {
            "percent_off": Words(
                gettext("Percent off"), gettext("A share off the cart, or off some products.")
            ),
            "amount_off": Words(gettext("Amount off"), gettext("A fixed amount off the cart.")),
            "free_shipping": Words(gettext("Free shipping"), gettext("You do not charge for sending it.")),
            "spend_more": Words(
                gettext("Spend more"),
                gettext("From a threshold on shipping is free, or there is an amount off."),
            ),
        },
        gettext("More in the cart"): {
            "gift": Words(gettext("Gift"), gettext("One more product for nothing.")),
            "bundle": Words(gettext("Bundle"), gettext("Two to four products together, for less.")),
            "buy_one_get_one": Words(
                gettext("Buy one, get one"), gettext("A second piece free, or for less.")
            ),
            "order_bump": Words(
                gettext("Add at the checkout"), gettext("One more product at this price, never ticked.")
            ),
            "down_sell": Words(
                gettext("Cheaper instead"), gettext("A cheaper product for who finds one too dear.")
            ),
        },
        gettext("For later"): {
            "next_order_voucher": Words(
                gettext("Voucher for the next order"), gettext("A code comes with this order.")
            ),
        },
        gettext("You keep the promise yourself"): {
            "free_returns": Words(gettext("Free returns"), gettext("You pay for sending it back.")),
            "faster_shipping": Words(gettext("Faster shipping"), gettext("You send it the fast way.")),
            "gift_card": Words(gettext("Gift card"), gettext("You send a gift card with the order.")),
            "pay_later": Words(gettext("Pay later"), gettext("You let the order be paid later.")),
            "invitation": Words(gettext("Invitation"), gettext("An event, or something before others.")),
            "referral": Words(gettext("Code for a friend"), gettext("You send a code for a friend.")),
        },
    }


def kind(name: str) -> Words:
    """What a kind is called; one without words here goes by its own name."""
    return next((group[name] for group in kinds().values() if name in group), Words(name))


def conditions() -> dict[str, Words]:
    """The conditions."""
    return {
        "cart_total": Words(gettext("Cart total")),
        "cart_has": Words(
            gettext("The cart holds"), gettext("Any of these together; leave both empty for any product.")
        ),
        "cart_has_not": Words(gettext("The cart does not hold")),
        "first_order": Words(
            gettext("First order"), gettext("A known customer, who has not bought anything yet.")
        ),
        "returning": Words(gettext("Loyal customer"), gettext("A known customer, who has bought before.")),
        "since_last_order": Words(
            gettext("Soon after the last order"),
            gettext("A known customer; the end is their own, shown as a date, and nothing begins it anew."),
        ),
        "country": Words(gettext("Country"), gettext("As your page tells it.")),
        "language": Words(gettext("Language of the page")),
        "weekday": Words(gettext("Weekday"), gettext("By your shop's clock.")),
        "hour": Words(
            gettext("Hour of the day"), gettext("By your shop's clock; from 22 to 6 goes over midnight.")
        ),
    }


def label(owner: str, name: str) -> str:
    """What the parameter `name` of the kind or condition `owner` is called."""
    return _of_owner().get((owner, name)) or _labels().get(name, name)


def _of_owner() -> dict[tuple[str, str], str]:
    return {
        ("buy_one_get_one", "off_share"): gettext("Off the second one"),
        ("down_sell", "product_id"): gettext("The dear product"),
        ("gift", "product_id"): gettext("The gift"),
        ("cart_total", "from_minor"): gettext("From"),
        ("returning", "value_minor"): gettext("Worth together at least"),
        ("weekday", "days"): gettext("Days"),
        ("next_order_voucher", "valid_days"): gettext("Good for"),
    }


def _labels() -> dict[str, str]:
    return {
        "off_share": gettext("Percentage off"),
        "off_minor": gettext("Amount off"),
        "of_products": gettext("Only these products"),
        "of_categories": gettext("Only these categories"),
        "from_minor": gettext("From a cart of"),
        "to_minor": gettext("Up to"),
        "product_id": gettext("Product"),
        "variant_id": gettext("Its variant"),
        "instead_product_id": gettext("The cheaper product"),
        "products": gettext("Products"),
        "categories": gettext("Categories"),
        "quantity": gettext("How many at least"),
        "value_minor": gettext("Worth"),
        "days": gettext("Within"),
        "costs_minor": gettext("What keeping it costs you"),
        "event": gettext("To what"),
        "orders": gettext("Orders at least"),
        "countries": gettext("Countries"),
        "languages": gettext("Languages"),
        "from_hour": gettext("From hour"),
        "to_hour": gettext("Until hour"),
    }


def hint(owner: str, name: str) -> str:
    """What stands below the field of a parameter."""
    if (owner, name) == ("bundle", "products"):
        return str(gettext("Ids, one a line. Empty: whichever bundle is shown."))
    return _hints().get(name, "")


def _hints() -> dict[str, str]:
    lines = gettext("Ids, one a line.")
    return {
        "of_products": lines,
        "products": lines,
        "of_categories": gettext("Names, one a line."),
        "categories": gettext("Names, one a line."),
        "variant_id": gettext("Needed only where variants differ in price or cost."),
        "countries": gettext("Two letters each, such as ES, IT."),
        "costs_minor": gettext("Counts against the margin floor and the budget."),
        "event": gettext("As the shopper reads it."),
    }


def characters(most: int) -> str:
    """How long a text may be."""
    return str(gettext("Use at most %(high)s characters.", high=most))


def takes(form: Form) -> str:
    """What a parameter of this form takes: what is said where something else was given."""
    low, high = form.least, form.greatest
    texts = {
        "share": gettext("Give a percentage above 0, at most 100."),
        "minor": gettext("Give an amount above 0."),
        "count": gettext("Give a whole number from %(low)s to %(high)s.", low=low, high=high),
        "id": gettext("Give the id of a product."),
        "text": gettext("Use %(low)s to %(high)s characters.", low=low, high=high),
        "ids": gettext("Give %(low)s to %(high)s, one a line.", low=low, high=high),
        "countries": gettext("Give two letters for each country."),
        "languages": gettext("Choose one at least."),
        "weekdays": gettext("Choose one at least."),
    }
    return str(texts[form.name])


def field_takes(name: str) -> str:
    """What a field that all kinds have takes (`budget.total_minor`)."""
    bounds = {
        "caps.per_person": (1, 1000),
        "caps.period_days": (1, 366),
        "hold_hours": (24, 2160),
        "silence_days": (1, 365),
        "priority": (-1000, 1000),
        "stock_bound.at_most": (1, 1000),
    }
    if name in bounds:
        low, high = bounds[name]
        return str(gettext("Give a whole number from %(low)s to %(high)s.", low=low, high=high))
    texts = {
        "offer_id": gettext("Give it an id of at most 200 characters."),
        "placements": gettext("Choose one at least."),
        "budget.total_minor": gettext("Give an amount, or leave it empty."),
        "budget.count": gettext("Give a whole number, or leave it empty."),
        "starts_at": gettext("Give a date and time."),
        "ends_at": gettext(
            "Give a date and time after the beginning; once an offer was live, none later than before."
        ),
        "confirmed": gettext("Set it up and confirm, or keep the offer paused."),
        "stock_bound.product_id": gettext("Give the id of a product."),
        "after_dismissal_of": gettext("Choose one of these."),
        "conditions": gettext(
            "At most 20; once an offer was live, the days since a last order may only become fewer."
        ),
    }
    return str(texts.get(name, gettext("This cannot be kept as it is.")))


def pressing(sort: str, found: str) -> str:
    """Why the words `found` of an offer's text cannot be kept."""
    texts = {
        "deadline": gettext(
            "“%(found)s” presses for time: give the offer an end, or leave the words out.", found=found
        ),
        "hours": gettext(
            "“%(found)s” speaks of hours: a deadline so near is never shown, so leave the words out.",
            found=found,
        ),
        "stock": gettext(
            "“%(found)s” speaks of stock: bind the offer to a product's stock, or leave the words out.",
            found=found,
        ),
    }
    texts |= {
        "count": gettext(
            "“%(found)s” says how many are left: that changes, so leave the number out.", found=found
        ),
        "always": gettext(
            "“%(found)s” presses for time, and this is said even where no end is shown: leave the words out.",
            found=found,
        ),
    }
    return str(texts[sort])


def amiss() -> dict[str | None, str]:
    """Why a kept promise cost more than it may, by what was the matter with its order."""
    return {
        "terms_differ": gettext("The order held less than was accepted, or was in another currency."),
        "not_with_others": gettext("The order came with another code that this one does not go with."),
        "redeemed_by_other_order": gettext(
            "Another order came with the same code; what was taken off that one is not counted."
        ),
        None: gettext("Prices, costs, floor or budget were others by then."),
    }


def stacking() -> dict[str, Words]:
    """How an offer goes with others that the same person accepted."""
    return {
        "alone": Words(gettext("Alone"), gettext("Not together with any other offer.")),
        "with_others": Words(gettext("With others"), gettext("All of them together keep the margin floor.")),
        "best_one": Words(
            gettext("The better one"), gettext("Shown only if it is better than what was accepted.")
        ),
    }


def states() -> dict[str, str]:
    """How an offer can stand, in a word or two, in the order in which the page lists them."""
    return {
        "live": gettext("Live"),
        "silent": gettext("Stopped"),
        "off": gettext("Off"),
        "spent": gettext("Budget used up"),
        "unconfirmed": gettext("Not confirmed"),
        "paused": gettext("Paused"),
        "later": gettext("Not begun"),
        "ended": gettext("Ended"),
    }


def sum_lines(proof: dict[str, Any]) -> list[tuple[str, int]]:
    """The sum of the margin floor, a line each."""
    return [
        (gettext("Earned, net of tax"), proof["revenue_minor"]),
        (gettext("Discount"), -proof["discount_minor"]),
        (gettext("What the goods cost"), -proof["cost_minor"]),
        (gettext("Shipping you pay"), -proof["shipping_cost_minor"]),
        (gettext("Payment fees"), -proof["fees_minor"]),
        (gettext("Promised for later"), -proof["later_minor"]),
        (gettext("What is left"), proof["margin_minor"]),
        (gettext("The floor"), proof["floor_minor"]),
    ]

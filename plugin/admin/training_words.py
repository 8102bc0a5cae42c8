"""How a training ended, and what one is at, in the merchant's words: from the stable word and its figures."""

from collections.abc import Callable, Mapping
from typing import Any

from flask_babel import gettext

from plugin.admin.languages import number, points, share
from plugin.store.trainings import Training

Figures = Mapping[str, Any]


def state(training: Training) -> str:
    """Whether it waits, runs or how it ended, in a few words."""
    if training.status == "running":
        return _step(training.details or {})
    states: dict[str, str] = {
        "requested": gettext("Waiting to begin"),
        "published": gettext("Succeeded: its model was put in use"),
        "rejected": gettext("Its model is not used: the last good one stays in use"),
        "failed": gettext("Failed"),
    }
    return states[training.status]


def cause(training: Training) -> str:
    """Why it was done."""
    causes: dict[str, str] = {
        "schedule": gettext("by the schedule"),
        "orders": gettext("after new orders"),
        "merchant": gettext("asked for here"),
        "command": gettext("asked for on the command line"),
        "erasure": gettext("to forget an erased customer"),
    }
    return causes.get(training.cause, training.cause)


def why(training: Training) -> str | None:
    """Why it ended so, with its figures; None while it has not."""
    if training.finished_at is None or training.reason is None:
        return None
    return reason(training.reason, training.details or {})


def reason(word: str, figures: Figures) -> str:
    """A reason of the gate's or of `trainings.REASONS` as a sentence; one that is not known, as it is."""
    told = _REASONS.get(word)
    return told(figures) if told else word


def _step(details: Figures) -> str:
    of = {"count": number(details.get("count", 0))}
    steps: dict[str, str] = {
        "reading": gettext("Running: reading orders and products"),
        "rehearsing": gettext("Running: rehearsing on %(count)s order lines", **of),
        "asking": gettext("Running: asking for the missing products of %(count)s later carts", **of),
        "training": gettext("Running: learning from %(count)s order lines", **of),
        "saving": gettext("Running: saving the model"),
    }
    at_hand: str = gettext("Running")
    return steps.get(str(details.get("step")), at_hand)


def _shares(figures: Figures) -> dict[str, str]:
    return {"share": share(figures["hit_rate"]), "other": share(figures["other_hit_rate"])}


def _beside_bestsellers(figures: Figures) -> str:
    text: str = gettext(
        "It finds the missing product of %(share)s of the latest carts, the best sellers of %(other)s.",
        **_shares(figures),
    )
    return text


def _by_chance(figures: Figures) -> str:
    low, high = figures["interval"]
    text: str = gettext(
        "The difference is %(difference)s points (95 %% interval: %(low)s to %(high)s).",
        difference=points(figures["difference"]),
        low=points(low),
        high=points(high),
    )
    return text


def _unproven(figures: Figures) -> str:
    text = gettext("It cannot be told apart from the best sellers, and there was no better one to keep.")
    return f"{text} {_beside_bestsellers(figures)} {_by_chance(figures)}"


def _not_better(figures: Figures) -> str:
    text = gettext("It is not better than the best sellers by more than chance explains.")
    return f"{text} {_beside_bestsellers(figures)} {_by_chance(figures)}"


def _worse_than_bestsellers(figures: Figures) -> str:
    text = gettext("It is worse than the best sellers.")
    return f"{text} {_beside_bestsellers(figures)} {_by_chance(figures)}"


def _worse_than_live(figures: Figures) -> str:
    text = gettext(
        "It is worse than the model in use: it finds the missing product of %(share)s of the latest carts, "
        "that one of %(other)s.",
        **_shares(figures),
    )
    return f"{text} {_by_chance(figures)}"


def _loses_coverage(figures: Figures) -> str:
    text: str = gettext(
        "It suggests only %(count)s different products for the latest carts, the model in use %(other)s.",
        count=number(figures["coverage"]),
        other=number(figures["other_coverage"]),
    )
    return text


def _too_few(figures: Figures) -> str:
    text: str = gettext(
        "There are too few orders to judge it: %(count)s carts to ask for, %(needed)s are needed.",
        count=number(figures["n_carts"]),
        needed=number(figures["needed"]),
    )
    return text


def _unforeseen(figures: Figures) -> str:
    text: str = gettext("An error that was not foreseen: %(detail)s", detail=figures.get("detail", "?"))
    return text


_REASONS: dict[str, Callable[[Figures], str]] = {
    "better": _beside_bestsellers,
    "unproven": _unproven,
    "too_few_carts": _too_few,
    "not_better_than_bestsellers": _not_better,
    "worse_than_bestsellers": _worse_than_bestsellers,
    "worse_than_live": _worse_than_live,
    "loses_coverage": _loses_coverage,
    "not_finite": lambda _: gettext("One of its numbers is undefined. Please report this."),
    "breaks_exclusions": lambda _: gettext("It suggests what is to be left out. Please report this."),
    "no_orders": lambda _: gettext("There are no orders to learn from yet."),
    "changed_meanwhile": lambda _: gettext(
        "Another model was put in use by hand while this one was trained. “Train now” replaces it."
    ),
    "no_memory": lambda _: gettext("The machine has too little memory for it."),
    "too_long": lambda _: gettext("It took too long and was ended."),
    "interrupted": lambda _: gettext("The program that trained ended in its midst. It is tried again."),
    "stopped": lambda _: gettext("The program that trained was stopped. It is tried again."),
    "died": lambda _: gettext("The program that trained ended before it was done. It is tried again."),
    "error": _unforeseen,
}

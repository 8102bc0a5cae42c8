"""The heavy part of a training, in a process of its own: orders in, a drafted artefact and a verdict out."""

import logging
import os
import signal
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from multiprocessing import connection, parent_process
from pathlib import Path
from typing import Any

import polars as pl

import recommender
from plugin.config import Config
from plugin.errors import Refusal
from plugin.runtime import Runtime, open_runtime
from plugin.store import events, models, orders, products, shops
from plugin.store.models import Artefact, rehearsal_of
from plugin.store.trainings import Outcome

_LOG = logging.getLogger(__name__)
_SEED = 0
_LISTED_PRODUCTS = 100
"""So many of the most sold products are looked at for what a new model changes in their lists."""
_ENCORE, _IN_USE = "Encore", "in_use"
"""What an evaluation calls the new model and the one in use."""


@dataclass(frozen=True)
class Step:
    """What a training is at: a word that stays the same, and of how many things."""

    word: str
    count: int = 0

    def __str__(self) -> str:
        """The same as an English sentence."""
        return _STEPS[self.word].format(count=self.count)


_STEPS = {
    "reading": "Reading orders and products",
    "rehearsing": "Rehearsing on {count:,} order lines",
    "asking": "Asking for {count:,} later carts, beside bestsellers and the model in use",
    "training": "Training on {count:,} order lines",
    "saving": "Saving the artefact",
}


@dataclass(frozen=True)
class Lesson:
    """What is to be learnt: a shop's orders up to `now`, into the file `draft`."""

    shop_id: str
    draft: Path
    now: datetime


@dataclass(frozen=True)
class Learnt:
    """What came out: the artefact's checksum, why it may be served, and its card."""

    checksum: str
    verdict: recommender.Verdict
    card: Mapping[str, Any]


class NotPublishable(Exception):
    """The gate lets the model not through; `verdict` says why."""

    def __init__(self, verdict: recommender.Verdict) -> None:
        super().__init__(verdict.words)
        self.verdict = verdict


@dataclass(frozen=True)
class _Facts:
    """What a shop knows: its order lines, its catalogue (None: empty), what was viewed before its orders, how
    it wants to be taught, the model in use, and whether that still holds somebody who was erased since
    (`forgets`: the new one will not).
    """

    lines: pl.DataFrame
    catalogue: pl.DataFrame | None
    views: pl.DataFrame
    settings: recommender.Settings
    in_use: Artefact | None
    forgets: bool

    def train(self, lines: pl.DataFrame, **more: Any) -> recommender.Model:
        """A model of `lines` and of everything else the shop knows."""
        return recommender.train(
            lines, self.catalogue, views=self.views, seed=_SEED, settings=self.settings, **more
        )


@dataclass(frozen=True)
class _Rehearsed:
    """A model of all but the last tenth of the orders, and what came of asking it for those, the `trial`."""

    trial: recommender.Trial
    model: recommender.Model
    evaluation: recommender.Evaluation
    verdict: recommender.Verdict


def learn(runtime: Runtime, lesson: Lesson, tell: Callable[[Step], None]) -> Learnt:
    """Rehearse on all but the last tenth of the orders, judge, train on all and keep the draft; `tell` hears
    of each step.

    Raises `Refusal("no_orders")` when there is nothing to learn from, and `NotPublishable`.
    """
    tell(Step("reading"))
    facts = _facts(runtime, lesson)
    rehearsed = _rehearsed(facts, None if facts.forgets else _live(runtime, facts.in_use), tell)
    if not rehearsed.verdict.publishable:
        raise NotPublishable(rehearsed.verdict)
    lesson.draft.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    rehearsed.model.save(rehearsal_of(lesson.draft))
    tell(Step("training", len(facts.lines)))
    # The weights found in rehearsing: to fit them again would take as long as all the rest.
    model = facts.train(facts.lines, as_of=_as_of(facts.lines), blend=rehearsed.model.blend)
    unsound = recommender.unsound(model, rehearsed.trial.carts)
    if unsound is not None:
        raise NotPublishable(recommender.Verdict(False, unsound))
    tell(Step("saving"))
    model.save(lesson.draft)
    return Learnt(model.version, rehearsed.verdict, _card(runtime, facts, rehearsed, model))


def learn_apart(config: Config, lesson: Lesson, ear: "connection.Connection[object, object]") -> None:
    """The child's first and only act: learn, and say into `ear` each step and then the end."""
    end_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, who then ends this process
    os.nice(5)  # shoppers are served first
    runtime = open_runtime(config)
    try:
        ear.send(learn(runtime, lesson, ear.send))
    except NotPublishable as kept_back:
        verdict = kept_back.verdict
        ear.send(Outcome("rejected", verdict.words, verdict.reason, dict(verdict.figures)))
    except Refusal as refusal:
        ear.send(Outcome("rejected", refusal.message, refusal.reason))
    except MemoryError:
        ear.send(Outcome("failed", "Memory ran out in training.", "no_memory"))
    except Exception as error:
        _LOG.exception("Training of shop %s failed.", lesson.shop_id)
        detail = f"{type(error).__name__}: {error}"
        ear.send(Outcome("failed", f"Training failed: {detail}.", "error", {"detail": detail}))
    finally:
        runtime.database.close()


def _facts(runtime: Runtime, lesson: Lesson) -> _Facts:
    with runtime.database.read() as opened:
        lines = orders.training_lines(opened, lesson.shop_id)
        catalogue = products.catalogue_frame(opened, lesson.shop_id)
        views = events.views_before_orders(opened, lesson.shop_id)
        settings = shops.load(opened, runtime.vault, lesson.shop_id).settings
        in_use = models.current(opened, lesson.shop_id)
        forgets = models.must_forget(opened, lesson.shop_id)
    lines = lines.filter(pl.col("ordered_at") <= lesson.now)  # a date in the future is a mistake
    if lines.is_empty():
        raise Refusal(
            "no_orders",
            "There are no orders to learn from yet; import some with"
            f" `encore import orders FILE --shop {lesson.shop_id}`.",
        )
    said = None if catalogue.is_empty() else catalogue
    return _Facts(lines, said, views, _taught(settings), in_use, forgets)


def _taught(settings: Any) -> recommender.Settings:
    """What of the shop's settings steers the science: those that are called the same in both."""
    names = {each.name for each in fields(recommender.Settings)} & vars(settings).keys()
    chosen = {name: getattr(settings, name) for name in names}
    sets = {name: tuple(sorted(each)) for name, each in chosen.items() if isinstance(each, frozenset)}
    return recommender.Settings.of(chosen | sets)


def _as_of(lines: pl.DataFrame) -> datetime | None:
    """The last order's time, not today: a history that ended long ago has its own last month."""
    latest: Any = lines["ordered_at"].max()
    return latest if isinstance(latest, datetime) else None


# -- rehearsing and judging -------------------------------------------------------------------------------


def _rehearsed(facts: _Facts, live: recommender.Live | None, tell: Callable[[Step], None]) -> _Rehearsed:
    trial = recommender.Trial.of(facts.lines, seed=_SEED)
    tell(Step("rehearsing", len(trial.known)))
    model = facts.train(trial.known)
    tell(Step("asking", len(trial.carts)))
    beside = [(_ENCORE, model)]
    if live and live.rehearsal and len(trial.unseen_by(live.rehearsal)) == len(trial.carts):
        beside.append((_IN_USE, live.rehearsal))
    evaluation = recommender.measured(trial.known, trial.carts, beside, seed=_SEED)
    return _Rehearsed(trial, model, evaluation, recommender.judge(model, trial, live, seed=_SEED))


def _live(runtime: Runtime, in_use: Artefact | None) -> recommender.Live | None:
    """The model in use for the gate; without a rehearsal where its file is gone or another version's."""
    if in_use is None:
        return None
    is_proven = in_use.figures.get("verdict", {}).get("reason") == "better"
    return recommender.Live(_loaded(rehearsal_of(runtime.config.artefacts / in_use.path)), is_proven)


def _loaded(path: Path) -> recommender.Model | None:
    try:
        return recommender.load(path)
    except (OSError, recommender.ArtefactError):
        return None


# -- the model's card -------------------------------------------------------------------------------------


def _card(runtime: Runtime, facts: _Facts, rehearsed: _Rehearsed, model: recommender.Model) -> dict[str, Any]:
    """All that is known of a model beside its arrays, as JSON values."""
    before = _loaded(runtime.config.artefacts / facts.in_use.path) if facts.in_use else None
    card = dict(model.figures) | {
        "first_ordered_at": _isoformat(facts.lines["ordered_at"].min()),
        "evaluation": rehearsed.evaluation.to_dict(),
        "verdict": rehearsed.verdict.to_dict(),
    }
    if before is not None and facts.in_use is not None:
        best = recommender.bestsellers(facts.lines, _LISTED_PRODUCTS)
        changes = recommender.list_changes(before, model, best).to_dict()
        card["changes"] = changes | {"model_version": facts.in_use.model_version}
    return card


def _isoformat(at: Any) -> str | None:
    return at.isoformat() if isinstance(at, datetime) else None


# -- the child and its parent -----------------------------------------------------------------------------


def end_with_parent() -> None:
    """From now on end when the parent does: a killed worker leaves no training that nobody waits for."""
    parent = parent_process()
    if parent is not None:
        watch = threading.Thread(target=_wait_and_exit, args=(parent.sentinel,), daemon=True)
        watch.start()


def _wait_and_exit(sentinel: int) -> None:
    connection.wait([sentinel])
    os._exit(1)

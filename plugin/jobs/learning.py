"""The heavy part of a training, in a process of its own: orders in, a drafted artefact and a verdict out."""

import logging
import os
import signal
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from multiprocessing import connection, parent_process
from pathlib import Path
from typing import Any

import polars as pl

import recommender
from plugin.config import Config
from plugin.errors import Refusal
from plugin.runtime import Runtime, open_runtime
from plugin.store import orders, products
from plugin.store.trainings import Outcome

_LOG = logging.getLogger(__name__)
_SEED = 0
Tell = Callable[[str], None]


@dataclass(frozen=True)
class Lesson:
    """What is to be learnt: a shop's orders up to `now`, into the file `draft`."""

    shop_id: str
    draft: Path
    now: datetime


@dataclass(frozen=True)
class Learnt:
    """What came out: the artefact's checksum, what is known of it, and in `words` why it may be served."""

    checksum: str
    words: str
    figures: Mapping[str, Any]


def learn(runtime: Runtime, lesson: Lesson, tell: Tell) -> Learnt:
    """Train on all that the shop knows, judge the model and keep its draft; `tell` hears of each step.

    Raises `Refusal` when there is nothing to learn from or the gate lets the model not through.
    """
    tell("Reading orders and products")
    lines, catalogue = _facts(runtime, lesson)
    tell(f"Training on {len(lines):,} order lines")
    model = recommender.train(lines, catalogue, as_of=_as_of(lines), seed=_SEED)
    tell("Asking it for the last tenth of the orders, beside bestsellers")
    evaluation = recommender.evaluate(lines, products=catalogue, seed=_SEED)
    verdict = recommender.judge(model, evaluation)
    if not verdict.publishable:
        raise Refusal("rejected", verdict.words)
    tell("Saving the artefact")
    lesson.draft.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    model.save(lesson.draft)
    return Learnt(model.version, verdict.words, dict(model.figures) | {"evaluation": evaluation.to_dict()})


def learn_apart(config: Config, lesson: Lesson, ear: "connection.Connection[object, object]") -> None:
    """The child's first and only act: learn, and say into `ear` each step and then the end."""
    end_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, who then ends this process
    os.nice(5)  # shoppers are served first
    runtime = open_runtime(config)
    try:
        ear.send(learn(runtime, lesson, ear.send))
    except Refusal as refusal:
        ear.send(Outcome("rejected", refusal.message))
    except Exception as error:
        _LOG.exception("Training of shop %s failed.", lesson.shop_id)
        ear.send(Outcome("failed", f"Training failed: {type(error).__name__}: {error}."))
    finally:
        runtime.database.close()


def _facts(runtime: Runtime, lesson: Lesson) -> tuple[pl.DataFrame, pl.DataFrame | None]:
    with runtime.database.read() as opened:
        lines = orders.training_lines(opened, lesson.shop_id)
        catalogue = products.catalogue_frame(opened, lesson.shop_id)
    lines = lines.filter(pl.col("ordered_at") <= lesson.now)  # a date in the future is a mistake
    if lines.is_empty():
        raise Refusal(
            "no_orders",
            "There are no orders to learn from yet; import some with"
            f" `encore import orders FILE --shop {lesson.shop_id}`.",
        )
    return lines, None if catalogue.is_empty() else catalogue


def _as_of(lines: pl.DataFrame) -> datetime | None:
    """The last order's time, not today: a history that ended long ago has its own last month."""
    latest: Any = lines["ordered_at"].max()
    return latest if isinstance(latest, datetime) else None


def end_with_parent() -> None:
    """From now on end when the parent does: a killed worker leaves no training that nobody waits for."""
    parent = parent_process()
    if parent is not None:
        watch = threading.Thread(target=_wait_and_exit, args=(parent.sentinel,), daemon=True)
        watch.start()


def _wait_and_exit(sentinel: int) -> None:
    connection.wait([sentinel])
    os._exit(1)

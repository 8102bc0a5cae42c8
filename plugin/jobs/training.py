"""The training job of one shop: hold its lease, have a child learn, publish what the gate lets through."""

import multiprocessing
import signal
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from multiprocessing import connection
from multiprocessing.process import BaseProcess
from pathlib import Path

from plugin.errors import Refusal
from plugin.jobs.learning import Learnt, Lesson, Step, learn_apart
from plugin.jobs.watch import Watch
from plugin.runtime import Runtime
from plugin.store import leases, models, shops, trainings
from plugin.store.leases import Lease
from plugin.store.models import Artefact, rehearsal_of
from plugin.store.trainings import Outcome, Training

LEASE_SECONDS = 60.0
TIMEOUT = timedelta(hours=4)
_RENEW_EVERY = timedelta(seconds=15)
_LISTEN_SECONDS = 0.2
_GOODBYE_SECONDS = 5

_CHANGED_MEANWHILE = Outcome(
    "rejected",
    "Another model was put in use by hand while this one was trained: ask for a training to replace it.",
    "changed_meanwhile",
)


@dataclass(frozen=True)
class _Attempt:
    """A training that has begun, its lease, where its artefact is drafted, and the model then in use."""

    training: Training
    lease: Lease
    draft: Path
    in_use: int


def train_shop(runtime: Runtime, shop_id: str, watch: Watch) -> Training | None:
    """Do the training that the shop has been asked for, and give its row as it ended.

    None: none is asked for, or somebody else is at it. However it ends, the row says so in plain words, and
    unless it is published the model in use stays in use.
    """
    attempt = _begin(runtime, shop_id, watch.clock())
    if attempt is None:
        return None
    _drop_drafts(attempt.draft.parent, "*draft-*")  # what killed trainings left
    try:
        learnt = _learn(runtime, attempt, watch)
        _end(runtime, attempt, learnt, watch.clock())
    finally:
        _drop_drafts(attempt.draft.parent, f"*{attempt.draft.stem}*")
    with runtime.database.read() as opened:
        return trainings.find(opened, shop_id, attempt.training.training_id)


def in_full(outcome: Outcome, in_use: Artefact | None) -> Outcome:
    """The outcome of a training that published nothing, saying also which model stays in use, if any."""
    if in_use is None:
        return outcome
    stays = f"Model {in_use.model_version} stays in use."
    return replace(outcome, message=f"{outcome.message} {stays}")


def _begin(runtime: Runtime, shop_id: str, now: datetime) -> _Attempt | None:
    lease = Lease.attempt(shop_id, trainings.LEASE, LEASE_SECONDS)
    with runtime.database.write() as opened:
        training = trainings.latest(opened, shop_id)
        if training is None or training.status != "requested":
            return None
        if not leases.take(opened, lease, now) or not trainings.start(opened, training, now):
            return None
        in_use = shops.require(opened, shop_id).model_version
    draft = runtime.config.artefacts / shop_id / f"draft-{training.training_id}.encore"
    return _Attempt(training, lease, draft, in_use)


def _learn(runtime: Runtime, attempt: _Attempt, watch: Watch) -> Learnt | Outcome:
    """Have a child process learn, so that neither a crash nor the want of memory takes the worker along."""
    context = multiprocessing.get_context("spawn")
    ear, mouth = context.Pipe(duplex=False)
    lesson = Lesson(attempt.training.shop_id, attempt.draft, watch.clock())
    child = context.Process(target=learn_apart, args=(runtime.config, lesson, mouth))
    child.start()
    mouth.close()  # the child's end is then the only one: when it dies, the ear hears that
    try:
        return _listen(runtime, attempt, (child, ear), watch)
    finally:
        child.kill()
        child.join()
        ear.close()


def _listen(
    runtime: Runtime,
    attempt: _Attempt,
    line: "tuple[BaseProcess, connection.Connection[object, object]]",
    watch: Watch,
) -> Learnt | Outcome:
    child, ear = line
    renew_at = watch.clock() + _RENEW_EVERY
    end_at = watch.clock() + TIMEOUT
    while not watch.stop.is_set():
        if ear.poll(_LISTEN_SECONDS):
            try:
                said = ear.recv()
            except EOFError:
                return _died(child)
            if isinstance(said, Learnt | Outcome):
                child.join(_GOODBYE_SECONDS)  # a child that ends by itself leaves nothing behind
                return said
            if isinstance(said, Step):
                _tell_progress(runtime, attempt.training, said)
            watch.tell(str(said))
        now = watch.clock()
        if now >= end_at:
            return Outcome("failed", f"Training took longer than {TIMEOUT} and was ended.", "too_long")
        if now >= renew_at:
            if not _renewed(runtime, attempt.lease, now):
                return Outcome("failed", "Training was interrupted.", "interrupted")
            renew_at = now + _RENEW_EVERY
    words = "Training was interrupted: the program that ran it was stopped."
    return Outcome("failed", words, "stopped")


def _tell_progress(runtime: Runtime, training: Training, step: Step) -> None:
    """Keep the step for whoever looks; that it cannot be kept is no reason to end."""
    with suppress(Refusal), runtime.database.write(wait_seconds=1) as opened:
        trainings.tell(opened, training, {"step": step.word, "count": step.count})


def _renewed(runtime: Runtime, lease: Lease, now: datetime) -> bool:
    with runtime.database.write() as opened:
        return leases.renew(opened, lease, now)


def _died(child: BaseProcess) -> Outcome:
    child.join()
    if child.exitcode == -signal.SIGKILL:
        words = "The training process was killed, most likely because memory ran out."
        return Outcome("failed", words, "no_memory")
    words = f"The training process ended before it was done (exit code {child.exitcode})."
    return Outcome("failed", words, "died", {"exit_code": child.exitcode})


def _end(runtime: Runtime, attempt: _Attempt, learnt: Learnt | Outcome, now: datetime) -> None:
    """Publish and mark as ended in one transaction, and only while the lease is held: else it is lost."""
    shop_id = attempt.training.shop_id
    with runtime.database.write() as opened:
        if not leases.renew(opened, attempt.lease, now):
            return
        version = models.next_version(opened, shop_id)
        if isinstance(learnt, Learnt) and shops.require(opened, shop_id).model_version != attempt.in_use:
            learnt = _CHANGED_MEANWHILE
        if isinstance(learnt, Learnt):
            models.publish(opened, _in_place(runtime, attempt, learnt, version, now))
            verdict = learnt.verdict
            outcome = Outcome("published", verdict.words, verdict.reason, dict(verdict.figures), version)
        else:
            outcome = in_full(learnt, models.current(opened, shop_id))
        trainings.finish(opened, attempt.training, outcome, now)
        leases.release(opened, attempt.lease)


def _in_place(runtime: Runtime, attempt: _Attempt, learnt: Learnt, version: int, now: datetime) -> Artefact:
    """The drafted files, moved to where the model of this number is looked for."""
    shop_id = attempt.training.shop_id
    path = f"{shop_id}/{version:06}.encore"
    target = runtime.config.artefacts / path
    rehearsal_of(attempt.draft).replace(rehearsal_of(target))
    attempt.draft.replace(target)
    trained_at = attempt.training.started_at or now
    return Artefact(shop_id, version, path, learnt.checksum, trained_at, now, learnt.card)


def _drop_drafts(folder: Path, pattern: str) -> None:
    for draft in folder.glob(pattern):
        draft.unlink(missing_ok=True)

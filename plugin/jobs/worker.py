"""The worker: one thread sweeps every minute, one works deliveries, the main one does what is rung for."""

import logging
import os
import socket
import threading

from plugin.cache.connection import RedisError
from plugin.cache.redis_server import redis_running
from plugin.jobs import coupons, reading
from plugin.jobs.deliveries import work as work_deliveries
from plugin.jobs.queue import Bell, wake
from plugin.jobs.sweep import EVERY_SECONDS, sweep
from plugin.jobs.training import train_shop
from plugin.jobs.watch import Watch
from plugin.runtime import Runtime
from plugin.store import deliveries, shops, trainings

_LOG = logging.getLogger(__name__)
_LISTEN_SECONDS = 1
_WITHOUT_REDIS_SECONDS = 5.0
_DELIVERIES_EVERY_SECONDS = 1.0


def work(runtime: Runtime, watch: Watch) -> None:
    """Work deliveries, read platforms and train what is due, until `watch.stop` is set; then end soon.

    Several workers may run side by side. Without Redis the database is asked every few seconds instead.
    """
    threads = [
        threading.Thread(target=done, args=(runtime, watch), name=done.__name__, daemon=True)
        for done in (_sweep_until_stopped, _deliver_until_stopped)
    ]
    with redis_running(runtime.config):
        bell = Bell(runtime.config)
        for thread in threads:
            thread.start()
        try:
            while not watch.stop.is_set():
                for shop_id in _asked_for(runtime, bell, watch):
                    _look(runtime, shop_id, watch)
        finally:
            watch.stop.set()
            for thread in threads:
                thread.join(_WITHOUT_REDIS_SECONDS)
            bell.close()


def _asked_for(runtime: Runtime, bell: Bell, watch: Watch) -> list[str]:
    try:
        shop_id = bell.wait(_LISTEN_SECONDS)
        return [] if shop_id is None else [shop_id]
    except RedisError:
        watch.stop.wait(_WITHOUT_REDIS_SECONDS)
    try:
        with runtime.database.read() as opened:
            asked = [training.shop_id for training in trainings.requested(opened)]
            all_ids = shops.all_ids(opened)
        now = watch.clock()
        to_read = [
            each
            for each in all_ids
            if reading.is_due(runtime, each, now) or coupons.is_due(runtime, each, now)
        ]
        return list(dict.fromkeys([*asked, *to_read]))
    except Exception:
        _LOG.exception("Neither Redis nor the database answers; trying again.")
        return []


def _look(runtime: Runtime, shop_id: str, watch: Watch) -> None:
    """Do what the shop waits for; whatever goes wrong with it, the worker goes on."""
    if watch.stop.is_set():
        return
    try:
        coupons.work(runtime, shop_id, watch.clock)
        if reading.work(runtime, shop_id, watch):
            wake(runtime, shop_id)
        training = train_shop(runtime, shop_id, watch)
    except Exception:
        _LOG.exception("The worker could not do what shop %s waits for; the next sweep takes it up.", shop_id)
        return
    if training is not None:
        _LOG.info("Training of shop %s: %s. %s", shop_id, training.status, training.message)


def _sweep_until_stopped(runtime: Runtime, watch: Watch) -> None:
    owner = f"{socket.gethostname()}:{os.getpid()}"
    while not watch.stop.is_set():
        try:
            sweep(runtime, owner, watch.clock())
        except Exception:
            _LOG.exception("The sweep failed; the next one is in a minute.")
        watch.stop.wait(EVERY_SECONDS)


def _deliver_until_stopped(runtime: Runtime, watch: Watch) -> None:
    """Ask the database every second which shops wait: a training must not hold up orders."""
    while not watch.stop.wait(_DELIVERIES_EVERY_SECONDS):
        for shop_id in _shops_waiting(runtime, watch):
            try:
                work_deliveries(runtime, shop_id, watch.clock)
            except Exception:
                _LOG.exception("Deliveries of shop %s could not be worked; trying again.", shop_id)


def _shops_waiting(runtime: Runtime, watch: Watch) -> list[str]:
    try:
        with runtime.database.read() as opened:
            return deliveries.shops_waiting(opened, watch.clock())
    except Exception:
        _LOG.exception("The database does not answer; trying again.")
        return []

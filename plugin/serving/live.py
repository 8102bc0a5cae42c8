"""The shops as this process holds them in memory, kept fresh by threads that read only what changed."""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from types import MappingProxyType

import recommender
from plugin.cache.candidates import SharedCandidates
from plugin.runtime import Runtime
from plugin.serving import candidates, preview
from plugin.serving.catalogue import Catalogue, changed, unshown_share
from plugin.serving.fresh import Trained, freshened
from plugin.serving.people import People
from plugin.store import models, products, shops
from plugin.store.database import Connection
from plugin.store.news import Mark
from plugin.store.shops import Shop, Versions

_LOG = logging.getLogger(__name__)
POLL_SECONDS = 0.2
_PEOPLE_EVERY_SECONDS = 1.0
_MODEL_AGAIN_SECONDS = 1.0
_NEWS_EVERY_SECONDS = 10.0
_NEWS_AT_LEAST_EVERY_SECONDS = 40.0
_REST = 20
"""News take at most a twentieth of a thread's time, so that requests hardly notice; but no more than a minute
passes until they are seen."""


@dataclass(frozen=True)
class LiveShop:
    """One shop at one moment. It never changes: a new one takes its place, the old one stays whole.

    `model_version` is that of the model in use: not the shop's own where that could not be loaded; 0: none.
    `trained` is that model as it was published, `model` the same with the news of `mark` laid over it.
    """

    shop: Shop
    catalogue: Catalogue
    unshown_share: float
    trained: Trained | None
    model: recommender.Model | None
    mark: Mark | None
    model_version: int
    people: People
    find: candidates.Finder | None
    slate_key: bytes
    preview_key: bytes
    arm_key: bytes


class Live:
    """All shops. Nothing is read before `start` or the first question, so make it after any fork."""

    def __init__(self, runtime: Runtime, poll_seconds: float = POLL_SECONDS) -> None:
        self._runtime = runtime
        self._poll_seconds = poll_seconds
        self._shared = SharedCandidates(runtime.config)
        self._by_id: dict[str, LiveShop] = {}
        self._by_key: Mapping[str, LiveShop] = MappingProxyType({})
        self._told: dict[str, str] = {}
        self._model_tried_at: dict[str, float] = {}
        self._started = False
        self._starting, self._refreshing = threading.Lock(), threading.Lock()
        self._stopping, self._news_wanted = threading.Event(), threading.Event()
        self._threads: list[threading.Thread] = []

    def by_key(self, public_key: str) -> LiveShop | None:
        """The shop that `public_key` belongs to now, if any."""
        if not self._started:
            self.start()
        return self._by_key.get(public_key)

    def by_id(self, shop_id: str) -> LiveShop:
        """The shop `shop_id`, be it added this moment; KeyError for none."""
        if not self._started:
            self.start()
        if shop_id not in self._by_id:
            self.refresh()
        return self._by_id[shop_id]

    def all(self) -> list[LiveShop]:
        """Every shop."""
        if not self._started:
            self.start()
        return list(self._by_id.values())

    def start(self) -> None:
        """Read everything once, then begin to watch. Raises what the database raises if it cannot be read."""
        with self._starting:
            if self._started:
                return
            self.refresh()
            for each in (self._watch_shops, self._watch_people, self._watch_news):
                self._threads.append(threading.Thread(target=each, name=each.__name__, daemon=True))
                self._threads[-1].start()
            self._started = True

    def close(self) -> None:
        """Stop watching."""
        self._stopping.set()
        self._news_wanted.set()
        for thread in self._threads:
            thread.join()
        self._shared.close()

    def redis_answers(self) -> bool:
        """Whether the shared cache is there; nothing needs it."""
        return self._shared.answers()

    def refresh(self) -> None:
        """Bring every shop to what the database says now."""
        with self._refreshing, self._runtime.database.read() as connection:
            fresh = [self._fresh(connection, each) for each in shops.versions(connection)]
            self._hold({live.shop.shop_id: live for live in fresh if live is not None})

    def refresh_people(self) -> None:
        """Bring what is known of customers up to date."""
        with self._runtime.database.read() as connection:
            for shop_id, live in self._by_id.items():
                live.people.refresh(connection, shop_id, datetime.now(UTC))

    def refresh_news(self) -> None:
        """Lay over every shop's model what came since it was trained."""
        for shop_id, live in list(self._by_id.items()):
            try:
                self._refresh_news(live)
                self._told.pop(f"news of {shop_id}", None)
            except Exception as error:
                self._tell(f"news of {shop_id}", f"The news of shop {shop_id} cannot be read", error)

    def _refresh_news(self, live: LiveShop) -> None:
        if live.trained is None:
            return
        shop_id = live.shop.shop_id
        with self._runtime.database.read() as connection:
            fresh = freshened(connection, shop_id, live.trained, live.mark, datetime.now(UTC))
        if fresh is None:
            return
        model, mark = fresh
        with self._refreshing:
            now = self._by_id.get(shop_id)
            if now is not None and now.trained is live.trained:
                newer = replace(now, model=model, mark=mark)
                self._hold(self._by_id | {shop_id: replace(newer, find=self._finder(newer, now))})

    def _hold(self, found: dict[str, LiveShop]) -> None:
        self._by_key = {key: live for live in found.values() for key in live.shop.public_keys}
        self._by_id = found

    def _watch_shops(self) -> None:
        while not self._stopping.wait(self._poll_seconds):
            self._try("shops", self.refresh)
            self._try("cache", self._shared.flush)

    def _watch_people(self) -> None:
        while not self._stopping.wait(_PEOPLE_EVERY_SECONDS):  # no counter says when
            self._try("people", self.refresh_people)

    def _watch_news(self) -> None:
        while True:
            self._news_wanted.clear()  # first: what is wanted from here on is not forgotten
            if self._stopping.is_set():
                return
            began = time.monotonic()
            self._try("news", self.refresh_news)
            rest = _REST * (time.monotonic() - began)
            self._news_wanted.wait(min(max(_NEWS_EVERY_SECONDS, rest), _NEWS_AT_LEAST_EVERY_SECONDS))

    def _try(self, what: str, act: Callable[[], None]) -> None:
        """Do `act`; whatever goes wrong, the shops must be looked at again."""
        try:
            act()
            self._told.pop(what, None)
        except Exception as error:
            self._tell(what, f"The {what} cannot be read; the last known state is served", error)

    def _fresh(self, connection: Connection, now: Versions) -> LiveShop | None:
        """The shop as it is now; as it was where it cannot be read: one bad shop does not stop the others."""
        old = self._by_id.get(now.shop_id)
        if old is not None and _versions(old.shop) == now and not self._to_be_tried_again(old):
            return old
        try:
            fresh = self._read(connection, now.shop_id, old)
        except Exception as error:
            self._tell(now.shop_id, f"Shop {now.shop_id} cannot be read", error)
            return old
        self._told.pop(now.shop_id, None)
        return fresh

    def _to_be_tried_again(self, live: LiveShop) -> bool:
        """Whether the published model is not in use though it was last tried a while ago: files come late."""
        tried_at = self._model_tried_at.get(live.shop.shop_id, 0.0)
        waited = time.monotonic() - tried_at >= _MODEL_AGAIN_SECONDS
        return live.model_version != live.shop.model_version and waited

    def _read(self, connection: Connection, shop_id: str, old: LiveShop | None) -> LiveShop:
        vault = self._runtime.vault
        shop = shops.load(connection, vault, shop_id)
        catalogue = _catalogue(connection, shop, old)
        fresh = LiveShop(
            shop=shop,
            catalogue=catalogue,
            unshown_share=old.unshown_share
            if old and old.catalogue is catalogue
            else unshown_share(catalogue),
            trained=old.trained if old else None,
            model=old.model if old else None,
            mark=old.mark if old else None,
            model_version=old.model_version if old else 0,
            people=old.people if old else _people(connection, shop_id, None),
            find=None,
            slate_key=vault.key("slate", shop_id),
            preview_key=preview.key(vault, shop_id),
            arm_key=vault.key("arm", shop_id),
        )
        if fresh.model_version != shop.model_version:
            fresh = self._with_model(connection, fresh)
        return replace(fresh, find=self._finder(fresh, old))

    def _with_model(self, connection: Connection, live: LiveShop) -> LiveShop:
        """`live` with the published model; with the one it has where that cannot be loaded."""
        shop_id = live.shop.shop_id
        self._model_tried_at[shop_id] = time.monotonic()
        published = models.current(connection, shop_id)
        if published is None:
            return replace(live, trained=None, model=None, mark=None, model_version=0)
        about = f"model of {shop_id}"
        try:
            model = recommender.load(self._runtime.config.artefacts / published.path)
        except Exception as error:  # it may be another version's: whatever is wrong, the shop is served
            version = published.model_version
            self._tell(about, f"Model {version} of shop {shop_id} cannot be loaded", error)
            return live
        self._told.pop(about, None)
        self._news_wanted.set()
        return replace(
            live,
            trained=Trained(model, published.trained_at),
            model=model,
            mark=None,
            model_version=published.model_version,
            people=_people(connection, shop_id, published.trained_at),
        )

    def _finder(self, live: LiveShop, old: LiveShop | None) -> candidates.Finder | None:
        """The old finder, with what it has cached, unless the model, its news or the settings are new."""
        if old and old.model is live.model and old.shop.settings_version == live.shop.settings_version:
            return old.find
        if live.model is None:
            return None
        news = live.mark.name if live.mark else "none"
        prefix = f"encore:{live.shop.shop_id}:candidates:{live.shop.settings_version}:{news}:"
        return candidates.finder(live.model, self._shared, prefix)

    def _tell(self, about: str, message: str, error: Exception) -> None:
        """Log a trouble when it begins or changes, not five times a second."""
        if self._told.get(about) != repr(error):
            self._told[about] = repr(error)
            _LOG.error("%s: %s", message, error, exc_info=error)


def _versions(shop: Shop) -> Versions:
    return Versions(shop.shop_id, shop.catalogue_version, shop.settings_version, shop.model_version)


def _people(connection: Connection, shop_id: str, trained_at: datetime | None) -> People:
    people = People(trained_at)
    people.refresh(connection, shop_id, datetime.now(UTC))
    return people


def _catalogue(connection: Connection, shop: Shop, old: LiveShop | None) -> Catalogue:
    if old is None or old.shop.currency != shop.currency:
        return changed({}, products.changed_since(connection, shop.shop_id, 0), shop.currency)
    if old.shop.catalogue_version == shop.catalogue_version:
        return old.catalogue
    rows = products.changed_since(connection, shop.shop_id, old.shop.catalogue_version)
    return changed(old.catalogue, rows, shop.currency)

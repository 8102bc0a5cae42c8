"""What every platform's file answers: is a delivery authentic, which one is it, what does it change here."""

import base64
import hashlib
import hmac
import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar

from plugin.errors import Refusal
from plugin.outbound import WayOut
from plugin.platforms.asking import Asking
from plugin.store.connected_platforms import ConnectedPlatform

LEAST_SECRET = 16
ODD = (LookupError, TypeError, ValueError, AttributeError)
"""What reading something raises that has not the form that its platform documents."""
VISITOR = "encore_visitor"
"""The cookie whose value the shop copies onto an order, and the name it stands under there."""


@dataclass(frozen=True)
class Sent:
    """A delivery as it came: headers by their names in lower case, and the raw body."""

    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Kept:
    """A delivery as a job finds it. The topic is the platform's own word."""

    topic: str
    body: bytes
    received_at: datetime


@dataclass(frozen=True)
class Change:
    """What a delivery means here. `noun`: orders, products, customers, tokens, shops; `row`: as its schema
    takes it.

    No row: the thing is gone; a customer who is gone is erased (`email`, `orders`: an address and the ids of
    orders said to be theirs), a token is named by its fingerprint, a shop that is gone is removed whole.
    `is_part`: of a product, variants that are not named stay. What a row leaves out stays as it is kept.
    """

    noun: str
    id: str
    row: Mapping[str, Any] | None = None
    is_part: bool = False
    email: str | None = None
    orders: Sequence[str] = ()


@dataclass(frozen=True)
class Page:
    """What one request to a platform's API brought, and where the next begins.

    `place` is the platform's own; `is_last`: nothing is left now, and `place` is where to go on later.
    `left`: how many things were left when it was asked, this page's too; None: it does not say.
    `wait_seconds`: how long the platform wants to be left alone. `unreadable`: the ids of those that have not
    the form that the platform documents. `message`: why nothing was made of what it answered.
    """

    changes: Sequence[Change]
    place: Mapping[str, Any]
    is_last: bool
    left: int | None = None
    wait_seconds: float = 0.0
    unreadable: Sequence[str] = ()
    message: str | None = None


@dataclass(frozen=True)
class Coupon:
    """What a code is to do in the shop, once. Exactly one of `off_share` (of the whole cart, 0 to 1),
    `off_amount` (major units, as a text) and `is_shipping` is said.

    `from_amount`: what the cart must cost at least; `ends_at`: when it ends at the latest; `stacks`: whether
    it goes with other coupons.
    """

    code: str
    title: str
    off_share: Decimal | None
    off_amount: str | None
    is_shipping: bool
    from_amount: str | None
    starts_at: datetime
    ends_at: datetime | None
    stacks: bool


class Platform(ABC):
    """One platform. `makes_secret`: Encore's secret is copied there; else the platform's is copied here.
    `makes_coupons`: its API makes coupons. `has_own_ids`: what it calls orders, products and customers may be
    what another platform calls others. `secret_is_all`: nothing else that is signed, or asked for again, says
    of which shop a delivery is, so that no two shops may share a secret.

    `is_tried`: whether this code was tried on a live shop there; else it is made from what is documented.
    `needs`: what must be told to connect it, of `address`, `account_id`, `secret` and `token`;
    `coupons_need`: what besides, to have coupons made there.
    """

    name: ClassVar[str]
    makes_secret: ClassVar[bool] = False
    makes_coupons: ClassVar[bool] = False
    has_own_ids: ClassVar[bool] = True
    secret_is_all: ClassVar[bool] = False
    is_tried: ClassVar[bool] = False
    needs: ClassVar[tuple[str, ...]] = ()
    coupons_need: ClassVar[tuple[str, ...]] = ("token",)

    def check_secret(self, secret: str) -> None:
        """Raise `Refusal("invalid_request")` for a secret that cannot be one."""
        if len(secret) < LEAST_SECRET:
            raise secret_refused(f"A secret has {LEAST_SECRET} characters or more.")

    def check_account(self, account_id: str) -> None:  # noqa: B027 - most take anything
        """Raise `Refusal("invalid_request")` for what the platform calls no shop."""

    def is_ping(self, sent: Sent) -> bool:
        """Whether this only asks if anybody is here; it is answered with 200, and nothing is kept."""
        return False

    @abstractmethod
    def verify(self, sent: Sent, connected: ConnectedPlatform, now: datetime) -> None:
        """Raise `Refusal` unless the delivery is authentic: "signature_missing", "signature_invalid",
        "signature_expired", or "wrong_shop" if it names another shop."""

    def keys_address(self, connected: ConnectedPlatform) -> str | None:
        """Where the platform tells the public keys it signs with; None if it signs with a shared secret."""
        return None

    @abstractmethod
    def identify(self, sent: Sent) -> tuple[str, str]:
        """The id by which the delivery is known again, and its topic."""

    def reads(self, connected: ConnectedPlatform) -> tuple[str, ...]:
        """What can be read through its API as the shop is connected, in turn: `webhooks`, if it can be found
        out whether they are still sent (first, as a long history takes hours), products and orders, `gone`
        (last: what is read is not missed)."""
        return ()

    def page(self, noun: str, place: Mapping[str, Any] | None, asking: Asking) -> Page:
        """The next page of `noun`, oldest change first; `place` None: the first one.

        Raises `Refusal`, of which `TooSoon` says when to ask again.
        """
        raise NotImplementedError

    def still_there(self, product_ids: Sequence[str], asking: Asking) -> set[str]:
        """Which of these products (a hundred at the most) it has still, hidden ones too; its trash is not
        there. Raises `Refusal`."""
        raise NotImplementedError

    def mend_webhooks(self, delivers_to: str, heard_at: datetime, asking: Asking) -> int:
        """Have its webhooks sent to that address, signed by the newest secret: whichever is missing, switched
        off or signs by an older one; gives how many were mended.

        `heard_at`: when a delivery came last or, if that is later, since when it is listened to without a
        break. Raises `Refusal`, of which the merchant is told: also where no API can mend what is silent.
        """
        raise NotImplementedError

    def removes_webhooks(self, connected: ConnectedPlatform) -> bool:
        """Whether its API lets Encore remove them, as the shop is connected."""
        return False

    def remove_webhooks(self, delivers_to: str, asking: Asking) -> None:
        """Remove those that deliver to that address; one that is gone already is no error. Raises
        `Refusal`."""
        raise NotImplementedError

    def make_coupon(self, coupon: Coupon, asking: Asking) -> str:
        """Make a coupon that may be used once; gives what the platform calls it. Raises `Refusal`."""
        raise NotImplementedError

    def remove_coupon(self, coupon_id: str, asking: Asking) -> None:
        """Remove a coupon; one that is gone already is no error. Raises `Refusal`."""
        raise NotImplementedError

    @abstractmethod
    def changes(self, kept: Kept, connected: ConnectedPlatform, way_out: WayOut) -> list[Change]:
        """What it changes; nothing: there is no use for it.

        `Refusal("unreadable")` if it is not what its topic promises, `Refusal("by_hand")` if the merchant
        must see to it, `Refusal("data_requested", customer id)` if one asks what is kept of them; any other
        `Refusal` (the platform does not answer) is tried again.
        """


def verify_hmac(secrets: Sequence[bytes], signed: bytes, signature: str | None) -> None:
    """Raise `Refusal` unless `signature` is the base64 HMAC-SHA256 of `signed` under one of `secrets`."""
    if not signature:
        raise Refusal("signature_missing", "A delivery must be signed; this one has no signature.")
    given = signature.encode(errors="replace")
    expected = [base64.b64encode(hmac.digest(secret, signed, "sha256")) for secret in secrets]
    # Each is compared, whichever is right: the time taken tells nothing.
    if not sum(hmac.compare_digest(each, given) for each in expected):
        raise wrong_signature()


def wrong_signature() -> Refusal:
    """What is said of a signature that is not right."""
    return Refusal(
        "signature_invalid", "The signature is not right: see that both sides have the same secret."
    )


def secret_refused(message: str) -> Refusal:
    """What is said of a secret that cannot be one."""
    return told_wrong("secret", message)


def told_wrong(name: str, message: str) -> Refusal:
    """What is said of something that cannot be what is asked for under this name."""
    return Refusal("invalid_request", message, {name: [message]})


def require_shop(connected: ConnectedPlatform, named: str | None) -> None:
    """Raise `Refusal("wrong_shop")` if the delivery names another shop than the connected one."""
    known = connected.account_id
    if known is not None and named is not None and named.casefold() != known.casefold():
        raise Refusal("wrong_shop", "This delivery is of another shop than the one connected here.")


def fingerprint(body: bytes) -> str:
    """A short text that tells bodies apart."""
    return hashlib.sha256(body).hexdigest()[:32]


def as_object(body: bytes) -> dict[str, Any]:
    """The JSON object that `body` spells; `Refusal("unreadable")` if it is none."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise Refusal("unreadable", "The body is not JSON.") from None
    if not isinstance(found, dict):
        raise Refusal("unreadable", "The body is not a JSON object.")
    return found


def spelled(
    values: Sequence[Mapping[str, Any]], spell: Callable[[Mapping[str, Any]], list[Change]]
) -> tuple[list[Change], list[str]]:
    """What `spell` makes of each, and the ids of those of which it makes nothing: one holds up no other."""
    changes: list[Change] = []
    unreadable = []
    for value in values:
        try:
            changes += spell(value)
        except ODD:
            unreadable.append(str(value.get("id")))
    return changes, unreadable


def require(value: Mapping[str, Any], *names: str) -> None:
    """Raise `Refusal("unreadable")` unless `value` has these fields: a topic's header is not signed."""
    missing = [name for name in names if name not in value]
    if missing:
        raise Refusal("unreadable", f"This is not what its topic promises: it has no {', '.join(missing)}.")


def text(value: Any) -> str | None:
    """An id as a text; None for null, empty and the 0 that platforms write for nobody and nothing."""
    return None if value in (None, "", 0, "0") else str(value)


def deleted_order(order_id: str, at: datetime) -> Change:
    """An order that its platform deleted is a cancelled one without lines: no late word revives it."""
    moment = at.isoformat()
    row = {
        "order_id": order_id,
        "ordered_at": moment,
        "updated_at": moment,
        "status": "cancelled",
        "lines": [],
    }
    return Change("orders", order_id, row)

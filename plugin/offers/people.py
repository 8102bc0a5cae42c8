"""Who asks, as far as it is proved and allowed to be known: caps, silence and personal offers go by this."""

from typing import TYPE_CHECKING, NamedTuple

from plugin.serving import proof
from plugin.serving.request import Asker

if TYPE_CHECKING:
    from plugin.serving.live import LiveShop


class Person(NamedTuple):
    """A shopper by what may be kept of them: nothing of it without consent, but a cart that is proved."""

    customer_id: str | None = None
    visitor_id: str | None = None
    cart_id: str | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The names under which their doings are kept."""
        ids = {"customer": self.customer_id, "visitor": self.visitor_id, "cart": self.cart_id}
        return tuple(f"{sort}:{id_}" for sort, id_ in ids.items() if id_ is not None)


def proved(live: "LiveShop", asker: Asker, now: float) -> Person:
    """Who `asker` is at `now` (unix seconds).

    `Refusal("proof_invalid")` and `Refusal("proof_expired")` for a proof that is given and does not hold.
    """
    shop, personal = live.shop, asker.consent == "personal"
    customer_id = cart_id = None
    if asker.cart_proof is not None:
        statement = proof.cart_statement(shop.shop_id, asker.cart_id or "")
        proof.check(shop.signing_secrets, statement, asker.cart_proof, now)
        cart_id = asker.cart_id
    if asker.customer_proof is not None:
        statement = proof.customer_statement(shop.shop_id, asker.customer_id or "")
        proof.check(shop.signing_secrets, statement, asker.customer_proof, now)
        customer_id = (
            asker.customer_id if personal and asker.customer_id not in live.people.withdrawn else None
        )
    return Person(customer_id, asker.visitor_id if personal else None, cart_id)

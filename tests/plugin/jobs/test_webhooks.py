"""A platform's webhooks are looked at with its history: which is off, missing or signs by an old secret."""

from plugin.jobs.reading import EVERY
from plugin.platforms.connecting import connect
from plugin.platforms.woocommerce import TOPICS
from plugin.runtime import Runtime
from tests.plugin.jobs.histories import WooHistory
from tests.plugin.jobs.test_reading import Clock, read


def test_a_webhook_that_was_switched_off_is_switched_on_again_and_a_missing_one_made(
    runtime: Runtime, shop_id: str, history: WooHistory
) -> None:
    here = f"http://127.0.0.1:8000/webhooks/woocommerce/{shop_id}"
    off = {"id": 7, "topic": "order.updated", "delivery_url": here, "status": "disabled"}
    elsewhere = {**off, "id": 8, "delivery_url": "https://elsewhere.example/"}
    history.webhooks = [off, elsewhere]
    clock = Clock()
    read(runtime, shop_id, clock)
    assert {each["status"] for each in history.webhooks if each["delivery_url"] == here} == {"active"}
    assert elsewhere["status"] == "disabled"
    ours = sorted(each["topic"] for each in history.webhooks if each["delivery_url"] == here)
    assert ours == sorted(TOPICS)
    assert history.webhooks[-1]["secret"] == "a secret of the shop"
    asked = history.asked
    clock.now += EVERY
    read(runtime, shop_id, clock)
    assert history.asked == asked + 3


def test_webhooks_behind_a_hundred_of_others_are_found_and_learn_of_a_new_secret(
    runtime: Runtime, shop_id: str, history: WooHistory
) -> None:
    elsewhere = {"topic": "order.updated", "delivery_url": "https://elsewhere.example/", "status": "active"}
    history.others = [{**elsewhere, "id": number} for number in range(1000, 1100)]
    here = f"http://127.0.0.1:8000/webhooks/woocommerce/{shop_id}"
    by_hand = {"id": 1, "name": "Their own", "topic": "order.deleted", "delivery_url": here}
    history.webhooks = [{**by_hand, "status": "active", "secret": "typed there"}]
    clock = Clock()
    read(runtime, shop_id, clock)
    clock.now += EVERY
    read(runtime, shop_id, clock)
    assert len(history.webhooks) == len(TOPICS)
    assert history.webhooks[0]["secret"] == "typed there"  # which may be the one that is valid
    connect(runtime, shop_id, "woocommerce", {"secret": "another secret of the shop"}, clock.now)
    read(runtime, shop_id, clock)  # at once: the third secret would end the first
    assert len(history.webhooks) == len(TOPICS)
    assert {each["secret"] for each in history.webhooks} == {"another secret of the shop"}
    asked = history.asked
    clock.now += EVERY
    read(runtime, shop_id, clock)
    assert history.asked == asked + 4  # two pages of webhooks, and nothing to mend

"""Without consent no id and no storage; with consent a first-party cookie; taken back, nothing stays."""

from typing import Any

import pytest

from tests.widgets.conftest import Visit
from tests.widgets.site import Service, Shop

STORED = "() => [document.cookie, Object.keys(localStorage), Object.keys(sessionStorage)]"
KEPT = {"name": "encore_visitor", "value": "abcdefghijklmnopqrstuv"}


def _click(visit: Visit, service: Service, soon: Any) -> None:
    visit.page.evaluate("addEventListener('encore:click', (event) => event.preventDefault())")
    visit.page.get_by_role("link", name="Product a").click()
    soon(lambda: "click" in service.types())


@pytest.mark.parametrize("consent", ["", 'consent="none"', 'consent="yes"'])
def test_without_consent_nothing_is_kept_or_sent(
    visit: Visit, service: Service, soon: Any, consent: str
) -> None:
    visit.open(f'placement="cart" order="1001" {consent}').shown()
    _click(visit, service, soon)
    assert visit.page.evaluate(STORED) == ["", [], []]
    assert service.types() == ["click"]
    assert "visitor_id" not in service.events[0]
    assert service.asked[0]["consent"] == "none"


def test_with_consent_the_visitor_has_a_first_party_cookie(visit: Visit, service: Service, soon: Any) -> None:
    visit.open('placement="cart" consent="personal"').shown()
    (cookie,) = visit.page.context.cookies()
    assert (cookie["name"], cookie["sameSite"], cookie["path"]) == ("encore_visitor", "Lax", "/")
    assert cookie["domain"] == "127.0.0.1"
    assert 364 < (cookie["expires"] - visit.page.evaluate("Date.now() / 1000")) / 86400 <= 365
    assert service.asked[0]["visitor_id"] == cookie["value"]
    _click(visit, service, soon)
    assert service.events[0]["visitor_id"] == cookie["value"]


def test_the_visitor_is_the_same_on_the_next_page(visit: Visit, service: Service) -> None:
    visit.open('placement="cart" consent="personal"').shown()
    visit.open().shown()
    assert service.asked[0]["visitor_id"] == service.asked[1]["visitor_id"]


def test_a_cookie_kept_earlier_is_not_sent_without_consent(
    visit: Visit, shop: Shop, service: Service
) -> None:
    visit.page.context.add_cookies([{**KEPT, "url": shop.address}])  # type: ignore[typeddict-item]
    visit.open().shown()
    assert "visitor_id" not in service.asked[0]
    assert len(visit.page.context.cookies()) == 1


def test_consent_given_on_the_page_takes_effect(visit: Visit, service: Service, soon: Any) -> None:
    visit.open('placement="cart" order="1001"').shown()
    visit.set("consent", "personal")
    soon(lambda: len(service.asked) == 2)
    assert service.asked[1]["consent"] == "personal"
    assert len(service.asked[1]["visitor_id"]) == 22
    soon(lambda: service.types() == ["purchase"])


def test_consent_taken_back_removes_what_was_kept(visit: Visit, service: Service, soon: Any) -> None:
    visit.open('placement="cart" consent="personal"').shown()
    _click(visit, service, soon)
    assert visit.page.evaluate("sessionStorage.encore_slate") == "slate-1"
    visit.set("consent", "none")
    soon(lambda: len(service.asked) == 2)
    assert "visitor_id" not in service.asked[1]
    assert visit.page.evaluate(STORED) == ["", [], []]


def test_global_privacy_control_is_a_no(visit: Visit, shop: Shop, service: Service) -> None:
    shop.script = "Object.defineProperty(navigator, 'globalPrivacyControl', { value: true });"
    visit.open('placement="cart" consent="personal" customer-id="c1" customer-proof="p"').shown()
    assert service.asked[0]["consent"] == "none"
    assert not {"visitor_id", "customer_id", "customer_proof"} & service.asked[0].keys()
    assert visit.page.evaluate(STORED) == ["", [], []]


def test_a_browser_that_keeps_no_cookie_has_no_id(visit: Visit, shop: Shop, service: Service) -> None:
    shop.script = "Object.defineProperty(document, 'cookie', { get: () => '', set() {} });"
    visit.open('placement="cart" consent="personal"').shown()
    assert "visitor_id" not in service.asked[0]


def test_a_browser_without_storage_still_clicks(
    visit: Visit, shop: Shop, service: Service, soon: Any
) -> None:
    shop.script = "Object.defineProperty(window, 'sessionStorage', { get() { throw new Error('off'); } });"
    visit.open('placement="cart" consent="personal"').shown()
    _click(visit, service, soon)

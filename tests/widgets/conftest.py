"""What the tests of the widgets may ask for: a browser, the two servers, and a page to look at."""

import re
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page

from tests.widgets.site import Service, Shop

TAG = "encore-recommendations"
CART_PAGE = 'placement="cart" cart="x:1"'


@pytest.fixture(scope="session")
def _service() -> Iterator[Service]:
    server = Service()
    yield server
    server.close()


@pytest.fixture(scope="session")
def _shop(_service: Service) -> Iterator[Shop]:
    server = Shop(_service)
    yield server
    server.close()


@pytest.fixture
def service(_service: Service) -> Service:
    """The scripted service, as good as new."""
    _service.reset()
    return _service


@pytest.fixture
def shop(_shop: Shop) -> Shop:
    """The shop's page, as good as new."""
    _shop.reset()
    return _shop


@pytest.fixture(scope="session")
def _page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1100, "height": 700}, locale="en-GB")
    yield context.new_page()
    context.close()


class Visit:
    """An open page with one element on it, and the questions that tests ask about it."""

    tag = TAG

    def __init__(self, page: Page, shop: Shop) -> None:
        self.page = page
        self.shop = shop
        self.widget: Locator = self.page.locator(self.tag).first

    def open(
        self, settings: str = 'placement="cart" cart="x:1"', inside: str = "", query: str = ""
    ) -> "Visit":
        element = f"<{self.tag} {settings}>{inside}</{self.tag}>"
        self.shop.body = self.shop.body or f'<div class="above"></div>{element}<p>Below.</p>'
        self.page.goto(f"{self.shop.address}/{query}", wait_until="load")
        return self

    def shown(self) -> "Visit":
        """Waits until suggestions stand in the page."""
        self.widget.locator("[part=item]:visible").first.wait_for()
        return self

    def set(self, name: str, value: str) -> None:
        self.widget.evaluate("(element, [name, value]) => element.setAttribute(name, value)", [name, value])

    def titles(self) -> list[str]:
        return self.widget.locator("[part=item]:visible [part=title]").all_inner_texts()

    def heard(self, what: str) -> Any:
        return self.page.evaluate("what => heard[what]", what)

    def tells(self, name: str) -> list[dict[str, Any]]:
        return [tell for tell in self.heard("tells") if tell["name"] == name]

    def tree(self) -> str:
        """What assistive technology is given of the whole page."""
        return re.sub(r"127\.0\.0\.1:\d+", "shop.example", self.page.locator("body").aria_snapshot())

    def leaves_nothing(self) -> bool:
        """No box, no content, no role: as if the element were not in the page."""
        found: bool = self.widget.evaluate(
            "element => getComputedStyle(element).display === 'none' && !element.shadowRoot.firstChild"
        )
        return found


@pytest.fixture
def visit(_page: Page, shop: Shop, service: Service) -> Iterator[Visit]:
    """A page not yet opened; whatever a test does there, the element breaks no policy and throws nothing."""
    visit = Visit(_page, shop)
    yield visit
    leave(visit)


def leave(visit: Visit) -> None:
    """End a visit: nothing was broken, and nothing of it stays in the page that the next test has."""
    violations, errors = visit.heard("violations"), visit.heard("errors")
    _forget(visit.page)
    assert (violations, errors) == ([], [])


def _forget(page: Page) -> None:
    """The page is every test's (opening one takes longer than most tests), so nothing may stay in it."""
    page.mouse.move(0, 0)
    page.evaluate("() => { try { sessionStorage.clear(); localStorage.clear(); } catch {} }")
    page.context.clear_cookies()
    page.goto("about:blank")


@pytest.fixture
def soon() -> Callable[[Callable[[], Any]], None]:
    """Waits (at most eight seconds) until something holds."""

    def wait(holds: Callable[[], Any]) -> None:
        end = time.monotonic() + 8
        while not holds():
            assert time.monotonic() < end, "it did not come to hold in time"
            time.sleep(0.02)

    return wait

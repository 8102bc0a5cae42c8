"""Who gets in to the merchant's pages, and who does not."""

from datetime import timedelta
from pathlib import Path

import pytest

from plugin.runtime import Runtime, open_runtime
from plugin.store import merchants
from plugin.store.migrations import migrate
from plugin.store.shops import ShopKeys
from tests.conftest import NOW, add_shop, make_config
from tests.plugin.admin.conftest import PASSWORD, Visitor, new_link

Shop = tuple[str, ShopKeys]
PAGES = ("/", "/placements", "/products", "/schedule", "/models", "/models/1", "/keys", "/password")


def test_nobody_sees_a_page_without_signing_in(visitor: Visitor, shop: Shop) -> None:
    for path in PAGES:
        assert visitor.get(path).headers["Location"] == "/admin/sign-in"


def test_a_link_is_opened_often_used_once_and_then_nobodys(runtime: Runtime, shop: Shop) -> None:
    link = new_link(runtime, shop[0])
    for _ in range(3):  # mail programs and chats look ahead
        assert shop[0] in Visitor(runtime).get(link).text
    form = {"password": PASSWORD, "again": PASSWORD}
    first = Visitor(runtime).post(link, form, page=link)
    assert "Your password is set" in first.text
    thief = Visitor(runtime)
    again = thief.post(link, form, page="/sign-in")
    assert again.status_code == 400
    assert "no longer works" in again.text
    assert "no longer works" in thief.get(link).text
    assert thief.get("/").status_code == 302


def test_a_link_lapses_after_an_hour(runtime: Runtime, shop: Shop) -> None:
    with runtime.database.write() as connection:
        token = merchants.add_link(connection, shop[0], NOW - timedelta(hours=1))
    page = Visitor(runtime).get(f"/sign-in/{token}")
    assert page.status_code == 400
    assert "no longer works" in page.text


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"password": "too short", "again": "too short"}, "at least 10 characters"),
        ({"password": PASSWORD, "again": "something else"}, "not the same password"),
    ],
)
def test_a_bad_password_does_not_burn_the_link(
    runtime: Runtime, shop: Shop, visitor: Visitor, form: dict[str, str], said: str
) -> None:
    link = new_link(runtime, shop[0])
    refused = visitor.post(link, form, page=link)
    assert refused.status_code == 422
    assert said in refused.text
    form = {"password": PASSWORD, "again": PASSWORD}
    assert "Your password is set" in visitor.post(link, form, page=link).text


def test_shop_and_password_open_the_pages_and_signing_out_closes_them(
    runtime: Runtime, shop: Shop, merchant: Visitor
) -> None:
    another = Visitor(runtime)
    page = another.post("/sign-in", {"shop_id": shop[0], "password": PASSWORD}, page="/sign-in")
    assert "Overview" in page.text
    another.post("/sign-out", {})
    assert another.get("/").status_code == 302
    assert merchant.get("/").status_code == 200


def test_what_is_wrong_of_the_two_is_not_said(runtime: Runtime, shop: Shop, merchant: Visitor) -> None:
    answers = {
        Visitor(runtime)
        .post("/sign-in", {"shop_id": shop_id, "password": password}, page="/sign-in")
        .status_code
        for shop_id, password in ((shop[0], "wrong password"), ("shop_x", PASSWORD), (shop[0], ""))
    }
    assert answers == {422}


def test_a_shop_without_a_password_is_not_opened_by_any(
    runtime: Runtime, shop: Shop, visitor: Visitor
) -> None:
    page = visitor.post("/sign-in", {"shop_id": shop[0], "password": ""}, page="/sign-in")
    assert page.status_code == 422
    assert "do not belong together" in page.text


def test_changing_the_password_ends_the_other_sessions(
    runtime: Runtime, shop: Shop, merchant: Visitor
) -> None:
    another = Visitor(runtime)
    another.post("/sign-in", {"shop_id": shop[0], "password": PASSWORD}, page="/sign-in")
    new = "five other words are better"
    wrong = {"present": "not it, not it", "password": new, "again": new}
    assert merchant.post("/password", wrong, page="/password").status_code == 422
    assert another.get("/").status_code == 200
    merchant.post("/password", {"present": PASSWORD, "password": new, "again": new}, page="/password")
    assert merchant.get("/").status_code == 200
    assert another.get("/").status_code == 302
    page = another.post("/sign-in", {"shop_id": shop[0], "password": PASSWORD}, page="/sign-in")
    assert page.status_code == 422


def test_guessing_is_slowed_down_by_address_and_by_shop(
    runtime: Runtime, shop: Shop, merchant: Visitor
) -> None:
    guesser = Visitor(runtime, "10.0.0.1")
    wrong = {"shop_id": shop[0], "password": "a wrong password"}
    codes = [guesser.post("/sign-in", wrong, page="/sign-in").status_code for _ in range(11)]
    assert codes == [422] * 10 + [429]


def test_many_addresses_do_not_guess_one_shop_without_end(
    runtime: Runtime, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("plugin.admin.sign_in.BY_SHOP", "3 per hour")
    guesser = Visitor(runtime)
    codes = []
    for number in range(4):
        guesser._environ = {"REMOTE_ADDR": f"10.0.0.{number}"}
        form = {"shop_id": shop[0], "password": "a wrong password"}
        codes.append(guesser.post("/sign-in", form, page="/sign-in").status_code)
    assert codes == [422, 422, 422, 429]


def test_a_form_without_its_token_changes_nothing(merchant: Visitor) -> None:
    for path in (
        "/stop",
        "/only-me",
        "/train",
        "/placements",
        "/products/exclude",
        "/keys/rotate",
        "/password",
    ):
        refused = merchant.post(path, {"stopped": "yes", "only_me": "yes"}, token="forged")
        assert refused.status_code == 400, path
        assert "no longer valid" in refused.text
    assert "The widgets show to everybody" in merchant.get("/").text


def test_another_shops_session_opens_only_its_own(runtime: Runtime, shop: Shop, merchant: Visitor) -> None:
    other_id, _ = add_shop(runtime)
    other, link = Visitor(runtime), new_link(runtime, other_id)
    other.post(link, {"password": PASSWORD, "again": PASSWORD}, page=link)
    other.post("/stop", {"stopped": "yes"})
    assert "No page shows a widget" in other.get("/").text
    assert "The widgets show to everybody" in merchant.get("/").text
    assert shop[1].public not in other.get("/keys").text


def test_answers_are_kept_from_frames_caches_and_other_scripts(
    runtime: Runtime, shop: Shop, tmp_path: Path
) -> None:
    answer = Visitor(runtime).get("/sign-in")
    policy = answer.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Path=/admin" in cookie
    assert "Secure" not in cookie  # http://127.0.0.1
    secure = make_config(tmp_path / "secure")
    object.__setattr__(secure, "public_url", "https://encore.example")
    opened = open_runtime(secure)
    migrate(opened.database)
    assert "Secure" in Visitor(opened).get("/sign-in").headers["Set-Cookie"]
    opened.database.close()

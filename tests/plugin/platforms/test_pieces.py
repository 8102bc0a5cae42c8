"""What goes onto the pages of each platform, told to the shop's own programs and served to everybody."""

import widgets
from plugin.platforms import PLATFORMS
from plugin.platforms.pieces import pieces
from plugin.schemas.settings import PLACEMENTS
from tests.plugin.conftest import CoffeeShop
from widgets.archive import archive


def test_each_platform_has_its_pieces_and_they_are_served(coffee: CoffeeShop) -> None:
    headers = {"Authorization": f"Bearer {coffee.keys.secret}"}
    for platform in PLATFORMS:
        told = coffee.client.get(f"/v1/platforms/{platform}/pieces", headers=headers).json
        assert told is not None
        assert [each["placement"] for each in told["shows"]] == list(PLACEMENTS)
        served = coffee.client.get(told["script"].removeprefix("http://127.0.0.1:8000"))
        assert served.headers["Content-Type"].startswith("text/javascript")
        assert served.headers["Access-Control-Allow-Origin"] == "*"
        assert told["archive"] or coffee.keys.public in told["snippet"]
        if told["archive"]:
            got = coffee.client.get(told["archive"].removeprefix("http://127.0.0.1:8000"))
            assert (got.mimetype, got.data) == ("application/zip", archive(platform))
            assert got.headers["Content-Disposition"] == f'attachment; filename="encore-{platform}.zip"'


def test_where_the_checkout_is_closed_the_offer_stands_in_the_cart(coffee: CoffeeShop) -> None:
    headers = {"Authorization": f"Bearer {coffee.keys.secret}"}
    answer = coffee.client.get("/v1/platforms/shopify/pieces", headers=headers).json
    assert answer is not None
    checkout = next(each for each in answer["shows"] if each["placement"] == "checkout")
    assert checkout == {"placement": "checkout", "answer": "instead", "how": "in_cart"}
    assert coffee.client.get("/v1/platforms/magento/pieces", headers=headers).status_code == 404
    assert coffee.client.get("/v1/platforms/shopify/pieces").status_code == 401


def test_every_joining_file_is_kept_for_ever_under_its_version(coffee: CoffeeShop) -> None:
    for name in widgets.FILES:
        kept = coffee.client.get(f"/widgets/{widgets.version(name)}/{name}")
        assert "immutable" in kept.headers["Cache-Control"], name
        assert kept.data == widgets.joined(entry=name)
    assert coffee.client.get(f"/widgets/{widgets.version()}/shop.js").status_code == 404
    assert coffee.client.get("/widgets/v1/page.js").status_code == 404
    assert coffee.client.get("/widgets/v1/encore-generic.zip").status_code == 404


def test_an_address_that_was_told_is_a_text_of_the_snippet() -> None:
    told = pieces("saleor", "https://encore.example", "pk_1", 'https://shop.example/"};alert(1)//')
    assert told.snippet is not None
    assert 'api: "https://shop.example/\\"};alert(1)//",' in told.snippet

"""What the operator, the browser's cache and a reader of the docs get."""

import re

import widgets
from tests.plugin.conftest import CoffeeShop
from tests.plugin.storefront import ask, publish


def test_alive_and_ready(coffee: CoffeeShop) -> None:
    assert coffee.client.get("/healthz").json == {"status": "alive"}
    answer = coffee.client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json == {"database": True, "redis": False, "redis_required": False}


def test_not_ready_without_the_database(coffee: CoffeeShop) -> None:
    with coffee.runtime.database.write() as connection:
        connection.exec_driver_sql("ALTER TABLE shops RENAME TO gone")
    answer = coffee.client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json is not None
    assert answer.json["database"] is False


def test_what_is_served_is_counted_and_names_nobody(coffee: CoffeeShop) -> None:
    publish(coffee.runtime, coffee.shop_id)
    before = counted(coffee, 'encore_slates_total{strategy="bought_together"}')
    ask(coffee.client, coffee.keys.public, cart="beans:1")
    ask(coffee.client, "pk_nobodys")
    assert counted(coffee, 'encore_slates_total{strategy="bought_together"}') == before + 1
    assert counted(coffee, 'encore_refused_total{reason="unknown_key"}') >= 1
    assert coffee.shop_id not in coffee.client.get("/metrics").text


def counted(shop: CoffeeShop, name: str) -> float:
    found = re.search(rf"^{re.escape(name)} (\S+)$", shop.client.get("/metrics").text, re.M)
    return float(found[1]) if found else 0.0


def test_the_widget_is_kept_for_ever_under_its_version_and_briefly_as_the_newest(coffee: CoffeeShop) -> None:
    kept = coffee.client.get(f"/widgets/{widgets.version()}/encore.js")
    newest = coffee.client.get("/widgets/v1/encore.js")
    assert kept.data == newest.data == widgets.joined()
    assert "immutable" in kept.headers["Cache-Control"]
    assert "immutable" not in newest.headers["Cache-Control"]
    for name in ("Access-Control-Allow-Origin", "Timing-Allow-Origin"):
        assert newest.headers[name] == "*"
    assert newest.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert newest.headers["Content-Type"].startswith("text/javascript")
    again = coffee.client.get("/widgets/v1/encore.js", headers={"If-None-Match": newest.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert coffee.client.get("/widgets/000000000000/encore.js").status_code == 404


def test_the_docs_name_every_address_and_need_nobody_else(coffee: CoffeeShop) -> None:
    page = coffee.client.get("/docs")
    spec = coffee.client.get("/openapi.json").json
    assert spec is not None
    assert {"/v1/recommendations", "/v1/events", "/v1/orders"} <= set(spec["paths"])
    for path in spec["paths"]:
        assert path in page.text
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert "<script" not in page.text
    assert "http://" not in page.text

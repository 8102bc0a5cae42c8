"""Any orders, written as CSV in any dialect, come back equal."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plugin.intake import importing
from plugin.runtime import Runtime
from plugin.schemas.order import STATUSES
from plugin.store import orders
from tests.conftest import NOW, add_shop

TIMES = {
    "iso": lambda at: at.isoformat(),
    "day-first": lambda at: at.strftime("%d/%m/%Y %H:%M:%S"),
    "month-first": lambda at: at.strftime("%m-%d-%Y %I:%M:%S %p"),
    "unix": lambda at: str(int(at.timestamp())),
}
ENCODINGS = ("utf-8", "utf-8-sig", "cp1252", "utf-16")
# A carriage return alone is what csv.writer itself fails to quote.
texts = st.text(st.characters(codec="cp1252", exclude_characters="\x00\r"), min_size=1, max_size=8)
maybe_text = st.none() | texts
times = st.integers(0, 2_000_000_000).map(
    lambda seconds: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)
money = st.none() | st.integers(0, 10**9)
lines = st.fixed_dictionaries(
    {
        "line_id": st.none(),
        "product_id": texts,
        "variant_id": maybe_text,
        "quantity": st.integers(-999, 999).map(lambda hundredths: hundredths / 4),
        "unit_price_minor": money,
        "discount_minor": money,
        "tax_minor": money,
    }
)
one_order = st.fixed_dictionaries(
    {
        "order_id": texts,
        "ordered_at": times,
        "updated_at": st.none() | times,
        "status": st.sampled_from(STATUSES),
        "currency": st.sampled_from([None, "EUR", "USD"]),
        "prices_include_tax": st.sampled_from([None, True, False]),
        "customer_id": maybe_text,
        "visitor_id": maybe_text,
        "slate_ids": st.lists(texts, max_size=2),
        "coupon_codes": st.lists(texts, max_size=2),
        "shipping_minor": money,
        "lines": st.lists(lines, min_size=1, max_size=4),
    }
)
many_orders = st.lists(one_order, min_size=1, max_size=5, unique_by=lambda order: order["order_id"])
dialects = st.fixed_dictionaries(
    {
        "delimiter": st.sampled_from(",;\t"),
        "mark": st.sampled_from(",."),
        "encoding": st.sampled_from(ENCODINGS),
        "ends": st.sampled_from(["\n", "\r\n"]),
        "quoting": st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
        "spelling": st.sampled_from(list(TIMES)),
    }
)


def written(given_orders: list[dict[str, Any]], dialect: dict[str, Any], shuffled: list[int]) -> bytes:
    """The orders as CSV, their lines scattered in the order that `shuffled` gives."""
    out = io.StringIO(newline="")
    rows = [list(_rows(order, dialect)) for order in given_orders]
    writer = csv.DictWriter(
        out,
        list(rows[0][0]),
        delimiter=dialect["delimiter"],
        lineterminator=dialect["ends"],
        quoting=dialect["quoting"],
    )
    writer.writeheader()
    for place in shuffled:
        if rows[place % len(rows)]:
            writer.writerow(rows[place % len(rows)].pop(0))
    writer.writerows(row for left in rows for row in left)
    return out.getvalue().encode(dialect["encoding"])


def _rows(order: dict[str, Any], dialect: dict[str, Any]) -> Any:
    def amount(value: float | None, decimals: int) -> str:
        return "" if value is None else f"{value:.{decimals}f}".replace(".", dialect["mark"])

    def at(moment: datetime | None) -> str:
        return "" if moment is None else TIMES[dialect["spelling"]](moment)

    head = {
        name: order[name] or "" for name in ("order_id", "status", "currency", "customer_id", "visitor_id")
    }
    head |= {"ordered_at": at(order["ordered_at"]), "updated_at": at(order["updated_at"])}
    head |= {name: json.dumps(order[name]) if order[name] else "" for name in ("slate_ids", "coupon_codes")}
    head |= {"prices_include_tax": {None: "", True: "yes", False: "false"}[order["prices_include_tax"]]}
    head |= {"shipping": amount(_major(order["shipping_minor"]), 2)}
    for line in order["lines"]:
        money = {name: amount(_major(line[f"{name}_minor"]), 2) for name in ("unit_price", "discount", "tax")}
        names = {"product_id": line["product_id"], "variant_id": line["variant_id"] or ""}
        yield head | money | names | {"quantity": amount(line["quantity"], 2)}


def _major(minor: int | None) -> float | None:
    return None if minor is None else minor / 100


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "orders.csv"


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(given_orders=many_orders, dialect=dialects, shuffled=st.lists(st.integers(0, 4), max_size=20))
def test_any_orders_in_any_dialect_come_back_equal(
    runtime: Runtime,
    path: Path,
    given_orders: list[dict[str, Any]],
    dialect: dict[str, Any],
    shuffled: list[int],
) -> None:
    shop_id, _ = add_shop(runtime)
    path.write_bytes(written(given_orders, dialect, shuffled))
    request = importing.Request(shop_id, "orders", path, dates=dialect["spelling"])
    done = importing.run(runtime, importing.begin(runtime, request, NOW), lambda: NOW, lambda *_: None)
    assert done.rows_rejected == 0, Path(done.rejects_path).read_text()
    with runtime.database.read() as connection:
        for order in given_orders:
            assert orders.find(connection, shop_id, order["order_id"]) == _expected(order)


def _expected(order: dict[str, Any]) -> dict[str, Any]:
    content = orders.content_of(order)
    kept = sorted(content["lines"].values(), key=lambda line: str(line["line_id"]))
    return {"order_id": order["order_id"], **content, "lines": kept}

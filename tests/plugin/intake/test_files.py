"""Files as shops have them: encodings, delimiters, dates, and what is wrong with some."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from plugin.errors import Refusal
from tests.plugin.intake.conftest import Load, rejects

Find = Callable[[str], dict[str, Any]]
HEADER = "order_id,ordered_at,customer_id,product_id,quantity,unit_price\n"
AT = datetime(2026, 2, 1, 10, 30, tzinfo=UTC)


def test_lines_of_one_order_become_one_order(load: Load, find: Find) -> None:
    done = load(
        HEADER + "1,2026-02-01T10:30:00Z,c,a,2,3.50\n2,2026-02-01,,b,1,\n1,2026-02-01T10:30:00Z,c,a,1,3.50\n"
    )
    assert (done.status, done.rows_done, done.rows_rejected) == ("finished", 3, 0)
    assert done.counts == {"created": 2, "lines": 3}
    first = find("1")
    assert (first["ordered_at"], first["customer_id"], first["status"]) == (AT, "c", "paid")
    assert [(each["line_id"], each["quantity"], each["unit_price_minor"]) for each in first["lines"]] == [
        ("a#1", 2, 350),
        ("a#2", 1, 350),
    ]
    assert find("2")["lines"][0]["unit_price_minor"] is None


@pytest.mark.parametrize(
    ("encoding", "delimiter"),
    [("utf-8", ","), ("utf-8-sig", ";"), ("cp1252", "\t"), ("latin-1", ";"), ("utf-16", "\t")],
)
def test_encodings_and_delimiters(load: Load, find: Find, encoding: str, delimiter: str) -> None:
    rows = ["order_id,ordered_at,product_id,quantity,unit_price", "é1,2026-02-01,Crème brûlée,1,2.50"]
    content = "\r\n".join(rows).replace(",", delimiter).encode(encoding)
    assert load(content).counts["created"] == 1
    assert find("é1")["lines"][0]["product_id"] == "Crème brûlée"


def test_decimal_commas_and_thousands(load: Load, find: Find) -> None:
    header = "order_id;ordered_at;product_id;quantity;unit_price\n"
    content = f"{header}1;2026-02-01;a;1,5;1.234,56\n1;2026-02-01;b;2;7\n"
    load(content)
    assert [(each["quantity"], each["unit_price_minor"]) for each in find("1")["lines"]] == [
        (1.5, 123456),
        (2, 700),
    ]


def test_newlines_and_quotes_inside_quotes(load: Load, find: Find) -> None:
    done = load(HEADER + '1,2026-02-01,"c\n""x""",a,1,1\n\n2,2026-02-01,d,b,many,1\n')
    assert find("1")["customer_id"] == 'c\n"x"'
    assert rejects(done) == ['5,2,quantity is not a number in the way of this file,"2,2026-02-01,d,b,many,1"']


@pytest.mark.parametrize(
    ("written", "spelling"),
    [
        ("2026-02-01T10:30:00Z", None),
        ("2026-02-01 10:30:00", None),
        ("2026-02-01T12:30:00+02:00", None),
        ("2026-02-01 05:30:00 -0500", None),
        ("1769941800", None),
        ("01/02/2026 10:30", "day-first"),
        ("02/01/2026 10:30 AM", "month-first"),
        ("1.2.26 10:30:00", "day-first"),
    ],
)
def test_ways_to_write_a_time(load: Load, find: Find, written: str, spelling: str | None) -> None:
    load(f"{HEADER}1,{written},c,a,1,1\n", dates=spelling)
    assert find("1")["ordered_at"] == AT


def test_one_clear_date_decides_for_the_whole_file(load: Load, find: Find) -> None:
    load(HEADER + "1,03/04/2026,c,a,1,1\n2,25/04/2026,c,a,1,1\n")
    assert find("1")["ordered_at"] == datetime(2026, 4, 3, tzinfo=UTC)
    done = load(HEADER + "3,03/04/2026,c,a,1,1\n4,04/25/2026,c,a,1,1\n5,junk,c,a,1,1\n")
    assert find("3")["ordered_at"] == datetime(2026, 3, 4, tzinfo=UTC)
    assert [line.split(",")[0] for line in rejects(done)] == ["4"]


@pytest.mark.parametrize(
    ("second", "told"),
    [
        ("04/03/2026", "can be read day first or month first"),
        ("13/04/2026\n3,04/14/2026", "13/04/2026 is day first, 04/14/2026 month first"),
    ],
)
def test_dates_that_leave_it_open_are_asked_for(load: Load, second: str, told: str) -> None:
    content = (
        HEADER.replace(",customer_id", "").replace(",unit_price", "").replace(",product_id,quantity", "")
    )
    rows = f"1,03/04/2026\n2,{second}\n".replace("\n", ",a,1\n")
    with pytest.raises(Refusal, match="--dates day-first") as refused:
        load(content.strip() + ",product_id,quantity\n" + rows)
    assert refused.value.reason == "dates_undecidable"
    assert told in refused.value.message


def test_parquet_with_its_own_types(load: Load, find: Find, tmp_path: Path) -> None:
    path = tmp_path / "orders.parquet"
    frame = pl.DataFrame(
        {
            "order_id": [1, 1, 2],
            "ordered_at": [AT, AT, None],
            "product_id": [10, 11, 12],
            "quantity": [1, -2, 1],
            "unit_price": [1.005, None, float("nan")],
            "coupon_codes": [["A"], [], None],
        }
    )
    frame.write_parquet(path)
    done = load(path)
    assert done.counts == {"created": 1, "lines": 2}
    assert rejects(done)[0].startswith("3,3,ordered_at is missing")
    found = find("1")
    assert (found["ordered_at"], found["coupon_codes"]) == (AT, ["A"])
    assert [(each["product_id"], each["quantity"], each["unit_price_minor"]) for each in found["lines"]] == [
        ("10", 1, 100),
        ("11", -2, None),
    ]


def test_ndjson_with_whole_orders_and_with_flat_rows(load: Load, find: Find) -> None:
    whole = '{"order_id":"1","ordered_at":"2026-02-01","lines":[{"product_id":"a","quantity":1}]}\n'
    done = load(whole + '{"order_id":"2"}\nnot json\n[1]\n', name="whole.ndjson")
    assert (done.counts["created"], done.rows_rejected) == (1, 3)
    assert [line.split(",")[0] for line in rejects(done)] == ["2", "3", "4"]
    flat = '{"order_id":"3","ordered_at":"2026-02-01","product_id":"a","quantity":2,"unit_price":1.5}\n'
    load(flat * 2, name="flat.ndjson")
    assert [each["unit_price_minor"] for each in find("3")["lines"]] == [150, 150]


def test_of_a_whole_order_twice_in_a_file_the_later_stays(load: Load, find: Find) -> None:
    row = '{"order_id":"1","ordered_at":"2026-02-01","updated_at":"%s",'
    row += '"lines":[{"product_id":"%s","quantity":1}]}\n'
    load(row % ("2026-02-03", "new") + row % ("2026-02-02", "old"), name="a.ndjson")
    assert [each["product_id"] for each in find("1")["lines"]] == ["new"]
    load(row % ("2026-02-04", "x") + row % ("2026-02-05", "y"), name="b.ndjson")
    assert [each["product_id"] for each in find("1")["lines"]] == ["y"]


def test_money_follows_the_currency(load: Load, find: Find) -> None:
    load(
        "order_id,ordered_at,product_id,quantity,unit_price,currency,shipping\n"
        "1,2026-02-01,a,1,500,jpy,40\n2,2026-02-01,a,1,1.500,KWD,0.25\n3,2026-02-01,a,1,1.5,,2\n"
    )
    kept = [(find(each)["lines"][0]["unit_price_minor"], find(each)["shipping_minor"]) for each in "123"]
    assert kept == [(500, 40), (1500, 250), (150, 200)]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("1,2026-02-01,c,,1,1", "product_id is missing"),
        ("1,2026-02-30,c,a,1,1", "ordered_at is not a time"),
        ("1,2026-02-01,c,a,,1", "quantity is missing"),
        ("1,2026-02-01,c,a,1,-1", "unit_price is negative"),
        ("1,2026-02-01,c,a,1,1e300", "unit_price is too large"),
        ("1,2026-02-01,c,a\x00b,1,1", "product_id holds a NUL character"),
        (f"1,2026-02-01,c,{'a' * 201},1,1", "product_id is longer than 200"),
        ("1,2026-02-01,c,a,1", "has 5 cells where the header has 6"),
        ("1,2026-02-01,c,a,1,1,2", "has 7 cells where the header has 6"),
        ("1,2026-02-01,c,a,inf,1", "quantity is not a number"),
    ],
)
def test_a_bad_row_is_rejected_with_line_and_reason(load: Load, find: Find, row: str, reason: str) -> None:
    done = load(f"{HEADER}0,2026-02-01,c,a,1,1\n{row}\n9,2026-02-01,c,a,1,1\n")
    assert (done.rows_done, done.rows_rejected) == (3, 1)
    (told,) = rejects(done)
    assert told.startswith(f"3,2,{reason}")
    assert find("0")
    assert find("9")


def test_no_rejects_file_without_rejects_and_none_that_others_can_read(load: Load) -> None:
    assert not Path(load(HEADER + "1,2026-02-01,c,a,1,1\n").rejects_path).exists()
    path = Path(load(HEADER + "1,2026-02-01,c,,1,1\n").rejects_path)
    assert path.stat().st_mode & 0o077 == 0


def test_a_repeated_line_id_stays_out(load: Load, find: Find) -> None:
    done = load("order_id,ordered_at,line_id,product_id,quantity\n1,2026-02-01,x,a,1\n1,2026-02-01,x,b,1\n")
    assert rejects(done)[0].startswith("3,2,line_id x occurs twice in its order")
    assert [each["product_id"] for each in find("1")["lines"]] == ["a"]


def test_a_header_without_rows_imports_nothing(load: Load) -> None:
    assert load(HEADER).counts == {"created": 0}


@pytest.mark.parametrize(
    ("content", "reason", "message"),
    [
        (b"", "empty_file", "is empty"),
        (b"\xef\xbb\xbf \r\n\r\n", "empty_file", "is empty"),
        (
            b"id,when\n1,2\n",
            "wrong_columns",
            "has no column order_id, ordered_at, product_id, quantity. It has: id, when",
        ),
        (b"PK\x03\x04....", "unreadable_file", "Excel"),
        (b"\x1f\x8b....", "unreadable_file", "gzip"),
        (b"PAR1 and then nothing", "unreadable_file", "not a whole Parquet"),
        (b"[{]", "malformed_json", "not whole JSON"),
        (b"order_id,order_id\n", "wrong_columns", "twice"),
    ],
)
def test_a_file_that_cannot_be_read_says_what_to_do(
    load: Load, content: bytes, reason: str, message: str
) -> None:
    with pytest.raises(Refusal, match=message) as refused:
        load(content)
    assert refused.value.reason == reason


def test_a_truncated_parquet_is_refused_before_anything_is_written(load: Load, tmp_path: Path) -> None:
    whole = tmp_path / "whole.parquet"
    pl.DataFrame({"order_id": ["1"], "ordered_at": [AT], "product_id": ["a"], "quantity": [1]}).write_parquet(
        whole
    )
    with pytest.raises(Refusal, match="Export or copy it again"):
        load(whole.read_bytes()[:-20], name="cut.parquet")


def test_a_quote_that_is_never_closed_costs_its_row_only_up_to_the_end(load: Load, find: Find) -> None:
    done = load(HEADER + '1,2026-02-01,c,a,1,1\n2,2026-02-01,"c,a,1,1\n')
    assert find("1")
    assert done.rows_rejected == 1

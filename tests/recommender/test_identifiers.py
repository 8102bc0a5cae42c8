"""Ids and rows: one table translates, whatever the letters."""

from hypothesis import given
from hypothesis import strategies as st

from recommender.identifiers import Ids

IDS = st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=70))


@given(IDS, IDS)
def test_every_known_id_comes_back_and_no_other_is_found(known: list[str], asked: list[str]) -> None:
    ids = Ids.of(known)
    assert sorted(ids.all(), key=str.encode) == ids.all()
    assert [ids.id(ids.row(each) or 0) for each in known] == known
    assert [ids.row(each) is not None for each in asked] == [each in known for each in asked]


def test_rows_keep_the_order_asked_without_strangers_and_repeats() -> None:
    ids = Ids.of(["b", "a", "Ω", "c"])
    assert ids.ids(ids.rows(["c", "nobody", "a", "c", "Ω"])) == ["c", "a", "Ω"]


def test_an_id_that_is_no_valid_text_is_unknown() -> None:
    assert Ids.of(["a"]).row("\ud800") is None


def test_an_empty_table_knows_nothing() -> None:
    assert (len(Ids.of([])), Ids.of([]).row("a"), Ids.of([]).row("")) == (0, None, None)


def test_in_a_long_table_every_id_is_found_and_those_between_are_not() -> None:
    known = [f"{number:05}" for number in range(0, 1_000, 2)]
    ids = Ids.of(known)
    assert ids.rows(known).tolist() == list(range(500))
    assert ids.rows(["", *(f"{number:05}" for number in range(1, 1_001, 2)), "z"]).tolist() == []

"""The slate_id: it says what was served, and cannot be made by anybody else."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.errors import Refusal
from plugin.serving import slate_token
from plugin.serving.slate_token import ARMS, PLACEMENTS, STRATEGIES

KEY = b"k" * 32

slates = st.tuples(
    st.sampled_from(PLACEMENTS),
    st.sampled_from(STRATEGIES),
    st.sampled_from(ARMS),
    st.integers(0, 2**32 - 1),
)


@given(slates, st.integers(0, 2**32 - 1))
def test_a_token_says_what_was_served(slate: tuple[str, str, str | None, int], now: int) -> None:
    token = slate_token.make(KEY, slate, now)
    read = slate_token.read(KEY, token)
    assert (read.placement, read.strategy, read.arm, read.model_version) == slate
    assert read.served_at == datetime.fromtimestamp(now, UTC)
    assert len(token) < 64


@given(slates, st.integers(0, 43), st.sampled_from("Aa0-_=é "))
def test_no_letter_can_be_changed(slate: tuple[str, str, str | None, int], place: int, letter: str) -> None:
    token = slate_token.make(KEY, slate, 1_800_000_000)
    changed = token[:place] + letter + token[place + 1 :]
    if changed != token:
        with pytest.raises(Refusal):
            slate_token.read(KEY, changed)


@given(st.text(max_size=60))
def test_any_other_text_is_no_slate(text: str) -> None:
    with pytest.raises(Refusal) as refusal:
        slate_token.read(KEY, text)
    assert refusal.value.reason == "unknown_slate"


def test_another_key_reads_nothing_and_no_two_slates_are_one() -> None:
    slate = ("cart", "popular", None, 3)
    token = slate_token.make(KEY, slate, 1_800_000_000)
    assert token != slate_token.make(KEY, slate, 1_800_000_000)
    with pytest.raises(Refusal):
        slate_token.read(b"j" * 32, token)

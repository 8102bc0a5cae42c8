"""The merchants' passwords at the price they are really kept at; the tests of the pages pay less."""

from argon2 import Type, extract_parameters
from argon2.profiles import RFC_9106_LOW_MEMORY

from plugin.admin import passwords


def test_a_password_is_kept_as_a_dear_hash_that_only_it_matches() -> None:
    kept = passwords.hashed("four words are plenty")
    paid = extract_parameters(kept)
    assert paid.type is Type.ID
    assert paid.time_cost >= RFC_9106_LOW_MEMORY.time_cost
    assert paid.memory_cost >= RFC_9106_LOW_MEMORY.memory_cost
    assert passwords.matches(kept, "four words are plenty")
    assert not passwords.matches(kept, "four words are few")
    assert not passwords.matches(None, "nobody has this password")

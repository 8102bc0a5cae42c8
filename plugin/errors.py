"""The one error of the service: something was refused, and the message says what to do about it."""

from collections.abc import Mapping, Sequence


class Refusal(Exception):
    """A request or command that cannot be done, raised where that is known, caught at the two outer edges.

    `reason` is a stable word that programs may test (`token_expired`); `message` is a sentence for a person
    that says what to do; `errors` names the fields at fault, where there are any. Which HTTP status or exit
    code a reason becomes is decided at the edge, not here.
    """

    def __init__(self, reason: str, message: str, errors: Mapping[str, Sequence[str]] | None = None) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
        self.errors: dict[str, list[str]] = {name: list(texts) for name, texts in (errors or {}).items()}

"""Whether suggestions may be personal: as the shopper said, in the shop's own session."""

from django.http import HttpRequest

_NAME = "encore_consent"


def is_given(request: HttpRequest) -> bool:
    return request.session.get(_NAME) is True


def keep(request: HttpRequest, *, given: bool) -> None:
    request.session[_NAME] = given

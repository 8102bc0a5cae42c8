"""What granian loads in each worker of the demo: Encore under its paths, the demo shop under all others."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from plugin.config import from_environment
from plugin.demo.shop import create_shop, open_shop
from plugin.wsgi import app as encore

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

ENCORE_PATHS = frozenset(
    ("v1", "widgets", "admin", "healthz", "readyz", "metrics", "openapi.json", "docs", "api", "webhooks")
)

shop = create_shop(open_shop(from_environment().home / "demo"))


def app(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    """Hand the request to one of the two by the first part of its path."""
    first = environ.get("PATH_INFO", "/").lstrip("/").split("/", 1)[0]
    return (encore if first in ENCORE_PATHS else shop)(environ, start_response)

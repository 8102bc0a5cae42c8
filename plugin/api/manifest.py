"""What the plugin is to a shop: its manifest with absolute addresses, and the privacy page that it names."""

import json
from base64 import b64encode
from hashlib import sha256
from importlib.resources import files
from typing import Any

from flask import Blueprint, Response, jsonify, render_template

_STYLE = """
:root { color-scheme: light dark; font: 16px/1.6 system-ui, sans-serif }
body { max-width: 42rem; margin: 3rem auto; padding: 0 1rem } dt { font-weight: 600; margin-top: 1rem }
"""


def blueprint(public_url: str) -> Blueprint:
    """`/api/manifest` and `/privacy`; `public_url` is where shops reach this Encore."""
    routes = Blueprint("manifest", __name__, template_folder="templates")
    manifest = json.loads(files("plugin").joinpath("manifest.json").read_text(encoding="utf-8"))

    @routes.get("/api/manifest")
    def absolute() -> Response:
        return jsonify(with_addresses(manifest, public_url))

    @routes.get("/privacy")
    def privacy() -> Response:
        kept = manifest["encore"]["data_kept"]
        page = Response(render_template("privacy.html", kept=kept, style=_STYLE))
        style = b64encode(sha256(_STYLE.encode()).digest()).decode()
        page.headers["Content-Security-Policy"] = f"default-src 'none'; style-src 'sha256-{style}'"
        page.headers["X-Content-Type-Options"] = "nosniff"
        return page

    return routes


def with_addresses(value: Any, public_url: str) -> Any:
    """`value` with every path in it (a text that begins with `/`) made an address below `public_url`."""
    if isinstance(value, dict):
        return {name: with_addresses(each, public_url) for name, each in value.items()}
    if isinstance(value, list):
        return [with_addresses(each, public_url) for each in value]
    return public_url + value if isinstance(value, str) and value.startswith("/") else value

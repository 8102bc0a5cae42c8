"""What the plugin is to a shop: its manifest with absolute addresses, and the privacy page that it names."""

import json
from base64 import b64encode
from datetime import UTC, datetime
from hashlib import sha256
from importlib.resources import files
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, jsonify, redirect, render_template, request

from plugin.api import body
from plugin.api.openapi import Description, described
from plugin.errors import Refusal
from plugin.platforms.installing import (
    REGISTER,
    WC_AUTH,
    register_saleor,
    register_woocommerce,
    saleor_manifest,
)
from plugin.platforms.oauth import OAUTH, not_installed
from plugin.runtime import Runtime
from plugin.schemas.platform import PlatformIn, RegisteredOut, RegisterIn, WcAuthIn

_LARGEST_BYTES = 64 << 10

_STYLE = """
:root { color-scheme: light dark; font: 16px/1.6 system-ui, sans-serif }
body { max-width: 42rem; margin: 3rem auto; padding: 0 1rem } dt { font-weight: 600; margin-top: 1rem }
"""


def blueprint(runtime: Runtime) -> Blueprint:
    """`/api/manifest`, `/privacy`, and where platforms bring what they were installed with."""
    public_url = runtime.config.public_url
    routes = Blueprint("manifest", __name__, template_folder="templates")
    manifest = json.loads(files("plugin").joinpath("manifest.json").read_text(encoding="utf-8"))

    @routes.get("/api/manifest")
    def absolute() -> Response:
        """With `install`, the manifest that a Saleor instance installs one shop's Encore from."""
        told = with_addresses(manifest, public_url)
        if "install" in request.args:
            told |= saleor_manifest(runtime, request.args["install"], datetime.now(UTC))
        return jsonify(told)

    @routes.post(REGISTER)
    @described(Description(body=RegisterIn, answers={200: RegisteredOut}, refusals=(400, 401, 413, 422)))
    def register() -> tuple[dict[str, bool], int]:
        """Saleor brings its app's token here, with its own address in `Saleor-Api-Url`; kept encrypted."""
        told = RegisterIn().load(body.as_json(body.read(_LARGEST_BYTES)))
        address = PlatformIn().load({"address": request.headers.get("Saleor-Api-Url", "")})["address"]
        facts = {"address": address, "token": told["auth_token"]}
        register_saleor(runtime, request.args.get("install", ""), facts, datetime.now(UTC))
        return {"success": True}, 200

    @routes.post(WC_AUTH)
    @described(Description(body=WcAuthIn, answers={200: RegisteredOut}, refusals=(400, 401, 413, 422)))
    def wc_auth() -> tuple[dict[str, bool], int]:
        """WooCommerce brings the key pair here that the merchant let it make; kept encrypted."""
        told = WcAuthIn().load(body.as_json(body.read(_LARGEST_BYTES)))
        register_woocommerce(runtime, told, datetime.now(UTC))
        return {"success": True}, 200

    @routes.get("/api/install/<platform>")
    def oauth(platform: str) -> Any:
        """The platform sends the merchant back here; they go on to their page, which says what a no was."""
        if platform not in OAUTH:
            raise Refusal("not_found", "This platform sends nobody back here.")
        why = not_installed(runtime, platform, request.args.to_dict(), datetime.now(UTC))
        told = "?" + urlencode({"of": platform, "refused": why}) if why else ""
        answer = redirect(f"{public_url}/admin/platforms{told}", 303)
        answer.headers["Cache-Control"] = "no-store"
        return answer

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

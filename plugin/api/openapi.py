"""The API's own description: `/openapi.json` for programs, `/docs` for people. From the views' schemas."""

import re
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, TypeVar

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from flask import Blueprint, Flask, Response, current_app, jsonify, render_template
from marshmallow import Schema

from plugin import __version__
from plugin.schemas.error import ErrorOut

View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True)
class Description:
    """What a view takes and gives: marshmallow schemas, by status for what it gives (None: an empty body)."""

    answers: Mapping[int, type[Schema] | None]
    query: type[Schema] | None = None
    body: type[Schema] | None = None
    body_types: tuple[str, ...] = ("application/json",)
    with_secret_key: bool = False
    refusals: tuple[int, ...] = field(default=())


def described(description: Description) -> Callable[[View], View]:
    """Have a view appear in the API's description; its docstring says what it is for."""

    def decorate(view: View) -> View:
        view.described = description  # type: ignore[attr-defined]
        return view

    return decorate


def blueprint() -> Blueprint:
    """`/openapi.json` and `/docs`; the page asks nothing of any other host and runs no script."""
    routes = Blueprint("openapi", __name__, template_folder="templates")

    @routes.get("/openapi.json")
    def openapi() -> Response:
        return jsonify(specification(current_app))

    @routes.get("/docs")
    def docs() -> Response:
        page = Response(render_template("docs.html", spec=specification(current_app), style=_STYLE))
        style = b64encode(sha256(_STYLE.encode()).digest()).decode()
        page.headers["Content-Security-Policy"] = f"default-src 'none'; style-src 'sha256-{style}'"
        page.headers["X-Content-Type-Options"] = "nosniff"
        return page

    return routes


def specification(app: Flask) -> dict[str, Any]:
    """The OpenAPI document of all described views of `app`."""
    spec = APISpec("Encore", __version__, "3.0.3", plugins=[MarshmallowPlugin()])
    spec.components.security_scheme("secret_key", {"type": "http", "scheme": "bearer"})
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        if hasattr(view, "described"):
            methods = [each.lower() for each in rule.methods or () if each not in ("HEAD", "OPTIONS")]
            operation = _operation(view.described, view.__doc__ or "")
            path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
            named = [
                {"in": "path", "name": name, "required": True, "schema": {"type": "string"}}
                for name in sorted(rule.arguments)
            ]
            spec.path(path, operations=dict.fromkeys(methods, operation), parameters=named)
    found: dict[str, Any] = spec.to_dict()
    return found


def _operation(description: Description, doc: str) -> dict[str, Any]:
    summary, _, rest = doc.strip().partition("\n\n")
    operation: dict[str, Any] = {
        "summary": summary,
        "description": "\n".join(line.strip() for line in rest.splitlines()),
        "responses": {str(status): _answer(schema) for status, schema in description.answers.items()},
    }
    for status in description.refusals:
        operation["responses"][str(status)] = _answer(ErrorOut)
    if description.query:
        operation["parameters"] = [{"in": "query", "schema": description.query}]
    if description.body:
        content = {kind: {"schema": description.body} for kind in description.body_types}
        operation["requestBody"] = {"required": True, "content": content}
    if description.with_secret_key:
        operation["security"] = [{"secret_key": []}]
    return operation


def _answer(schema: type[Schema] | None) -> dict[str, Any]:
    if schema is None:
        return {"description": "Done."}
    summary = (schema.__doc__ or "").strip().partition("\n")[0]
    return {"description": summary, "content": {"application/json": {"schema": schema}}}


_STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
h2 { margin-top: 2.5rem; overflow-wrap: anywhere } code { font-size: .95em }
table { border-collapse: collapse; width: 100% } caption { text-align: start; font-weight: 600 }
th, td { border-bottom: 1px solid #8888; padding: .3rem .6rem .3rem 0; text-align: start }
"""

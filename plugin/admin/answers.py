"""What every answer of the merchant's pages carries: strict headers, and errors as pages in plain words."""

from flask import Flask, Response, render_template, request
from flask_babel import gettext
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from plugin.errors import Refusal

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'; require-trusted-types-for 'script'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def install(app: Flask) -> None:
    """Give every answer of `app` the headers, and every error a page."""
    app.after_request(_with_headers)
    app.register_error_handler(CSRFError, _stale_form)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Refusal, _refused)


def _with_headers(response: Response) -> Response:
    for name, value in _HEADERS.items():
        response.headers[name] = value
    if request.endpoint != "static":
        response.headers["Cache-Control"] = "no-store"
    return response


def _stale_form(_error: HTTPException) -> tuple[str, int]:
    return _page(
        gettext("This form is no longer valid"),
        gettext("Go back, load the page again and send the form once more. Nothing was changed."),
        400,
    )


def _http_error(error: HTTPException) -> tuple[str, int]:
    texts = {
        404: (gettext("There is no such page"), gettext("The menu leads to the pages that there are.")),
        429: (gettext("Too many attempts"), gettext("Wait a minute, then try again.")),
    }
    general = (gettext("That did not work"), gettext("Go back and try again. Nothing was changed."))
    title, text = texts.get(error.code or 500, general)
    return _page(title, text, error.code or 500)


def _refused(refusal: Refusal) -> tuple[str, int]:
    texts = {
        "link_used": (
            gettext("This sign-in link no longer works"),
            gettext(
                "A link works once, within an hour. The command “encore shop sign-in-link” makes a new one."
            ),
        )
    }
    general = (gettext("That did not work"), refusal.message)
    title, text = texts.get(refusal.reason, general)
    return _page(title, text, 400)


def _page(title: str, text: str, status: int) -> tuple[str, int]:
    return render_template("message.html", title=title, text=text), status

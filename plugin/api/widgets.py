"""The widget's files: for ever under their versions, and briefly under /widgets/v1/, which is the newest."""

from flask import Blueprint, Response, abort, request

import widgets
from widgets.archive import INSTALLED, archive

_FOR_EVER = "public, max-age=31536000, immutable"
_SHORT = "public, max-age=300"

blueprint = Blueprint("widgets", __name__)


@blueprint.get("/widgets/<version>/<name>.js")
def script(version: str, name: str) -> Response:
    """One file, whose address with its version never changes what it holds."""
    entry = f"{name}.js"
    if entry not in widgets.FILES or version not in ("v1", widgets.version(entry)):
        abort(404)
    answer = Response(widgets.joined(entry=entry), mimetype="text/javascript")
    answer.headers["Cache-Control"] = _SHORT if version == "v1" else _FOR_EVER
    answer.headers["Access-Control-Allow-Origin"] = "*"
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    answer.headers["Timing-Allow-Origin"] = "*"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.set_etag(widgets.version(entry))
    return answer.make_conditional(request)  # type: ignore[return-value]


@blueprint.get("/widgets/v1/encore-<platform>.zip")
def installed(platform: str) -> Response:
    """What a merchant installs on that platform; there is nothing of any shop in it."""
    if platform not in INSTALLED:
        abort(404)
    answer = Response(archive(platform), mimetype="application/zip")
    answer.headers["Content-Disposition"] = f'attachment; filename="encore-{platform}.zip"'
    answer.headers["Cache-Control"] = _SHORT
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer

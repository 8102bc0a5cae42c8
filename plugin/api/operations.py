"""For the operator: is the process alive, can it serve, and how is it doing."""

from flask import Blueprint, Response, jsonify

from plugin.api import metrics
from plugin.runtime import Runtime
from plugin.serving.live import Live
from plugin.store import shops


def blueprint(runtime: Runtime, live: Live) -> Blueprint:
    """/healthz, /readyz and /metrics."""
    routes = Blueprint("operations", __name__)

    @routes.get("/healthz")
    def healthz() -> Response:
        return jsonify(status="alive")

    @routes.get("/readyz")
    def readyz() -> tuple[Response, int]:
        """503 until the database can be read; without Redis Encore is slower, and ready all the same."""
        database = _reachable(runtime)
        answer = {"database": database, "redis": live.redis_answers(), "redis_required": False}
        return jsonify(answer), 200 if database else 503

    @routes.get("/metrics")
    def figures() -> Response:
        """The figures of the worker that happens to answer: each worker counts for itself."""
        return Response(metrics.text(), content_type=metrics.CONTENT_TYPE)

    return routes


def _reachable(runtime: Runtime) -> bool:
    try:
        with runtime.database.read() as connection:
            shops.versions(connection)
    except Exception:
        return False
    return True

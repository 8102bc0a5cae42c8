"""Two small real servers: a shop's page under a strict policy, and a service that answers as it is told."""

import json
import logging
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

from werkzeug import Request, Response
from werkzeug.serving import make_server

import widgets

Answer = dict[str, Any]
DRAWING = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 3"><path fill="#d8c3a5" d="M0 0h4v3H0z"/>'
    '<circle cx="2" cy="1.5" r="1" fill="#8e6b45"/></svg>'
)


class Server(ABC):
    """A real HTTP server on a free port of this machine, answering in threads of its own."""

    def __init__(self) -> None:
        logging.getLogger("werkzeug").setLevel(logging.WARNING)  # not a line for every request
        self._server = make_server("127.0.0.1", 0, self._wsgi, threaded=True)
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def _wsgi(self, environ: WSGIEnvironment, start: StartResponse) -> Any:
        return self.respond(Request(environ))(environ, start)

    @abstractmethod
    def respond(self, request: Request) -> Response:
        """The answer to one request."""

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def item(name: str, **changes: Any) -> Answer:
    """One suggestion as the service words it."""
    return {
        "product_id": name,
        "variant_id": f"{name}-1",
        "title": f"Product {name}",
        "url": f"/product/{name}",
        "image_url": None,
        "price_minor": 1250,
        "currency": "EUR",
        "reason": {"kind": "bought_together", "text": "Often bought with Grinder", "evidence": {}},
        **changes,
    }


def slate(*items: Answer, **changes: Any) -> Answer:
    """A whole answer."""
    return {
        "slate_id": "slate-1",
        "placement": "cart",
        "strategy": "bought_together",
        "model_version": "7",
        "arm": None,
        "items": list(items),
        **changes,
    }


def offered(**changes: Any) -> Answer:
    """The answer to a question for an offer: a tenth off 25.00, once 24.00."""
    offer = {
        "offer_id": "welcome",
        "kind": "percent_off",
        "title": "10% off your cart: you save €2.50",
        "text": "",
        "conditions": ["Until 30 November 2026, 23:59, shop time", "Not together with other offers"],
        "currency": "EUR",
        "total_minor": 2500,
        "price_minor": 2250,
        "saving_minor": 250,
        "reference_minor": 2400,
        "missing_minor": 0,
        "lines": [],
        "ends_at": "2026-11-30T22:59:00+00:00",
        "silence_days": 3,
    }
    arm = changes.pop("arm", None)
    return {
        "slate_id": changes.pop("slate_id", "slate-1"),
        "placement": "checkout",
        "strategy": "offer",
        "arm": arm,
        "offer": {**offer, **changes},
    }


NO_OFFER: Answer = {**offered(), "strategy": "empty", "offer": None}


class Service(Server):
    """Stands in for the service: hands out the real script, answers as told, keeps what it hears."""

    def __init__(self) -> None:
        self.reset()
        super().__init__()

    def reset(self) -> None:
        self.answer: Answer | bytes | int | Callable[[dict[str, str]], Answer] = slate(item("a"), item("b"))
        self.delay_seconds = 0.0
        self.asked: list[dict[str, str]] = []
        self.events: list[dict[str, Any]] = []
        self.posts: list[dict[str, Any]] = []
        self.wish: tuple[int, Answer] = (200, {"code": "ENC-1234", "token": "t.s", "terms": {}})
        self.wishes: list[tuple[str, dict[str, Any]]] = []

    def respond(self, request: Request) -> Response:
        response = self._route(request)
        response.headers["Access-Control-Allow-Origin"] = "*"
        return response

    def _route(self, request: Request) -> Response:
        if request.path.startswith("/widgets/"):
            entry = request.path.rpartition("/")[2]
            return Response(widgets.joined(entry=entry), mimetype="text/javascript")
        if request.path in ("/v1/recommendations", "/v1/offers", "/v1/bundles"):
            return self._recommend(request)
        if request.path.startswith("/v1/offers/"):
            self.wishes.append((request.path.removeprefix("/v1/offers/"), request.get_json(force=True)))
            return Response(json.dumps(self.wish[1]), self.wish[0], mimetype="application/json")
        if request.path == "/v1/events":
            return self._take(request)
        return Response(status=404)

    def _recommend(self, request: Request) -> Response:
        self.asked.append(request.args.to_dict())
        time.sleep(self.delay_seconds)
        answer = self.answer(request.args.to_dict()) if callable(self.answer) else self.answer
        if isinstance(answer, int):
            return Response(status=answer)
        body = answer if isinstance(answer, bytes) else json.dumps(answer)
        return Response(body, mimetype="application/json")

    def _take(self, request: Request) -> Response:
        body = request.get_json(force=True)
        self.posts.append({"type": request.mimetype, "key": body["key"]})
        self.events.extend(body["events"])
        return Response(status=204)

    def types(self) -> list[str]:
        """What was sent, one word a slate and kind: a slate's products are seen together."""
        seen = ("impression", "would_show")
        told = [
            (event["type"], event["slate_id"] if event["type"] in seen else number)
            for number, event in enumerate(self.events)
        ]
        return [kind for kind, _ in dict.fromkeys(told)]


POLICY = (
    "default-src 'self'; script-src 'nonce-n0nce' 'strict-dynamic'; style-src 'self'; connect-src {service}; "
    "img-src 'self'; frame-src 'none'; require-trusted-types-for 'script'"
)
PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A shop</title>
<meta name="viewport" content="width=device-width"><link rel="stylesheet" href="/shop.css">
<script nonce="n0nce">
window.heard = {{ tells: [], violations: [], errors: [], shift: 0 }};
for (const name of ["view", "click", "add", "accept", "dismiss"])
  addEventListener("encore:" + name, ({{ detail: {{ waitUntil, ...rest }} }}) =>
    heard.tells.push({{ name, seconds: performance.now() / 1000, ...rest }}));
addEventListener("securitypolicyviolation", (event) => heard.violations.push(event.violatedDirective));
addEventListener("error", (event) => heard.errors.push(event.message));
addEventListener("unhandledrejection", (event) => heard.errors.push(String(event.reason)));
new PerformanceObserver((list) => list.getEntries().forEach((entry) => (heard.shift += entry.value)))
  .observe({{ type: "layout-shift", buffered: true }});
{script}
</script>
{tag}</head><body><main>{body}</main></body></html>"""
SHEET = """body{{margin:0;font:16px/1.5 "DejaVu Sans",sans-serif;color:#23262b;background:#fff}}
main{{max-width:70rem;margin:auto;padding:1.5rem}} .above{{height:{above}px;background:#f4f4f2}} {rules}"""


HASTE = """
const start = window.setTimeout;
window.setTimeout = (run, wait, ...rest) => start(run, wait === 1000 ? 100 : wait, ...rest);
"""
"""For a page whose seconds in view may go by at once: tests of counting see what a second takes."""


class Shop(Server):
    """A shop's page on an origin of its own; what stands in it is the test's (`above`: pixels)."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.reset()
        super().__init__()

    def reset(self) -> None:
        self.body = ""
        self.script = ""
        self.rules = ""
        self.above = 0
        self.strict = True
        self.tags = 1
        self.tag_settings = 'data-key="pk_test"'

    def respond(self, request: Request) -> Response:
        if request.path == "/shop.css":
            return Response(SHEET.format(above=self.above, rules=self.rules), mimetype="text/css")
        if request.path == "/drawing.svg":
            return Response(DRAWING, mimetype="image/svg+xml")
        if request.path != "/":
            return Response("<!doctype html><title>Another page</title>", mimetype="text/html")
        response = Response(self._page(), mimetype="text/html")
        if self.strict:
            response.headers["Content-Security-Policy"] = POLICY.format(service=self.service.address)
        return response

    def _page(self) -> str:
        addresses = [f"{self.service.address}/widgets/{name}/encore.js" for name in ("v1", "v1", "0123")]
        opening = f'<script type="module" async nonce="n0nce" {self.tag_settings} src='
        tags = "".join(f'{opening}"{address}"></script>' for address in addresses[: self.tags])
        return PAGE.format(script=self.script, tag=tags, body=self.body)

"""Webhooks of Shopify and Saleor, asked for and made in GraphQL: what their schemas have not is refused."""

from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, ClassVar

from graphql import GraphQLSchema, build_schema, graphql_sync


def _schema(name: str) -> GraphQLSchema:
    return build_schema(Path(__file__).with_name(f"{name}_webhooks.graphql").read_text())


class WebhooksThere(ABC):
    """`kept`: what stands there; `refused`: what is said to whoever makes or changes one, by topic or id."""

    schema: ClassVar[GraphQLSchema]

    def __init__(self) -> None:
        self.kept: list[dict[str, Any]] = []
        self.refused: dict[str, str] = {}

    def answer(self, told: dict[str, Any]) -> dict[str, Any]:
        """What the platform answers to a question of webhooks."""
        done = graphql_sync(self.schema, told["query"], self.root(), variable_values=told["variables"])
        return dict(done.formatted)

    @abstractmethod
    def root(self) -> dict[str, Any]:
        """What each field of a query or mutation does."""


class ShopifyWebhooks(WebhooksThere):
    """Fifty to a page; `kept` as `topic` and `uri`."""

    schema = _schema("shopify")

    def root(self) -> dict[str, Any]:
        return {
            "webhookSubscriptions": self._listed,
            "webhookSubscriptionCreate": self._made,
            "webhookSubscriptionDelete": self._removed,
        }

    def _listed(self, _info: Any, first: int, after: str | None = None) -> dict[str, Any]:
        start = int(after or 0)
        end = min(start + min(first, 50), len(self.kept))
        info = {"hasNextPage": end < len(self.kept), "endCursor": str(end)}
        nodes = [{**each, "id": _global_id(each)} for each in self.kept[start:end]]
        return {"nodes": nodes, "pageInfo": info}

    def _made(self, _info: Any, topic: str, webhookSubscription: dict[str, Any]) -> dict[str, Any]:  # noqa: N803
        why = self.refused.get(topic)
        if why:
            return {"userErrors": [{"field": ["topic"], "message": why}]}
        self.kept.append({"topic": topic, **webhookSubscription})
        return {"userErrors": []}

    def _removed(self, _info: Any, id: str) -> dict[str, Any]:
        self.kept.remove(next(each for each in self.kept if _global_id(each) == id))
        return {"deletedWebhookSubscriptionId": id, "userErrors": []}


class SaleorWebhooks(WebhooksThere):
    """`kept` as its inputs name it, with an `id`; `is_on`: whether the app is."""

    schema = _schema("saleor")
    is_on = True

    def root(self) -> dict[str, Any]:
        done = {"webhookCreate": self._made, "webhookUpdate": self._changed, "webhookDelete": self._removed}
        return {"app": self._app, **done}

    def _app(self, _info: Any) -> dict[str, Any] | None:
        return {"id": "QXBwOjE=", "webhooks": [_told(each) for each in self.kept]} if self.is_on else None

    def _made(self, _info: Any, input: dict[str, Any]) -> dict[str, Any]:
        self.kept.append({**input, "id": f"V2ViaG9vazo{len(self.kept)}"})
        return {"errors": []}

    def _changed(self, _info: Any, id: str, input: dict[str, Any]) -> dict[str, Any]:
        if id in self.refused:
            return {"errors": [{"code": "INVALID", "message": self.refused[id]}]}
        (one,) = [each for each in self.kept if each["id"] == id]
        one |= input
        return {"errors": []}

    def _removed(self, _info: Any, id: str) -> dict[str, Any]:
        (one,) = [each for each in self.kept if each["id"] == id]
        self.kept.remove(one)
        return {"errors": []}


def _global_id(webhook: dict[str, Any]) -> str:
    return f"gid://shopify/WebhookSubscription/{id(webhook)}"


def _told(webhook: dict[str, Any]) -> dict[str, Any]:
    events = [{"eventType": each} for each in webhook["asyncEvents"]]
    return {**webhook, "asyncEvents": events, "subscriptionQuery": webhook["query"]}

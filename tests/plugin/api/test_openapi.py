"""The API keeps to its own description, whatever is sent to it."""

from typing import Any

import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.conftest import ORIGIN
from tests.plugin.conftest import CoffeeShop
from tests.plugin.storefront import BROWSER, publish

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


def test_every_answer_is_one_that_the_description_names(coffee: CoffeeShop) -> None:
    """A dozen questions for each operation, right and wrong ones, made up from the description itself."""
    publish(coffee.runtime, coffee.shop_id)
    schema = schemathesis.openapi.from_wsgi("/openapi.json", coffee.client.application)
    operations = [found.ok() for found in schema.get_all_operations()]
    assert {"GET /v1/recommendations", "POST /v1/events"} <= {each.label for each in operations}
    asked = settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    for operation in sorted(operations, key=lambda each: "keys" in each.label):  # new keys end the old ones
        for mode in GenerationMode:
            cases = operation.as_strategy(generation_mode=mode)
            asked(given(case=cases)(checked_for(coffee)))()


def checked_for(shop: CoffeeShop) -> Any:
    headers = {"Origin": ORIGIN, "User-Agent": BROWSER, "Authorization": f"Bearer {shop.keys.secret}"}

    def checked(case: schemathesis.Case) -> None:
        for part in (case.query, case.body):
            if isinstance(part, dict) and "key" in part:
                part["key"] = shop.keys.public
        case.call_and_validate(headers=headers, checks=CHECKS)

    return checked

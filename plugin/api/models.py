"""Trainings and models, for the shop's own programs: ask, look, go back."""

from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, request

from plugin.api import body
from plugin.api.bearer import shop_of_request
from plugin.api.openapi import Description, described
from plugin.errors import Refusal
from plugin.jobs.queue import wake
from plugin.runtime import Runtime
from plugin.schemas.keys import TrainingOut
from plugin.schemas.models import CardOut, ModelOut, ModelsOut, RollBack, TrainingsOut, TrainingsQuery
from plugin.store import models, shops, trainings
from plugin.store.models import Artefact

_TOLD = ("as_of", "n_orders", "n_products", "n_customers")


def blueprint(runtime: Runtime) -> Blueprint:
    """Below /v1: /trainings, /models, /models/{model_version}, /models/rollback."""
    routes = Blueprint("models", __name__)

    @routes.post("/trainings")
    @described(Description(answers={202: TrainingOut}, with_secret_key=True, refusals=(400, 401, 413)))
    def train() -> Any:
        """Ask for a training now; one that is asked for or running already is given back."""
        shop_id = shop_of_request(runtime)
        body.read_needless()
        with runtime.database.write() as connection:
            training = trainings.request(connection, shop_id, "merchant", datetime.now(UTC))
        wake(runtime, shop_id)
        return TrainingOut().dump(training), 202

    @routes.get("/trainings")
    @described(
        Description(
            answers={200: TrainingsOut}, query=TrainingsQuery, with_secret_key=True, refusals=(401, 422)
        )
    )
    def list_trainings() -> Any:
        """The newest trainings and how they ended."""
        shop_id = shop_of_request(runtime)
        limit = TrainingsQuery().load(request.args.to_dict())["limit"]
        with runtime.database.read() as connection:
            found = trainings.recent(connection, shop_id, limit)
        return TrainingsOut().dump({"trainings": found})

    @routes.get("/models")
    @described(Description(answers={200: ModelsOut}, with_secret_key=True, refusals=(401,)))
    def list_models() -> Any:
        """The models that can be used."""
        shop_id = shop_of_request(runtime)
        with runtime.database.read() as connection:
            in_use = shops.require(connection, shop_id).model_version
            told = [_told(each, in_use) for each in models.all_of(connection, shop_id)]
            return ModelsOut().dump({"models": told, "held": models.is_held(connection, shop_id)})

    @routes.get("/models/<int:model_version>")
    @described(Description(answers={200: CardOut}, with_secret_key=True, refusals=(401, 404)))
    def show_model(model_version: int) -> Any:
        """A model's card."""
        shop_id = shop_of_request(runtime)
        with runtime.database.read() as connection:
            in_use = shops.require(connection, shop_id).model_version
            found = models.find(connection, shop_id, model_version)
        if found is None:
            raise Refusal("not_found", "This shop has no model with this number.")
        return CardOut().dump(_told(found, in_use) | {"card": found.figures})

    @routes.post("/models/rollback")
    @described(
        Description(
            answers={200: ModelOut}, body=RollBack, with_secret_key=True, refusals=(400, 401, 404, 413, 422)
        )
    )
    def roll_back() -> Any:
        """Put an older model in use at once. It stays until a training is asked for, or a newer one is put in
        use in the same way.
        """
        shop_id = shop_of_request(runtime)
        sent = body.read()
        wanted = RollBack().load(body.as_json(sent) if sent else {})["model_version"]
        with runtime.database.write() as connection:
            artefact = models.roll_back(connection, shop_id, wanted)
        return ModelOut().dump(_told(artefact, artefact.model_version))

    return routes


def _told(artefact: Artefact, in_use: int) -> dict[str, Any]:
    """An artefact as its schema takes it."""
    told = {name: artefact.figures.get(name) for name in _TOLD}
    reason = (artefact.figures.get("verdict") or {}).get("reason")
    used = artefact.model_version == in_use
    return {**told, "reason": reason, "in_use": used, **vars(artefact)}

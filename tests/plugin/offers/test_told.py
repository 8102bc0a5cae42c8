"""The page for merchants and developers names all there is."""

import json
import re
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from werkzeug.serving import make_server

from plugin.api.errors import OFFER_REASONS
from plugin.offers.conditions import CONDITIONS
from plugin.offers.kinds import KINDS
from plugin.offers.parameters import parameters_of
from plugin.schemas.offer import Offer
from plugin.schemas.offer_settings import OfferSettings
from tests.plugin.offers.shop import OfferShop, claim

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs/offers.md").read_text()


def test_every_field_kind_condition_parameter_and_setting_is_told() -> None:
    names = [*Offer().fields, *OfferSettings().fields, *KINDS, *CONDITIONS]
    for each in [*KINDS.values(), *CONDITIONS.values()]:
        names += [parameter.name for parameter in parameters_of(each)]
    assert [name for name in names if not re.search(rf"\b{name}\b", PAGE)] == []


def test_every_reason_of_a_refusal_is_told() -> None:
    files = ("redeeming", "claims", "company")
    text = "".join((ROOT / f"plugin/offers/{name}.py").read_text() for name in files)
    refused = re.findall(r'Refusal\(\s*"(\w+)"', text)
    tokens = re.findall(r'Refusal\("(\w+)"', (ROOT / "plugin/offers/tokens.py").read_text())
    assert [reason for reason in {*refused, *tokens, *OFFER_REASONS} if f"`{reason}`" not in PAGE] == []


def example(language: str) -> str:
    blocks: list[str] = re.findall(rf"```{language}\n(.*?)```", PAGE, flags=re.DOTALL)
    return next(block for block in blocks if "redeem" in block)


CALLS = {
    "python": (
        [sys.executable, "-c"],
        "{code}\nimport sys\nprint(json.dumps(redeem(*map(json.loads, sys.argv[1:]))))",
    ),
    "php": (
        ["php", "-r"],
        "{code}\n$given = array_map(fn ($a) => json_decode($a, true), array_slice($argv, 1));"
        "echo json_encode(redeem(...$given));",
    ),
    "js": (
        ["node", "-e"],
        "{code}\nredeem(...process.argv.slice(1).map((a) => JSON.parse(a)))"
        ".then((done) => console.log(JSON.stringify(done)));",
    ),
}


@pytest.mark.parametrize("language", CALLS)
def test_the_pasted_server_side_redeems(cafe: OfferShop, language: str) -> None:
    command, form = CALLS[language]
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not on this machine")
    cafe.put({})
    accepted = cafe.accepted()
    order = {name: value for name, value in claim(accepted, "o1").items() if name not in ("code", "token")}
    server = make_server("127.0.0.1", 0, cafe.client.application, threaded=False)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        address = f"http://127.0.0.1:{server.server_port}"
        arguments = [json.dumps(each) for each in (address, cafe.keys.secret, accepted, order)]
        program = form.replace("{code}", example(language))
        done = subprocess.run([*command, program, *arguments], capture_output=True, text=True, check=False)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["order_id"] == "o1"
    assert cafe.row().redeemed == 1

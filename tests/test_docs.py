"""The documentation is true: settings and commands are told, and the pasted examples do what they promise."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from plugin import config
from plugin.cli import encore
from plugin.schemas.settings import ShopSettings

ROOT = Path(__file__).parent.parent
SECRET, SHOP, CUSTOMER = "whsec_0123", "shop_a", "c 1/ü"


def _example(language: str) -> str:
    text = (ROOT / "README.md").read_text()
    blocks: list[str] = re.findall(rf"```{language}\n(.*?)```", text, flags=re.DOTALL)
    return next(block for block in blocks if "ustomer" in block and "sha256" in block)


def _expected(expires: str) -> str:
    import hashlib
    import hmac

    message = f"{SHOP}\n{CUSTOMER}\n{expires}".encode()
    return hmac.new(SECRET.encode(), message, hashlib.sha256).hexdigest()


CALLS = {
    "python": ([sys.executable, "-c"], "{code}\nprint(customer_proof({args}))"),
    "php": (["php", "-r"], "{code}\necho customer_proof({args});"),
    "js": (["node", "-e"], "{code}\nconsole.log(customerProof({args}))"),
}


@pytest.mark.parametrize("language", CALLS)
def test_the_pasted_helper_makes_a_proof_that_holds(language: str) -> None:
    command, form = CALLS[language]
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not on this machine")
    args = ", ".join(json.dumps(each, ensure_ascii=False) for each in (SECRET, SHOP, CUSTOMER))
    program = form.format(code=_example(language), args=args)
    proof = subprocess.run([*command, program], capture_output=True, text=True, check=True).stdout.strip()
    expires, _, signature = proof.partition(".")
    assert signature == _expected(expires)


def test_every_environment_variable_is_told_and_none_that_is_not_there() -> None:
    told = set(re.findall(r"^\| `(ENCORE_[A-Z_]+)`", (ROOT / "docs/run.md").read_text(), flags=re.MULTILINE))
    assert told == config.KNOWN


def test_every_setting_of_a_shop_is_told() -> None:
    text = (ROOT / "docs/merchant.md").read_text()
    assert [name for name in ShopSettings().fields if f"`{name}`" not in text] == []


def test_every_command_is_told() -> None:
    text = (ROOT / "docs/commands.md").read_text()
    assert [name for name in encore.list_commands(None) if f"encore {name}" not in text] == []  # type: ignore[arg-type]


def test_links_between_pages_lead_somewhere() -> None:
    for page in [ROOT / "README.md", ROOT / "CHANGELOG.md", *ROOT.glob("docs/**/*.md")]:
        for target in re.findall(r"\]\(([^)#]+)", page.read_text()):
            if not re.match(r"https?:|mailto:", target):
                assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_the_lock_names_exact_versions_and_no_addresses() -> None:
    for line in (ROOT / "requirements.lock").read_text().splitlines():
        assert re.fullmatch(r"[A-Za-z0-9._-]+==[^ @/:]+", line), line

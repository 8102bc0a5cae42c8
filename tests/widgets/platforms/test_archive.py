"""What is installed on a platform: a whole folder, the same bytes each time; the theme's blocks fit."""

import hashlib
import io
import json
import re
from pathlib import Path
from zipfile import ZipFile

import pytest

from widgets.archive import INSTALLED, PLATFORMS, archive

SHOPIFY = PLATFORMS / "shopify"
LANGUAGES = ("en.default", "es", "it", "zh-CN")


@pytest.mark.parametrize("platform", INSTALLED)
def test_the_zip_file_is_the_folder_and_the_same_bytes_whatever_the_clock_says(platform: str) -> None:
    folder = PLATFORMS / platform
    with ZipFile(io.BytesIO(archive(platform))) as opened:
        held = {name: opened.read(name) for name in opened.namelist()}
        assert {each.date_time for each in opened.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    wanted = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    assert held == {f"encore/{name}": path.read_bytes() for name, path in wanted.items()}
    assert list(held) == sorted(held)
    first = hashlib.sha256(archive(platform)).digest()
    archive.cache_clear()
    assert hashlib.sha256(archive(platform)).digest() == first


def _schema(block: Path) -> dict[str, object]:
    found = re.search(r"{% schema %}(.+){% endschema %}", block.read_text(), re.DOTALL)
    assert found, block
    schema: dict[str, object] = json.loads(found[1])
    return schema


def _keys(value: object, before: str = "") -> set[str]:
    if not isinstance(value, dict):
        return {before}
    return {key for name, each in value.items() for key in _keys(each, f"{before}.{name}".strip("."))}


def test_every_word_of_the_blocks_is_there_in_four_languages() -> None:
    asked = {
        key
        for block in SHOPIFY.glob("blocks/*.liquid")
        for key in re.findall(r'"t:([\w.]+)"', json.dumps(_schema(block)))
    }
    for language in LANGUAGES:
        told = json.loads((SHOPIFY / f"locales/{language}.schema.json").read_text())
        assert _keys(told) == asked, language


def test_what_a_merchant_types_is_escaped_and_blocks_stand_where_scripts_run() -> None:
    for block in SHOPIFY.glob("blocks/*.liquid"):
        body = block.read_text().partition("{% schema %}")[0]
        shown = re.findall(r"{{[- ]*block\.settings\.(\w+)(.*?)}}", body)
        assert all("escape" in filters or name == "most" for name, filters in shown), block
        schema = _schema(block)
        assert len(str(schema["name"])) <= 25 or str(schema["name"]).startswith("t:")
        assert "checkout" not in json.dumps(schema.get("enabled_on", {}))

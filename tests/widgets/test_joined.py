"""The modules become one file, and whatever the joining does not know is refused in words."""

import base64
import gzip
import hashlib
from graphlib import CycleError
from pathlib import Path

import pytest

import widgets


def _modules(folder: Path, **texts: str) -> Path:
    for name, text in texts.items():
        (folder / f"{name}.js").write_text(text)
    return folder


def test_all_elements_together_come_in_twenty_kilobytes() -> None:
    assert len(gzip.compress(widgets.joined(), 9)) <= 20_000


def test_the_address_and_the_integrity_hash_are_of_the_served_bytes() -> None:
    served = widgets.joined()
    assert widgets.version() == hashlib.sha256(served).hexdigest()[:12]
    kind, encoded = widgets.integrity().split("-")
    assert base64.b64decode(encoded) == hashlib.new(kind, served).digest()


def test_the_served_file_imports_and_exports_nothing() -> None:
    lines = widgets.joined().decode().splitlines()
    assert not [line for line in lines if line.startswith(("import ", "export "))]


def test_a_module_stands_after_those_it_imports(tmp_path: Path) -> None:
    source = _modules(
        tmp_path,
        encore='import { b } from "./b.js";\nimport { a } from "./a.js";\nrun(b, a);\n',
        b='import { a } from "./a.js";\nexport const b = a + 1;\n',
        a="export const a = 1;\n",
    )
    assert widgets.joined(source).decode().split() == ["const", "a=1;const", "b=a+1;run(b,a);"]


@pytest.mark.parametrize(
    ("encore", "other", "reason"),
    [
        (
            'import { a } from "./a.js";\nconst a2 = a;',
            "const a = 1;",
            "imports a, which a.js does not export",
        ),
        (
            'import { a } from "./a.js";\nconst b = 1;',
            "export const a = 1;\nconst b = 2;",
            "b is declared twice",
        ),
        ('import { a } from "./b.js";', "", "b.js is not there"),
        ('import { a } from "a-package";', "", "on one line"),
        ('import a from "./a.js";', "export const a = 1;", "on one line"),
        ("export default 1;", "", "does not know this form"),
        ("const { a } = window;", "", "does not know this form"),
        ("var a = 1;", "", "does not know this form"),
    ],
)
def test_what_cannot_be_joined_is_refused(tmp_path: Path, encore: str, other: str, reason: str) -> None:
    with pytest.raises(widgets.JoinError, match=reason):
        widgets.joined(_modules(tmp_path, encore=encore, a=other))


def test_modules_that_import_each_other_are_refused(tmp_path: Path) -> None:
    encore = 'import { a } from "./a.js";\nexport const e = 1;'
    with pytest.raises(CycleError):
        widgets.joined(
            _modules(tmp_path, encore=encore, a='import { e } from "./encore.js";\nexport const a = 1;')
        )

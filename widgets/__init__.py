"""The browser's part: custom elements in plain ES modules, joined here into the one file a shop embeds.

Beside it stand the files that join a shop's own cart to them: one for each platform, `shop.js` for any other.
"""

import base64
import hashlib
import re
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path
from string import ascii_letters

import rjsmin

SOURCE = Path(__file__).parent / "src"
ENTRY = "encore.js"
FILES = (ENTRY, "shop.js", "ecwid.js", "saleor.js", "shopify.js", "woocommerce.js")
"""What is served; `shop.js` and `saleor.js` are imported by a page, and keep their exports."""

_IMPORT = re.compile(r'^import \{ (?P<names>[\w, ]+) \} from "\./(?P<module>[\w-]+\.js)";$')
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function|class|const|let)\b)")
_TOP_LEVEL = re.compile(r"^(?:export )?(?:async )?(?:function\*?|class|const|let) (\w+)")
_PRIVATE = re.compile(r"^  (?:(?:async|static|get|set) )*#(\w+)", re.MULTILINE)
_REFUSED = re.compile(r"^(?:import|export|var)\b|^(?:const|let) [\[{]")


class JoinError(Exception):
    """A source module does what the joining does not know; the message says where and what."""


@cache
def joined(source: Path = SOURCE, entry: str = ENTRY) -> bytes:
    """The modules that `entry` reaches, as one minified module in UTF-8, each after those it imports.

    Raises:
        JoinError: an unknown form of import or export, an import of what is not exported, a top-level name
            used twice.
        graphlib.CycleError: modules that import each other.
    """
    modules = _reached(source, entry)
    _check_names(modules)
    order = TopologicalSorter({name: _imports(name, text) for name, text in modules.items()}).static_order()
    whole = "\n".join(_stripped(name, modules[name], keep_exports=name == entry) for name in order)
    return str(rjsmin.jsmin(_with_short_privates(whole))).encode()


def version(entry: str = ENTRY) -> str:
    """Twelve hex digits that change with the file: the part of the address which may be kept for ever."""
    return hashlib.sha256(joined(entry=entry)).hexdigest()[:12]


def integrity() -> str:
    """The value of the `integrity` attribute for the immutable address."""
    return "sha384-" + base64.b64encode(hashlib.sha384(joined()).digest()).decode()


def _with_short_privates(text: str) -> str:
    """`text` with the private names of its classes (`#settle`) as one letter each: nobody sees them."""
    short = dict(zip(sorted(set(_PRIVATE.findall(text))), ascii_letters, strict=False))
    return re.sub(r"#(\w+)\b", lambda found: f"#{short.get(found[1], found[1])}", text)


def _reached(source: Path, entry: str) -> dict[str, str]:
    modules: dict[str, str] = {}
    waiting = [entry]
    while waiting:
        name = waiting.pop()
        if name not in modules:
            modules[name] = _read(source, name)
            waiting.extend(_imports(name, modules[name]))
    return modules


def _read(source: Path, name: str) -> str:
    path = source / name
    if not path.is_file():
        raise JoinError(f"{name} is imported, but {path} is not there")
    return path.read_text(encoding="utf-8")


def _imports(name: str, text: str) -> dict[str, list[str]]:
    """The modules that one imports, each with the names taken from it."""
    lines = [line for line in text.splitlines() if line.startswith("import")]
    found = [(_IMPORT.match(line), line) for line in lines]
    for match, line in found:
        if match is None:
            raise JoinError(f'{name}: write `import {{ a, b }} from "./module.js";` on one line, not: {line}')
    return {match["module"]: match["names"].split(", ") for match, _ in found if match}


def _check_names(modules: dict[str, str]) -> None:
    owner: dict[str, str] = {}
    for module, text in modules.items():
        for name in _names(text):
            if name in owner:
                raise JoinError(f"{name} is declared twice: in {owner[name]} and in {module}; rename one")
            owner[name] = module
    for module, text in modules.items():
        for source, names in _imports(module, text).items():
            missing = sorted(set(names) - set(_names(modules[source], exported=True)))
            if missing:
                raise JoinError(f"{module} imports {', '.join(missing)}, which {source} does not export")


def _names(text: str, exported: bool = False) -> list[str]:
    lines = [line for line in text.splitlines() if line.startswith("export ") or not exported]
    return [match[1] for line in lines if (match := _TOP_LEVEL.match(line))]


def _stripped(name: str, text: str, keep_exports: bool) -> str:
    lines = [line for line in text.splitlines() if not _IMPORT.match(line)]
    kept = [_EXPORT.sub("", line) for line in lines]
    for line in kept:
        if _REFUSED.match(line):
            raise JoinError(f"{name}: the joining does not know this form at top level: {line}")
    return "\n".join(lines if keep_exports else kept)

"""The kinds of offers, one file each, found by themselves."""

from importlib import import_module
from pkgutil import iter_modules

from plugin.offers.kinds.kind import Kind

__all__ = ["KINDS", "Kind"]


def _found() -> dict[str, type[Kind]]:
    for module in iter_modules(__path__):
        import_module(f"{__name__}.{module.name}")
    waiting, found = [Kind], {}
    while waiting:
        for kind in waiting.pop().__subclasses__():
            waiting.append(kind)
            if "name" in kind.__dict__:
                found[kind.name] = kind
    return dict(sorted(found.items()))


KINDS = _found()
"""Every kind by its name."""

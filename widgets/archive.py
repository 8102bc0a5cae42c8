"""What a merchant installs on a platform: its folder as a zip file, the same bytes wherever it is made."""

import io
from functools import cache
from pathlib import Path
from zipfile import ZipFile, ZipInfo

PLATFORMS = Path(__file__).parent / "platforms"
INSTALLED = ("shopify", "woocommerce")
"""The platforms with something to install."""
_FOLDER = "encore"
_UNIX = 3
_READABLE = 0o644 << 16


@cache
def archive(platform: str) -> bytes:
    """The zip file for one of `INSTALLED`: sorted, without times and not packed, for packing differs."""
    folder = PLATFORMS / platform
    files = [path for path in folder.rglob("*") if path.is_file()]
    whole = io.BytesIO()
    with ZipFile(whole, "w") as opened:
        for path in sorted(files, key=lambda each: each.relative_to(folder).as_posix()):
            entry = ZipInfo(f"{_FOLDER}/{path.relative_to(folder).as_posix()}")
            entry.create_system, entry.external_attr = _UNIX, _READABLE
            opened.writestr(entry, path.read_bytes())
    return whole.getvalue()

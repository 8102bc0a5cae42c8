"""The shop's pictures are drawings that fit any size, so a thumbnail is the drawing itself."""

from typing import Any

from oscar.core.thumbnails import AbstractThumbnailer


class Drawings(AbstractThumbnailer):
    def generate_thumbnail(self, source: Any, **_: Any) -> Any:
        return source

    def delete_thumbnails(self, source: Any) -> None:
        pass

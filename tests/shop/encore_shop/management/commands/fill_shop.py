"""`fill_shop FILE`: make the tables of a new shop, and put the catalogue of a JSON file into it."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand

from tests.shop.encore_shop import catalogue


class Command(BaseCommand):
    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *_: Any, file: Path, **__: Any) -> None:
        call_command("migrate", run_syncdb=True, verbosity=0)
        catalogue.put(json.loads(file.read_text()))

"""What the figures were measured on, and how they are printed."""

import os
import platform
import sys
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

PARTS = (
    "encore-storefront",
    "flask",
    "granian",
    "sqlalchemy",
    "implicit",
    "scipy",
    "numpy",
    "polars",
    "redis",
)


def describe() -> None:
    """Print processor, memory, system and the versions of the parts that count."""
    say("machine", machine())
    say("python", sys.version.split()[0])
    say("versions", versions())


def machine() -> str:
    """Processor, memory and system."""
    memory_kib = int(Path("/proc/meminfo").read_text().split()[1])
    name = next(
        (
            line.split(":")[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        platform.machine(),
    )
    size = f"{os.cpu_count()} cores, {memory_kib / 2**20:.0f} GiB"
    return f"{name}, {size}, {platform.system()} {platform.release()}"


def versions() -> str:
    """The parts that count, each with its version."""
    return ", ".join(f"{part} {version(part)}" for part in PARTS)


class Said(NamedTuple):
    """A figure: its name, its value, and what it should be, where somebody wants something of it."""

    name: str
    value: str
    goal: str


SAID: list[Said] = []
"""All that was said in this run, in order."""


def say(name: str, value: str, goal: str = "") -> None:
    """One line: a figure's name, its value and its goal."""
    SAID.append(Said(name, value, goal))
    print(f"{name:<46} {value}{f'   (goal: {goal})' if goal else ''}", flush=True)

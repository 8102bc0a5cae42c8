"""What the figures were measured on, and how they are printed."""

import os
import platform
import sys
from importlib.metadata import version
from pathlib import Path

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


def say(name: str, value: str) -> None:
    """One line: a figure's name and its value."""
    print(f"{name:<46} {value}", flush=True)

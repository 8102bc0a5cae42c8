"""What `encore serve` refuses before it does anything."""

import socket
from pathlib import Path

import pytest

from tests.plugin.cli.installation import run


@pytest.mark.parametrize("shared", [False, True])
def test_a_taken_port_is_said_before_anything_is_made(home: Path, shared: bool) -> None:
    with socket.create_server(("127.0.0.1", 0), reuse_port=shared) as server:
        port = server.getsockname()[1]
        done = run("serve", "--port", str(port), "--workers", "1")
    assert done.exit_code == 1
    assert f"Port {port} is taken" in done.stderr
    assert not (home / "encore.db").exists()


@pytest.mark.parametrize("port", ["0", "-1", "65536"])
def test_a_port_that_is_none(home: Path, port: str) -> None:
    done = run("serve", "--port", port)
    assert done.exit_code == 2
    assert "--port" in done.stderr
    assert not home.exists()


def test_an_address_of_another_machine(home: Path) -> None:
    done = run("serve", "--host", "192.0.2.1")
    assert done.exit_code == 1
    assert "Cannot listen on 192.0.2.1" in done.stderr
    assert not (home / "encore.db").exists()

"""What `encore demo` refuses before it does anything."""

import socket
from pathlib import Path

from click.testing import CliRunner

from plugin.cli import encore
from plugin.demo.commands import free_port


def test_a_taken_port_is_said_before_anything_is_made(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        done = CliRunner().invoke(encore, ["demo", "--home", str(tmp_path / "new"), "--port", str(port)])

    assert done.exit_code == 1
    assert f"Port {port} is taken" in done.stderr
    assert not (tmp_path / "new").exists()


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    done = CliRunner().invoke(encore, ["demo", "--home", str(tmp_path), "--port", str(free_port())])

    assert done.exit_code == 1
    assert "holds something else" in done.stderr
    assert (tmp_path / "thesis.txt").read_text() == "years of work"

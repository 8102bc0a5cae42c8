"""What a merchant's address may reach: the world, and never what only this machine can."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest

from plugin.errors import Refusal
from plugin.outbound import LARGEST_ANSWER_BYTES, Message, WayOut


@contextmanager
def server(speak: Callable[[socket.socket], None]) -> Iterator[str]:
    """A local server that lets `speak` deal with its first connection; gives its address."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def one() -> None:
            opened, _ = listening.accept()
            with opened:
                opened.recv(1 << 16)
                with suppress(OSError):
                    speak(opened)

        thread = threading.Thread(target=one, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/x"
        thread.join(5)


def asked(url: str, *networks: str, patience_seconds: float = 5) -> Any:
    return WayOut(networks).send(Message(url), patience_seconds)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:1/",
        "http://localhost:1/",
        "http://2130706433/",  # 127.0.0.1 as one number
        "http://0x7f.1/",
        "http://0.0.0.0/",
        "http://10.1.2.3/",
        "http://192.168.0.1/",
        "http://172.16.0.1/",
        "http://169.254.169.254/latest/meta-data/",
        "http://100.64.0.1/",
        "http://224.0.0.1/",
        "http://[::1]/",
        "http://[fd00::1]/",
        "http://[fe80::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[64:ff9b::7f00:1]/",
        "http://[2002:7f00:1::]/",
        "http://192.0.0.8/",
        "http://192.0.0.192/opc/v2/",  # Oracle's metadata
        "http://192.88.99.1/",
        "http://168.63.129.16/",  # Azure's agent
        "http://[64:ff9b:1::7f00:1]/",
        "http://[3fff::1]/",
        "http://[5f00::1]/",
        "http://[fec0::1]/",
        "http://[2001:4860::5efe:7f00:1]/",  # ISATAP
        "http://[2001:4860::200:5efe:7f00:1]/",
        "https://127.0.0.1/",
        "file:///etc/passwd",
        "gopher://example.org/",
        "ftp://example.org/",
        "http://user@example.org/",
        "http://",
        "//example.org/",
        "http://example.org:0/",
        "http://example.org:99999/",
        "http://exa mple.org/",
        "http://example.org/\r\nX: y",
    ],
)
def test_what_is_not_a_public_address_is_not_asked(url: str) -> None:
    with pytest.raises(Refusal) as refused:
        asked(url)
    assert refused.value.reason == "address_forbidden"


def test_the_operator_may_name_networks_of_their_own() -> None:
    with server(
        lambda opened: opened.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-A: b\r\n\r\nhi")
    ) as url:
        with pytest.raises(Refusal):
            asked(url, "10.0.0.0/8")
        answer = asked(url, "10.0.0.0/8", "127.0.0.0/8")
    assert (answer.status, answer.headers["x-a"], answer.body) == (200, "b", b"hi")


def test_the_socket_goes_to_the_address_that_was_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that is public at the first look and this machine at the second (DNS rebinding)."""
    looked: list[str] = []

    def resolve(host: str, port: int, **_options: Any) -> list[Any]:
        looked.append(host)
        number = "203.0.113.9" if len(looked) > 1 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (number, port))]

    with server(lambda opened: opened.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")) as url:
        whole = socket.getaddrinfo
        monkeypatch.setattr(
            socket,
            "getaddrinfo",
            lambda host, port, *a, **k: (resolve if host == "shop.test" else whole)(host, port, *a, **k),
        )
        assert asked(url.replace("127.0.0.1", "shop.test"), "127.0.0.0/8").status == 204
    assert looked == ["shop.test"]


def test_one_private_address_among_public_ones_is_enough_to_refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    both = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, 80)) for each in ("8.8.8.8", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, **_k: both)
    with pytest.raises(Refusal) as refused:
        asked("http://shop.test/")
    assert refused.value.reason == "address_forbidden"


def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    text = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"
    with server(lambda opened: opened.sendall(text)) as url:
        assert asked(url, "127.0.0.0/8").status == 302


def _drip(opened: socket.socket) -> None:
    for _ in range(100):
        opened.sendall(b"X")
        threading.Event().wait(0.05)


def _flood(opened: socket.socket) -> None:
    opened.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    for _ in range(LARGEST_ANSWER_BYTES // 65_536 + 2):
        opened.sendall(b"x" * 65_536)


@pytest.mark.parametrize(
    "speak",
    [
        _drip,
        _flood,
        lambda opened: opened.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"),
        lambda opened: opened.sendall(b"not HTTP\r\n\r\n"),
        lambda opened: None,
    ],
    ids=["a byte now and then", "no end", "half an answer", "not HTTP", "hangs up"],
)
def test_a_server_that_misbehaves_is_left_in_time(speak: Callable[[socket.socket], None]) -> None:
    with server(speak) as url, pytest.raises(Refusal) as refused:
        asked(url, "127.0.0.0/8", patience_seconds=1)
    assert refused.value.reason == "unreachable"


def test_a_host_that_has_no_address_is_unreachable() -> None:
    with pytest.raises(Refusal) as refused:
        asked("http://nobody.invalid/")
    assert refused.value.reason == "unreachable"


@pytest.mark.parametrize("token", ["shpat_SECRET\nX: 1", "shpat_SECRET…"])
def test_what_cannot_be_sent_is_not_told_to_anybody(token: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/"
        message = Message(url, headers={"X-Token": token})
        with pytest.raises(Refusal) as refused:
            WayOut(["127.0.0.0/8"]).send(message, 5)
    assert refused.value.reason == "unreachable"
    assert "SECRET" not in refused.value.message
    assert refused.value.__context__ is None

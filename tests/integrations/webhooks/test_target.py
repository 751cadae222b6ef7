"""Where a message may go, and where never."""

import socket
from typing import Any

import pytest

from controller.integrations.webhooks.target import check, resolve
from controller.kernel.open_internet import NotAllowed, NotFound

PRIVATE = (
    "http://127.0.0.1/",
    "http://localhost:8000/",
    "http://[::1]/",
    "http://10.1.2.3/",
    "http://192.168.1.1/hook",
    "http://172.16.0.1/",
    "http://169.254.169.254/latest/meta-data",
    "http://0.0.0.0/",
    "http://[::ffff:127.0.0.1]/",
    "http://[fe80::1]/",
    "http://[fd00::1]/",
    "http://224.0.0.1/",
    "http://2130706433/",  # 127.0.0.1 as one number
    "http://0x7f.1/",
    "http://[::127.0.0.1]/",  # as IPv4 was once written in IPv6
    "http://[64:ff9b::192.168.1.1]/",  # by way of a translator
    "http://[64:ff9b:1::7f00:1]/",
    "http://[2002:7f00:1::]/",  # by way of a relay
    "http://[fec0::1]/",
    "http://[ff02::1]/",
)


@pytest.mark.parametrize("url", PRIVATE)
def test_this_computer_and_private_networks_are_out_of_bounds(url: str) -> None:
    with pytest.raises(NotAllowed, match="private network"):
        resolve(url, allow_private=False)
    with pytest.raises(NotAllowed, match="private network"):
        check(url, allow_private=False)


def test_they_are_reached_where_a_place_allows_it() -> None:
    assert resolve("http://127.0.0.1:8000/", allow_private=True).address == "127.0.0.1"


@pytest.mark.parametrize("host", ["93.184.216.34", "2606:4700::1111", "64:ff9b::5db8:d822"])
def test_an_address_of_the_open_internet_is_taken_as_it_is(host: str) -> None:
    written = f"[{host}]" if ":" in host else host
    check(f"https://{written}/hook", allow_private=False)
    assert resolve(f"https://{written}/hook", allow_private=False).address == host


def test_a_name_is_judged_when_it_is_looked_up() -> None:
    check("http://somewhere.localhost.example/", allow_private=False)
    with pytest.raises(NotAllowed, match="private network"):
        check("http://somewhere.localhost./", allow_private=False)


def test_a_name_that_leads_nowhere_is_said() -> None:
    with pytest.raises(NotFound, match="can't be looked up"):
        resolve("https://nowhere.invalid/", allow_private=False)


@pytest.mark.parametrize("url", ["http:///hook", "https://:443/"])
def test_an_address_without_a_host_is_none(url: str) -> None:
    with pytest.raises(ValueError, match="host"):
        resolve(url, allow_private=True)


def test_a_name_that_leads_elsewhere_a_moment_later_is_not_followed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As DNS rebinding has it: judged as an address of the internet, then this computer's."""
    answers, real = ["93.184.216.34"], socket.getaddrinfo
    connected: list[str] = []

    def rebinding(host: str, port: int, *args: Any, **given: Any) -> Any:
        return real(answers.pop() if answers else "127.0.0.1", port, *args, **given)

    def connecting(to: tuple[str, int], *_: Any) -> socket.socket:
        connected.append(to[0])
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    monkeypatch.setattr(socket, "create_connection", connecting)
    for scheme in ("http", "https"):
        answers[:] = ["93.184.216.34"]
        found = resolve(f"{scheme}://rebind.test/", allow_private=False)
        with pytest.raises(ConnectionRefusedError):
            found.post(b"{}", {})
        with pytest.raises(NotAllowed):
            resolve(f"{scheme}://rebind.test/", allow_private=False)
    assert connected == ["93.184.216.34"] * 2

"""A network on this computer: other computers are namespaces, whose cable can be pulled."""

from contextlib import suppress
from types import TracebackType
from typing import Self

from tests.support.bare import must

HERE, NETWORK = "10.213.7.1", "10.213.7.0/24"
_BRIDGE = "loquet-lan"


class Lan:
    """A bridge with this computer at HERE, and as many others as are added."""

    def __init__(self) -> None:
        self._nodes: list[str] = []

    def __enter__(self) -> Self:
        must("ip", "link", "add", _BRIDGE, "type", "bridge")
        must("ip", "address", "add", f"{HERE}/24", "dev", _BRIDGE)
        must("ip", "link", "set", _BRIDGE, "up")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for name in self._nodes:
            with suppress(AssertionError):
                must("ip", "netns", "delete", _space(name))
        must("ip", "link", "delete", _BRIDGE)

    def add(self, name: str) -> str:
        """One computer more; its address."""
        self._nodes.append(name)
        address, cable, space = f"10.213.7.{10 + len(self._nodes)}", _cable(name), _space(name)
        must("ip", "netns", "add", space)
        must("ip", "link", "add", cable, "type", "veth", "peer", "name", "eth0", "netns", space)
        must("ip", "link", "set", cable, "master", _BRIDGE, "up")
        must("ip", "-n", space, "address", "add", f"{address}/24", "dev", "eth0")
        for interface in ("lo", "eth0"):
            must("ip", "-n", space, "link", "set", interface, "up")
        return address

    def inside(self, name: str, *command: str) -> list[str]:
        """The command, run there."""
        return ["ip", "netns", "exec", _space(name), *command]

    def pull(self, name: str) -> None:
        """Its cable is out: nothing is refused, nothing is answered."""
        must("ip", "link", "set", _cable(name), "down")

    def plug(self, name: str) -> None:
        """Its cable is in again."""
        must("ip", "link", "set", _cable(name), "up")


def _space(name: str) -> str:
    return f"loquet-{name}"


def _cable(name: str) -> str:
    return f"lq-{name}"

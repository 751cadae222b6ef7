"""The drivers that Loquet brings itself, whatever else is installed beside it."""

from typing import Any

from devices.registry import Port, drivers


def ours(port: Port[Any, Any]) -> list[str]:
    """Their names, in order; `devices.registry.drivers` has other people's too."""
    found = drivers(port).values()
    return [entry.name for entry in found if entry.dist is not None and entry.dist.name == "loquet"]

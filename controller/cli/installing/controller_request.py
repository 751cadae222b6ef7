"""What a controller shall be."""

from dataclasses import dataclass
from pathlib import Path

from controller.cli.installing.front import HTTPS
from controller.cli.installing.layout import Layout


@dataclass(frozen=True, kw_only=True)
class ControllerRequest:
    """What was asked for."""

    layout: Layout
    site: str
    place: str
    language: str
    time_zone: str
    names: tuple[str, ...]
    """Of this computer; the first is that of the pages."""
    https: int
    http: int
    agents_port: int
    bind: str
    """Of the pages themselves, behind nginx."""
    mqtt_port: int
    certificate: Path | None = None
    """Of one's own, for browsers, and its key."""
    key: Path | None = None
    acme: str | None = None
    """The name for which certbot asks for one."""
    acme_server: str | None = None

    @property
    def url(self) -> str:
        """The pages' address."""
        return address(self.names[0], self.https)

    @property
    def agents_url(self) -> str:
        """Where boxes claim, renew and fetch programs."""
        return address(self.names[0], self.agents_port)

    @property
    def shows_own(self) -> bool:
        """Whether browsers are shown the place's own certificate."""
        return self.certificate is None and self.acme is None


def address(name: str, port: int) -> str:
    """Of HTTPS, with its port where that is not the usual one."""
    host = f"[{name}]" if ":" in name else name
    return f"https://{host}" if port == HTTPS else f"https://{host}:{port}"

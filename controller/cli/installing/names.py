"""Find the names and addresses of this computer, and announce a controller on the network."""

import ipaddress
import shutil
import socket
import subprocess
from xml.sax.saxutils import escape

from controller.cli.installing.layout import program
from controller.settings import SettingsError
from devices.agent.enrolment.mdns import SERVICE

AVAHI = "etc/avahi/services/loquet.service"
"""Path of our service file for Avahi, below the root."""
_AVAHI = """\
<?xml version="1.0" standalone="no"?>
<!DOCTYPE service-group SYSTEM "avahi-service.dtd">
<!-- Made by `loquet setup controller`: lets a Pi find it. -->
<service-group>
  <name replace-wildcards="yes">Loquet %h</name>
  <service>
    <type>{service}</type>
    <port>{port}</port>
    <txt-record>url={url}</txt-record>
    <txt-record>ca={fingerprint}</txt-record>
  </service>
</service-group>
"""


def avahi_file(url: str, port: int, fingerprint: str) -> str:
    """Return the service file for Avahi. Raises SettingsError for an invalid address."""
    if not url.isprintable():
        raise SettingsError(f"[web] agents_url: {url!r} is not an address")
    return _AVAHI.format(service=SERVICE, port=port, url=escape(url), fingerprint=fingerprint)


def own_names(first: str | None) -> tuple[str, ...]:
    """Return names and addresses of this computer; the name for its pages comes first."""
    host = socket.gethostname().split(".")[0].lower()
    local = [f"{host}.local"] if program("avahi-daemon") else []
    names = [*([first] if first else []), *local, *_addresses(), host, f"{host}.local"]
    return tuple(dict.fromkeys(name for name in names if name))


def _addresses() -> list[str]:
    """Return the addresses that `hostname -I` lists, without link-local ones."""
    command = shutil.which("hostname")
    if command is None:
        return []
    output = subprocess.run([command, "-I"], capture_output=True, text=True, check=False).stdout
    return [
        address for address in output.split() if not ipaddress.ip_address(address).is_link_local
    ]

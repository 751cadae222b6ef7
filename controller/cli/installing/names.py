"""By which names and addresses other computers reach this one, and where a controller is heard."""

import ipaddress
import shutil
import socket
import subprocess
from xml.sax.saxutils import escape

from controller.cli.installing.layout import program
from controller.settings import SettingsError
from devices.agent.enrolment.heard import SERVICE

AVAHI = "etc/avahi/services/loquet.service"
_AVAHI = """\
<?xml version="1.0" standalone="no"?>
<!DOCTYPE service-group SYSTEM "avahi-service.dtd">
<!-- Made by `loquet setup controller`: by this a Pi finds it. -->
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
    """What Avahi tells the network. Raises SettingsError where the address is none."""
    if not url.isprintable():
        raise SettingsError(f"[web] agents_url: {url!r} is not an address")
    return _AVAHI.format(service=SERVICE, port=port, url=escape(url), fingerprint=fingerprint)


def own_names(first: str | None) -> tuple[str, ...]:
    """Names and addresses of this computer, the one for its pages first."""
    host = socket.gethostname().split(".")[0].lower()
    local = [f"{host}.local"] if program("avahi-daemon") else []
    names = [*([first] if first else []), *local, *_addresses(), host, f"{host}.local"]
    return tuple(dict.fromkeys(name for name in names if name))


def _addresses() -> list[str]:
    """As `hostname -I` lists them: those that others can reach."""
    asked = shutil.which("hostname")
    if asked is None:
        return []
    said = subprocess.run([asked, "-I"], capture_output=True, text=True, check=False).stdout
    return [address for address in said.split() if not ipaddress.ip_address(address).is_link_local]

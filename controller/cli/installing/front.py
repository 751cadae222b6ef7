"""The front door: nginx in front of the pages, with TLS, limits and buffering of request bodies.

The pages have a certificate for browsers and programs. Boxes have their own port, whose certificate
is issued by the authority in claim codes (docs/decisions/0218).
"""

import re
from dataclasses import dataclass
from pathlib import Path

from controller.settings import SettingsError

NAME = "loquet.conf"
"""Name of our file in nginx's `conf.d`."""
HTTPS, HTTP, AGENTS = 443, 80, 8885
"""Default ports: of the pages with HTTPS and HTTP, and of the boxes."""
_SITE = """\
# Made by `loquet setup controller`, removed by `loquet remove`.
limit_conn_zone $binary_remote_addr zone=loquet:1m;

upstream loquet {{
    server {bind};
    keepalive 16;
}}

server {{
{listen_http}
    server_name {names};
    # The page that explains the certificate works without HTTPS.
    location /trust {{ {proxy} }}
    location /static/ {{ {proxy} }}
    location = /icons.svg {{ {proxy} }}
    # Challenges of an ACME server.
    location {challenges} {{ root {folder}; default_type text/plain; }}
    location / {{ return 308 https://$host{port}$request_uri; }}
}}

server {{
{listen_https}
    http2 on;
    server_name {names};
    ssl_certificate {certificate};
    ssl_certificate_key {key};
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_prefer_server_ciphers on;
    ssl_session_cache shared:loquet_tls:1m;
    ssl_session_timeout 1d;
    {limits}
    location / {{ {proxy} }}
    # Event streams stay open; each sends something more often than this.
    location = /live {{ {proxy} proxy_buffering off; proxy_read_timeout 1h; }}
}}

# For boxes only: they claim, renew and fetch programs here.
server {{
{listen_agents}
    server_name {names};
    ssl_certificate {agents_certificate};
    ssl_certificate_key {agents_key};
    ssl_protocols TLSv1.3;
    {limits}
    location /api/v1/agents/ {{ {proxy} }}
    location = /health/live {{ {proxy} }}
    location / {{ return 404; }}
}}
"""
_LIMITS = """\
server_tokens off;
    client_header_timeout 10s;
    client_body_timeout 10s;
    send_timeout 20s;
    reset_timedout_connection on;
    client_max_body_size 2m;
    large_client_header_buffers 4 16k;
    limit_conn loquet 256;
    proxy_read_timeout 60s;"""
_PROXY = (
    'proxy_pass http://loquet; proxy_http_version 1.1; proxy_set_header Connection "";'
    " proxy_set_header Host $http_host; proxy_set_header X-Forwarded-For $remote_addr;"
    " proxy_set_header X-Forwarded-Proto $scheme;"
)
_STANDALONE = """\
# Made by `loquet setup controller --root`: nginx with this site only, for the current user.
pid {folder}/nginx.pid;
error_log stderr warn;
worker_processes 1;
events {{ worker_connections 1024; }}
http {{
    include {mime};
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {site};
}}
"""


_HOST = re.compile(r"[A-Za-z0-9._:-]{1,255}")
_BIND = re.compile(r"([A-Za-z0-9._-]{1,255}|\[[0-9A-Fa-f:.]{2,45}\]):[0-9]{1,5}")
_PATH = re.compile(r"/[A-Za-z0-9._/@+=,~-]+")
"""Values that can't end a value in nginx's configuration or begin another one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Front:
    """The configuration of nginx: its ports, names and certificates."""

    bind: str
    """Address of the web server behind nginx."""
    names: tuple[str, ...]
    https: int
    http: int
    agents: int
    certificate: Path
    key: Path
    agents_certificate: Path
    agents_key: Path
    challenges: tuple[str, Path]
    """For ACME: the URL prefix of challenges, and the folder that is served there."""

    def site(self) -> str:
        """Return the file for nginx's `conf.d`.

        Raises SettingsError for a value that nginx could misread.
        """
        _check("[web] bind", _BIND, self.bind)
        for name in self.names:
            _check("name or address of this computer", _HOST, name)
        files = (self.certificate, self.key, self.agents_certificate, self.agents_key)
        for file in (*files, self.challenges[1]):
            _check("file for nginx", _PATH, str(file))
        return _SITE.format(
            bind=self.bind,
            names=" ".join(self.names),
            listen_http=_listen_lines(self.http),
            listen_https=_listen_lines(self.https, " ssl"),
            listen_agents=_listen_lines(self.agents, " ssl"),
            port="" if self.https == HTTPS else f":{self.https}",
            proxy=_PROXY,
            limits=_LIMITS,
            certificate=self.certificate,
            key=self.key,
            agents_certificate=self.agents_certificate,
            agents_key=self.agents_key,
            challenges=self.challenges[0],
            folder=self.challenges[1],
        )


def standalone_config(site: Path, folder: Path) -> str:
    """Return a complete configuration of nginx with only this site. Raises SettingsError."""
    for path in (site, folder):
        _check("file for nginx", _PATH, str(path))
    return _STANDALONE.format(folder=folder, site=site, mime="/etc/nginx/mime.types")


def _check(name: str, allowed: re.Pattern[str], value: str) -> None:
    if not allowed.fullmatch(value):
        raise SettingsError(f"{name}: {value!r} is not allowed in nginx's configuration")


def _listen_lines(port: int, options: str = "") -> str:
    lines = [f"    listen {port}{options};"]
    if Path("/proc/net/if_inet6").exists():
        lines.append(f"    listen [::]:{port}{options};")
    return "\n".join(lines)

"""Send a text to an address of Apprise (its URL), and say what was wrong with it."""

import logging
import threading
from importlib import import_module
from ipaddress import ip_address
from socket import SOCK_STREAM, getaddrinfo
from typing import Any

SERVICES = {
    "discord": ("discord", "NotifyDiscord"),
    "gotify": ("gotify", "NotifyGotify"),
    "json": ("custom_json", "NotifyJSON"),
    "matrix": ("matrix", "NotifyMatrix"),
    "mattermost": ("mattermost", "NotifyMattermost"),
    "ntfy": ("ntfy", "NotifyNtfy"),
    "rocket": ("rocketchat", "NotifyRocketChat"),
    "signal": ("signal_api", "NotifySignalAPI"),
    "slack": ("slack", "NotifySlack"),
    "telegram": ("telegram", "NotifyTelegram"),
}
"""Those that reach people, with Apprise's module and class; none of those that act on this
computer. Its own search by scheme would load more than a hundred."""
LONGEST = 300
_log = logging.getLogger("apprise")


class NotTold(Exception):
    """It was not taken; the message says why, in one line."""


class NoTarget(Exception):
    """Not an address that alarms can be told to."""


def service_of(url: str, *, allow_private: bool) -> str:
    """The service of an address. Raises NoTarget."""
    name, notifier = _notifier(url)
    if not allow_private and _is_private(str(getattr(notifier, "host", "") or "")):
        raise NoTarget("private")
    return name


def tell(url: str, title: str, text: str, *, allow_private: bool) -> None:
    """Send it. Raises NotTold; takes ten seconds at most for each answer."""
    try:
        service_of(url, allow_private=allow_private)  # a name may lead elsewhere by now
        _name, notifier = _notifier(url)
    except NoTarget as problem:
        raise NotTold(str(problem)) from problem
    heard = _Heard(threading.get_ident())
    _log.addHandler(heard)
    try:
        taken = notifier.notify(title=title, body=text)
    except Exception as problem:
        raise NotTold(type(problem).__name__) from problem
    finally:
        _log.removeHandler(heard)
    if not taken:
        raise NotTold(heard.said or "not taken")


def _notifier(url: str) -> tuple[str, Any]:
    """Service and notifier; imported lazily, for those alone who have a target."""
    _log.propagate = False  # what it says may hold a token; what is wrong is kept with the target
    scheme = url.partition("://")[0].lower()
    for name, (module, kind) in SERVICES.items():
        found = getattr(import_module(f"apprise.plugins.{module}"), kind)
        if scheme in (found.protocol, found.secure_protocol):
            return name, _made(found, url)
    raise NoTarget(f"one of {', '.join(SERVICES)}")


def _made(kind: Any, url: str) -> Any:
    try:
        made = kind(**(kind.parse_url(url) or {"host": None}))
    except (TypeError, ValueError) as problem:
        raise NoTarget("unreadable") from problem
    made.socket_connect_timeout = made.socket_read_timeout = 10.0
    return made


def _is_private(host: str) -> bool:
    """Whether any of a name's addresses is not of the open internet; one of a service is."""
    if not host:
        return False
    try:
        found = getaddrinfo(host.strip("[]"), None, type=SOCK_STREAM)
    except (OSError, UnicodeError):
        return False  # it can't be reached anyway
    return not all(_is_global(str(each[4][0])) for each in found)


def _is_global(address: str) -> bool:
    ip = ip_address(address.partition("%")[0])
    return bool((getattr(ip, "ipv4_mapped", None) or ip).is_global)


class _Heard(logging.Handler):
    """What Apprise warns of on this thread."""

    def __init__(self, thread: int) -> None:
        super().__init__(logging.WARNING)
        self._thread = thread
        self.said = ""

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the last."""
        if record.thread == self._thread:
            self.said = " ".join(record.getMessage().split())[:LONGEST]

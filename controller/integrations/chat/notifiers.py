"""Send a text to an address of Apprise (its URL), and say what was wrong with it."""

import logging
import sys
import threading
from contextlib import suppress
from importlib import import_module
from typing import Any

from controller.kernel.open_internet import NotAllowed, NotFound, address_of, check_written

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
_PINNED = "controller.integrations.chat.pinned_requests"
_HTTPS = 443
_log = logging.getLogger("apprise")


class NotTold(Exception):
    """It was not taken; the message says why, in one line."""


class NoTarget(Exception):
    """Not an address that alarms can be told to."""


def service_of(url: str, *, allow_private: bool) -> str:
    """The service of an address; no name server is asked. Raises NoTarget."""
    name, notifier = _notifier(url, allow_private=allow_private)
    try:
        check_written(_host(notifier), allow_private=allow_private)
    except NotAllowed as problem:
        raise NoTarget("private") from problem
    return name


def _host(notifier: Any) -> str:
    """Empty where the service has an address of its own."""
    return str(getattr(notifier, "host", "") or "")


def tell(url: str, title: str, text: str, *, allow_private: bool) -> None:
    """Send it. Raises NotTold; takes twenty seconds at most for each answer."""
    try:
        _name, notifier = _notifier(url, allow_private=allow_private)
        with suppress(NotFound):  # it can't be reached anyway
            if host := _host(notifier):  # judged again at connecting: so that it is said in a word
                address_of(host, _HTTPS, allow_private=allow_private)
    except NoTarget as problem:
        raise NotTold(str(problem)) from problem
    except NotAllowed as problem:
        raise NotTold("private") from problem
    pinned = import_module(_PINNED)
    pinned.last_network_error()
    heard = _Heard(threading.get_ident())
    _log.addHandler(heard)
    try:
        taken = notifier.notify(title=title, body=text)
    except Exception as problem:
        raise NotTold(type(problem).__name__) from problem
    finally:
        _log.removeHandler(heard)
    if not taken:
        raise NotTold(pinned.last_network_error() or heard.said or "not taken")


def _notifier(url: str, *, allow_private: bool) -> tuple[str, Any]:
    """Service and notifier; imported lazily, for those alone who have a target.

    It connects by what `pinned` judges, at the moment of connecting and after each redirect.
    """
    _log.propagate = False  # what it says may hold a token; what is wrong is kept with the target
    scheme = url.partition("://")[0].lower()
    for name, (module, kind) in SERVICES.items():
        found = getattr(import_module(f"apprise.plugins.{module}"), kind)
        if scheme in (found.protocol, found.secure_protocol):
            pinned = import_module(_PINNED)
            vars(sys.modules[found.__module__])["requests"] = pinned.REQUESTS[allow_private]
            return name, _made(found, url)
    raise NoTarget(f"one of {', '.join(SERVICES)}")


def _made(kind: Any, url: str) -> Any:
    try:
        made = kind(**(kind.parse_url(url) or {"host": None}))
    except (TypeError, ValueError) as problem:
        raise NoTarget("unreadable") from problem
    made.socket_connect_timeout = made.socket_read_timeout = 10.0
    return made


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

"""Sends a text to an Apprise address (its URL) and reports errors in short."""

import logging
import sys
import threading
from contextlib import suppress
from importlib import import_module
from typing import Any

from controller.kernel.open_internet import NotAllowed, NotFound, address_of, check_literal

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
"""The supported services, with Apprise's module and class; only those that reach people, none that
act on this computer. Apprise's own search by scheme would load more than a hundred."""
MAX_ERROR_LENGTH = 300
"""Characters of an error message that are kept."""
_PINNED = "controller.integrations.chat.pinned_requests"
_HTTPS = 443
_log = logging.getLogger("apprise")


class NotSent(Exception):
    """The message was not accepted; the text says why, in one line."""


class NoTarget(Exception):
    """The address can't be used as a target."""


def service_of(url: str, *, allow_private: bool) -> str:
    """Return the service of an address, without a DNS lookup. Raises NoTarget."""
    name, notifier = _notifier(url, allow_private=allow_private)
    try:
        check_literal(_host(notifier), allow_private=allow_private)
    except NotAllowed as problem:
        raise NoTarget("private") from problem
    return name


def _host(notifier: Any) -> str:
    """Return the host in the address; empty if the service has a fixed one."""
    return str(getattr(notifier, "host", "") or "")


def send(url: str, title: str, text: str, *, allow_private: bool) -> None:
    """Send a message. Raises NotSent; waits twenty seconds at most for each response."""
    try:
        _name, notifier = _notifier(url, allow_private=allow_private)
        with suppress(NotFound):  # it can't be reached anyway
            if host := _host(notifier):  # checked again when connecting; here for a clear error
                address_of(host, _HTTPS, allow_private=allow_private)
    except NoTarget as problem:
        raise NotSent(str(problem)) from problem
    except NotAllowed as problem:
        raise NotSent("private") from problem
    pinned = import_module(_PINNED)
    pinned.last_network_error()
    warnings = _LastWarning(threading.get_ident())
    _log.addHandler(warnings)
    try:
        accepted = notifier.notify(title=title, body=text)
    except Exception as problem:
        raise NotSent(type(problem).__name__) from problem
    finally:
        _log.removeHandler(warnings)
    if not accepted:
        raise NotSent(pinned.last_network_error() or warnings.text or "not taken")


def _notifier(url: str, *, allow_private: bool) -> tuple[str, Any]:
    """Return the service and its notifier; imported only when needed, for sites that have a target.

    It connects through `pinned_requests`, which checks the address when connecting and after each
    redirect.
    """
    _log.propagate = False  # its log may contain a token; errors are stored with the target
    scheme = url.partition("://")[0].lower()
    for name, (module, kind) in SERVICES.items():
        notifier_class = getattr(import_module(f"apprise.plugins.{module}"), kind)
        if scheme in (notifier_class.protocol, notifier_class.secure_protocol):
            pinned = import_module(_PINNED)
            vars(sys.modules[notifier_class.__module__])["requests"] = pinned.REQUESTS[
                allow_private
            ]
            return name, _create(notifier_class, url)
    raise NoTarget(f"one of {', '.join(SERVICES)}")


def _create(kind: Any, url: str) -> Any:
    try:
        notifier = kind(**(kind.parse_url(url) or {"host": None}))
    except (TypeError, ValueError) as problem:
        raise NoTarget("unreadable") from problem
    notifier.socket_connect_timeout = notifier.socket_read_timeout = 10.0
    return notifier


class _LastWarning(logging.Handler):
    """Collects Apprise's warnings of this thread."""

    def __init__(self, thread: int) -> None:
        super().__init__(logging.WARNING)
        self._thread = thread
        self.text = ""

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the last warning."""
        if record.thread == self._thread:
            self.text = " ".join(record.getMessage().split())[:MAX_ERROR_LENGTH]

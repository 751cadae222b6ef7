"""The kinds of targets that the form asks for, each with what the service itself shows, and the
address that Apprise makes of it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import quote

from webui.i18n import _

OTHER = "url"
"""The kind that takes an address as Apprise writes it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """A field of a kind; its name in the form is the kind's, `_` and its own."""

    name: str
    label: str
    example: str = ""
    help: str = ""
    type: str = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of target, as the form offers it."""

    key: str
    name: str
    icon: str
    inputs: tuple[Input, ...]


def kinds() -> tuple[Kind, ...]:
    """Return all kinds, the most usual first."""
    webhook = _("Address of the webhook")
    return (
        Kind(
            key="mail",
            name=_("E-mail"),
            icon="mail",
            inputs=(
                Input(name="address", label=_("E-mail address"), example=_("you@example.org")),
            ),
        ),
        Kind(
            key="ntfy",
            name=_("Phone (ntfy)"),
            icon="bell-ring",
            inputs=(
                Input(
                    name="subject",
                    label=_("Subject"),
                    example="ntfy.sh/…",
                    help=_(
                        "Install the app ntfy on the phone and subscribe to a subject that nobody "
                        "can guess: whoever knows it can read the alerts."
                    ),
                ),
            ),
        ),
        _with_webhook("slack", "Slack", webhook, "https://hooks.slack.com/services/T…/B…/…"),
        _with_webhook("mattermost", "Mattermost", webhook, "https://chat.example.org/hooks/…"),
        Kind(
            key="matrix",
            name="Matrix",
            icon="message-circle",
            inputs=(
                Input(name="server", label=_("Server"), example="matrix.example.org"),
                Input(name="room", label=_("Chat room"), example="#alarms:example.org"),
                Input(
                    name="token",
                    label=_("Access token"),
                    type="password",
                    help=_(
                        "Of an account that is in the room; in Element it stands under Settings, "
                        "Help and About."
                    ),
                ),
            ),
        ),
        _with_webhook("discord", "Discord", webhook, "https://discord.com/api/webhooks/…"),
        Kind(
            key=OTHER,
            name=_("Another service"),
            icon="plug",
            inputs=(
                Input(
                    name="",
                    label=_("Address"),
                    help=_(
                        "Telegram, Signal, Gotify, Rocket.Chat or your own program, as Apprise "
                        "writes it: tgram://…, signals://…, gotifys://…, rockets://…, jsons://…"
                    ),
                ),
            ),
        ),
    )


def _with_webhook(key: str, name: str, label: str, example: str) -> Kind:
    field = Input(name="webhook", label=label, example=example)
    return Kind(key=key, name=name, icon="message-circle", inputs=(field,))


def address(kind: str, typed: Mapping[str, str]) -> str:
    """Return the address of what was typed for a kind; empty if it can't be one."""
    if kind not in _ADDRESSES:
        return typed.get(OTHER, "").strip()
    prefix = f"{kind}_"
    values = {
        name.removeprefix(prefix): value.strip()
        for name, value in typed.items()
        if name.startswith(prefix)
    }
    return _ADDRESSES[kind](values)


def _mail(values: Mapping[str, str]) -> str:
    return f"mailto:{values.get('address', '')}"


def _ntfy(values: Mapping[str, str]) -> str:
    match = re.fullmatch(r"(?:(https?)://)?([^/\s]+)(?:/([\w-]+))?/?", values.get("subject", ""))
    if not match:
        return ""
    scheme, host, subject = match.groups()
    if subject is None:
        host, subject = "ntfy.sh", host
    return f"{'ntfy' if scheme == 'http' else 'ntfys'}://{host}/{subject}"


def _matrix(values: Mapping[str, str]) -> str:
    server = re.sub("^https?://", "", values.get("server", "")).rstrip("/")
    room, token = values.get("room", ""), values.get("token", "")
    if not (server and token and room[:1] in ("#", "!")):
        return ""
    return f"matrixs://{quote(token, safe='')}@{server}/{quote(room, safe='')}"


def _from_webhook(pattern: str, address_format: str) -> Callable[[Mapping[str, str]], str]:
    def build(values: Mapping[str, str]) -> str:
        match = re.fullmatch(pattern, values.get("webhook", ""))
        return match.expand(address_format) if match else ""

    return build


_ADDRESSES: Mapping[str, Callable[[Mapping[str, str]], str]] = {
    "mail": _mail,
    "ntfy": _ntfy,
    "matrix": _matrix,
    "slack": _from_webhook(r"https://hooks\.slack\.com/services/(\w+/\w+/\w+)/?", r"slack://\1"),
    "mattermost": _from_webhook(r"https://([^\s?#]+)/hooks/(\w+)/?", r"mmosts://\1/\2"),
    "discord": _from_webhook(
        r"https://(?:\w+\.)?discord(?:app)?\.com/api/webhooks/(\d+/[\w-]+)/?", r"discord://\1"
    ),
}

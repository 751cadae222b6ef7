"""Types of messages to people: each feature declares its messages and their texts."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar, NamedTuple, Self

import msgspec
from sqlalchemy.orm import Session

from controller.domain.locale.catalogue import Translator
from controller.domain.locale.time import format_until, format_upcoming
from controller.domain.time import Utc
from controller.kernel.first_use import prepare_for_threads

_DOMAIN = r"(?:[\w-]+[.。．｡])+(?:xn--[\w-]+|[^\W\d_]{2,})"
_START = r"(?<![\w-])(?<![\w-][.])"
_ADDRESS = re.compile(
    rf"""(?<!\S) \S* (?:://|www[.]) \S*
    | {_START} {_DOMAIN} (?: / \S* | [?\#] \S+ | :\d\d \S* )
    | (?:\d{{1,3}}[.]){{3}}\d{{1,3}} (?: / | :\d\d ) \S*
    | (?P<mail> (?<![\w.+-]) [\w.+-]+ @ {_DOMAIN} ) (?! [\w/@-] | [.?\#]\w | :\d )
    | {_START} (?P<bare> {_DOMAIN} ) (?! [\w@-] | [.]\w )""",
    re.IGNORECASE | re.VERBOSE,
)
_LAST_DOT = re.compile(r"[.。．｡](?=[^.。．｡]+$)")
_INITIALS = re.compile(r"(?:-?[^\W\d_][.])+[\w-]+")
_QUANTITY = re.compile(r"[\d.]+[.](?:cl|cm|eur|kg|km|kw|kwh|min|ml|mm)", re.IGNORECASE)
_FILE = re.compile(
    r".+[.](?:csv|docx|dwg|dxf|fcstd|gcode|ino|jpeg|jpg|log|obj|ods|odt|pdf|png|scad|step|stl|stp"
    r"|svg|tif|tiff|toml|txt|xlsx)",
    re.IGNORECASE,
)
"""Files of a workshop with endings that are no top-level domains."""


def strip_links(value: object) -> object:
    """Remove web addresses from a text, so that letters link only to this installation's pages.

    Mail programs turn more into links than what has a scheme. So `www.`, and a domain or an IP
    address followed by a path, port, query or fragment, are removed. A domain alone (`name.fr`)
    stays readable, with its last dot in brackets (`name[.]fr`). So does a file whose ending is a
    top-level domain too (`plan[.]ai`), and a full stop without a space after it. Initials with a
    name (`M.Durand`), quantities (`3.5.kg`), other files of a workshop (`plan.dxf`) and e-mail
    addresses, which lead to no page, stay as typed.
    """
    return _ADDRESS.sub(_without_link, value) if isinstance(value, str) else value


def _without_link(found: re.Match[str]) -> str:
    if found["mail"]:
        return found["mail"]
    if name := found["bare"]:
        is_no_domain = any(kind.fullmatch(name) for kind in (_INITIALS, _QUANTITY, _FILE))
        return name if is_no_domain else _LAST_DOT.sub("[.]", name)
    return "[…]"


class Link(NamedTuple):
    """A link to a page."""

    text: str
    path: str
    """The path below the public address."""


class Listing(NamedTuple):
    """A list of things under a heading."""

    title: str
    items: tuple[tuple[str, str], ...]
    """Pairs of a thing and a remark about it; the remark may be empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """A calendar entry that the recipient's calendar program adds, moves, or removes (RFC 5546)."""

    uid: str
    """Stays the same while the entry changes."""
    sequence: int
    """Increases with each change; programs ignore an older one."""
    starts: Utc
    ends: Utc
    title: str
    is_cancelled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """The text of a message, in one language."""

    subject: str
    lines: tuple[str, ...]
    lists: tuple[Listing, ...] = ()
    link: Link | None = None
    after: tuple[str, ...] = ()
    """Lines below the link."""
    invitation: Invitation | None = None
    """A calendar entry that is attached."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageContext:
    """What is needed to word a message: language, site and local time."""

    translator: Translator
    place: str
    """Name of the site."""
    zone: str
    now: Utc
    secret: str
    """A secret for the recipient only; the database has its hash."""
    db: Session
    """A session to read data when the message is sent, instead of storing it."""

    def say(self, text: str, **values: object) -> str:
        """Return a text of the catalogues; web addresses in the values are removed."""
        return self.translator.say(
            text, **{name: strip_links(value) for name, value in values.items()}
        )

    def name(self, label: Mapping[str, str]) -> str:
        """Return a thing's name in the recipient's language, else in another one."""
        text = label.get(self.translator.language.value) or label.get("fr") or label.get("en")
        return str(strip_links(text or next(iter(label.values()), "")))

    def when(self, moment: Utc) -> str:
        """Format a moment in the future."""
        return format_upcoming(moment, self.now, self.zone, self.translator)

    def until(self, moment: Utc) -> str:
        """Format an end, after *valid*: with the time unless it is midnight."""
        return format_until(moment, self.now, self.zone, self.translator)


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """A message to one person; a feature derives a type of its own and declares it.

    Its fields are stored until it is sent, so there should be few, and never a secret.
    """

    WHAT: ClassVar[str]
    """A unique code for the type."""
    TITLE: ClassVar[str]
    """The title of such messages, a catalogue text."""
    MAY_STOP: ClassVar[bool] = True
    """Whether recipients can unsubscribe."""
    URGENT: ClassVar[bool] = False
    """Whether it is also sent in quiet hours."""
    SITE_CHOOSES: ClassVar[bool] = False
    """Whether a site can turn these messages off; they are only written if mail is on."""
    DELAY: ClassVar[timedelta] = timedelta(0)
    """Delay before it is sent, for actions that are often undone at once."""
    UNTIL: ClassVar[str] = ""
    """The field with the time until which it is relevant; it is not sent later. Empty: no limit."""

    @classmethod
    def example(cls, now: Utc) -> Self:
        """Return an example for the preview; required if `SITE_CHOOSES` is set."""
        raise NotImplementedError

    def letter(self, to: MessageContext) -> Letter:
        """Return the text of the message, in the recipient's language."""
        raise NotImplementedError

    def is_still_relevant(self, db: Session) -> bool:
        """Return whether the message is still relevant; otherwise it is not sent."""
        return True

    def until(self) -> Utc | None:
        """Return until when it is relevant; None: no limit."""
        return Utc.parse(getattr(self, self.UNTIL)) if self.UNTIL else None

    def detail(self) -> dict[str, Any]:
        """Return its fields as JSON data."""
        data: dict[str, Any] = msgspec.to_builtins(self)
        return data


class Messages:
    """The types of messages that this program knows, to read stored ones."""

    def __init__(self, kinds: Iterable[type[Message]]) -> None:
        """Raises ValueError if two types have the same code."""
        self._by_code: dict[str, type[Message]] = {}
        for kind in kinds:
            if self._by_code.setdefault(kind.WHAT, kind) is not kind:
                raise ValueError(f"two types of messages are called {kind.WHAT}")

    def kind(self, code: str) -> type[Message] | None:
        """Return the type with this code; None: a newer program wrote it."""
        return self._by_code.get(code)

    def read(self, code: str, detail: dict[str, Any]) -> Message | None:
        """Return the message; None if its type is unknown or has other fields now."""
        kind = self.kind(code)
        if kind is None:
            return None
        prepare_for_threads(kind)
        try:
            return msgspec.convert(detail, kind)
        except msgspec.ValidationError:
            return None

    @property
    def titles(self) -> dict[str, str]:
        """Return the title of each type of message, by its code."""
        return {code: kind.TITLE for code, kind in self._by_code.items()}

    @property
    def optional_for_site(self) -> tuple[type[Message], ...]:
        """Return the types that a site can turn off."""
        return tuple(kind for kind in self._by_code.values() if kind.SITE_CHOOSES)

    @property
    def stoppable(self) -> dict[str, str]:
        """Return the titles of the messages that can be unsubscribed, by code."""
        return {code: kind.TITLE for code, kind in self._by_code.items() if kind.MAY_STOP}

"""Messages to people, as types: each feature declares its messages and how they are worded."""

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
from controller.kernel.first_use import prepare

_ADDRESS = re.compile(r"\S*(?:://|www\.)\S*|(?:[\w-]+\.)+[a-z]{2,}/\S*", re.IGNORECASE)


def strip_links(value: object) -> object:
    """A text with web addresses removed, so that letters link to the place's own pages only."""
    return _ADDRESS.sub("[…]", value) if isinstance(value, str) else value


class Link(NamedTuple):
    """A page to go to."""

    text: str
    path: str
    """Below the public address."""


class Listing(NamedTuple):
    """Things under a heading."""

    title: str
    items: tuple[tuple[str, str], ...]
    """Pairs of a thing and a remark about it; the remark may be empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """A calendar entry that the recipient's calendar program adds, moves, or removes (RFC 5546)."""

    uid: str
    """Stays the same while the entry changes."""
    sequence: int
    """Rises with each change: a program ignores what is older than what it has."""
    starts: Utc
    ends: Utc
    title: str
    is_cancelled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A message as it is read, in one language."""

    subject: str
    lines: tuple[str, ...]
    lists: tuple[Listing, ...] = ()
    link: Link | None = None
    after: tuple[str, ...] = ()
    """Lines below the link."""
    invitation: Invitation | None = None
    """Attached for the recipient's calendar."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageContext:
    """What a message is worded with: language, place and the local time."""

    translator: Translator
    place: str
    zone: str
    now: Utc
    secret: str
    """A secret for the recipient only; the database has its digest."""
    db: Session
    """A session for data that is read when the message is sent, so that it is not stored with
    it."""

    def say(self, text: str, **values: object) -> str:
        """A text of the catalogues; what people typed into it leads nowhere."""
        return self.translator.say(
            text, **{name: strip_links(value) for name, value in values.items()}
        )

    def name(self, label: Mapping[str, str]) -> str:
        """The name of something in the recipient's language, or in another one."""
        found = label.get(self.translator.language.value) or label.get("fr") or label.get("en")
        return str(strip_links(found or next(iter(label.values()), "")))

    def when(self, moment: Utc) -> str:
        """A moment to come, as people say it there."""
        return format_upcoming(moment, self.now, self.zone, self.translator)

    def until(self, moment: Utc) -> str:
        """An end there, after *valid*: with the time unless it is midnight."""
        return format_until(moment, self.now, self.zone, self.translator)


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """Something written to one person. A feature derives a type of its own, and lists it.

    Its fields are kept until it is sent: let them be few, and never a secret.
    """

    WHAT: ClassVar[str]
    """A unique word for the type."""
    TITLE: ClassVar[str]
    """The title of such messages, a catalogue text."""
    MAY_STOP: ClassVar[bool] = True
    """Whether recipients can unsubscribe."""
    URGENT: ClassVar[bool] = False
    """Sent in quiet hours too."""
    SITE_CHOOSES: ClassVar[bool] = False
    """Written only where mail is on, and a site can turn these off."""
    DELAY: ClassVar[timedelta] = timedelta(0)
    """Delay before it is sent, for things that are often undone immediately."""

    @classmethod
    def example(cls, now: Utc) -> Self:
        """One to preview: each type of which `SITE_CHOOSES` has it."""
        raise NotImplementedError

    def letter(self, to: MessageContext) -> Letter:
        """The message as a letter."""
        raise NotImplementedError

    def still(self, db: Session) -> bool:
        """Whether it is still to be said; else it is not sent."""
        return True

    def until(self) -> Utc | None:
        """Until when it is of use; after that it is not sent. None: as long as any."""
        return None

    def detail(self) -> dict[str, Any]:
        """Its fields as JSON data."""
        found: dict[str, Any] = msgspec.to_builtins(self)
        return found


class Messages:
    """The types of messages that this program knows, to read them back."""

    def __init__(self, kinds: Iterable[type[Message]]) -> None:
        """Raises ValueError when two of them have the same word."""
        self._by_word: dict[str, type[Message]] = {}
        for kind in kinds:
            if self._by_word.setdefault(kind.WHAT, kind) is not kind:
                raise ValueError(f"two types of messages are called {kind.WHAT}")

    def kind(self, what: str) -> type[Message] | None:
        """The type of this word; None: a newer program wrote it."""
        return self._by_word.get(what)

    def read(self, what: str, detail: dict[str, Any]) -> Message | None:
        """The message; None when the type is not known, or has other fields by now."""
        kind = self.kind(what)
        if kind is None:
            return None
        prepare(kind)
        try:
            return msgspec.convert(detail, kind)
        except msgspec.ValidationError:
            return None

    @property
    def titles(self) -> dict[str, str]:
        """The title of each type of message, by its word."""
        return {what: kind.TITLE for what, kind in self._by_word.items()}

    @property
    def of_sites_choice(self) -> tuple[type[Message], ...]:
        """The types that a site can turn off."""
        return tuple(kind for kind in self._by_word.values() if kind.SITE_CHOOSES)

    @property
    def stoppable(self) -> dict[str, str]:
        """Titles of the messages that can be unsubscribed, by word."""
        return {what: kind.TITLE for what, kind in self._by_word.items() if kind.MAY_STOP}

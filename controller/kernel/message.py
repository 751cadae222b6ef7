"""What is written to people, as types: each feature says what it writes, and how it reads."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar, NamedTuple, Self

import msgspec
from sqlalchemy.orm import Session

from controller.domain.locale.catalogue import Translator
from controller.domain.locale.time import until, when
from controller.domain.time import Utc
from controller.kernel.first_use import prepare

_ADDRESS = re.compile(r"\S*(?:://|www\.)\S*|(?:[\w-]+\.)+[a-z]{2,}/\S*", re.IGNORECASE)


def unlinked(value: object) -> object:
    """A text without addresses of pages: the place's letters lead to its own pages alone."""
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
    """What each is, and what else is to be known of it; empty: nothing."""


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
    """What stands below the link."""
    invitation: Invitation | None = None
    """Attached for the recipient's calendar."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """For whom it is told: the language, the place, and the time there."""

    translator: Translator
    place: str
    zone: str
    now: Utc
    secret: str
    """Known to whoever receives it alone; whoever wrote the message has kept its digest."""
    db: Session
    """For what is read when it is sent, so that no message keeps it."""

    def say(self, text: str, **values: object) -> str:
        """A text of the catalogues; what people typed into it leads nowhere."""
        return self.translator.say(
            text, **{name: unlinked(value) for name, value in values.items()}
        )

    def name(self, label: Mapping[str, str]) -> str:
        """Of something, by language; one of them is enough."""
        found = label.get(self.translator.language.value) or label.get("fr") or label.get("en")
        return str(unlinked(found or next(iter(label.values()), "")))

    def when(self, moment: Utc) -> str:
        """A moment to come, as people say it there."""
        return when(moment, self.now, self.zone, self.translator)

    def until(self, moment: Utc) -> str:
        """An end there, after *valid*: with the time unless it is midnight."""
        return until(moment, self.now, self.zone, self.translator)


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """Something written to one person. A feature derives a type of its own, and lists it.

    Its fields are kept until it is sent: let them be few, and never a secret.
    """

    WHAT: ClassVar[str]
    """In one word; no two types have the same."""
    TITLE: ClassVar[str]
    """What such messages are, a text of the catalogues."""
    MAY_STOP: ClassVar[bool] = True
    """Whether one can say that one wants no more of these."""
    URGENT: ClassVar[bool] = False
    """Sent in quiet hours too."""
    SITE_CHOOSES: ClassVar[bool] = False
    """Written only where mail is on, and a site can turn these off."""
    DELAY: ClassVar[timedelta] = timedelta(0)
    """How long it waits before it is sent, for what is often taken back at once."""

    @classmethod
    def example(cls, now: Utc) -> Self:
        """One to preview: each type of which `SITE_CHOOSES` has it."""
        raise NotImplementedError

    def letter(self, to: Telling) -> Letter:
        """As it is read."""
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
        """What the messages of each word are."""
        return {what: kind.TITLE for what, kind in self._by_word.items()}

    @property
    def of_sites_choice(self) -> tuple[type[Message], ...]:
        """The types that a site can turn off."""
        return tuple(kind for kind in self._by_word.values() if kind.SITE_CHOOSES)

    @property
    def stoppable(self) -> dict[str, str]:
        """What can be stopped, by its word, with its title."""
        return {what: kind.TITLE for what, kind in self._by_word.items() if kind.MAY_STOP}

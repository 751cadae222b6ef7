"""News as types: each feature reports changes of its own things."""

from collections.abc import Iterable
from typing import Any, ClassVar

import msgspec

from controller.domain.time import Utc
from controller.kernel.first_use import prepare


class News(msgspec.Struct, frozen=True, kw_only=True):
    """Something at a site is not what it was. A feature derives a type of its own, and lists it.

    A field beyond these two is written along: let it be small, and never a name of a person.
    """

    FEATURE: ClassVar[str]
    """The feature whose news it is."""
    WHAT: ClassVar[str]
    """A unique word for the type."""

    site: str
    key: str = ""
    """Which of them; empty where there is one a site, or where which one does not matter."""

    def detail(self) -> dict[str, Any] | None:
        """The fields beyond site and key as JSON data, or None where there are none."""
        if self.__struct_fields__ == ("site", "key"):
            return None
        rest: dict[str, Any] = msgspec.to_builtins(self)
        del rest["site"], rest["key"]
        return rest


class PostedNews(msgspec.Struct, frozen=True, kw_only=True):
    """News with its position in the outbox."""

    site: str
    position: int
    """Counted at each site from one, in the order of commits. Site and position are its name."""
    at: Utc
    feature: str
    what: str
    key: str
    news: News | None
    """None: of a type that this program does not know; a newer one wrote it."""


class Kinds:
    """The types of news that this program knows, to read them back."""

    def __init__(self, kinds: Iterable[type[News]]) -> None:
        """Raises ValueError when two of them have the same word."""
        self._by_word: dict[str, type[News]] = {}
        for kind in kinds:
            if self._by_word.setdefault(kind.WHAT, kind) is not kind:
                raise ValueError(f"two types of news are called {kind.WHAT}")

    @property
    def words(self) -> frozenset[str]:
        """The words of all types."""
        return frozenset(self._by_word)

    def read(self, what: str, site: str, key: str, detail: dict[str, Any] | None) -> News | None:
        """The news; None when the type is not known, or has other fields by now."""
        kind = self._by_word.get(what)
        if kind is None:
            return None
        prepare(kind)
        try:
            return msgspec.convert({"site": site, "key": key, **(detail or {})}, kind)
        except msgspec.ValidationError:
            return None

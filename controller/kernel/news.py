"""Types of news: each feature reports changes of its own records."""

from collections.abc import Iterable
from typing import Any, ClassVar

import msgspec

from controller.domain.time import Utc
from controller.kernel.first_use import prepare_for_threads


class News(msgspec.Struct, frozen=True, kw_only=True):
    """Something at a site has changed. A feature derives a type of its own and declares it.

    Further fields are stored too; they must be small and never contain a person's name.
    """

    FEATURE: ClassVar[str]
    """Name of the feature."""
    WHAT: ClassVar[str]
    """A unique code for the type."""

    site: str
    key: str = ""
    """Which record has changed; empty if there is only one per site, or if it doesn't matter."""

    def detail(self) -> dict[str, Any] | None:
        """Return the fields other than site and key as JSON data; None if there are none."""
        if self.__struct_fields__ == ("site", "key"):
            return None
        rest: dict[str, Any] = msgspec.to_builtins(self)
        del rest["site"], rest["key"]
        return rest


class PostedNews(msgspec.Struct, frozen=True, kw_only=True):
    """News with its position in the outbox."""

    site: str
    position: int
    """Counted per site from one, in the order of commits; site and position identify the news."""
    at: Utc
    feature: str
    what: str
    key: str
    news: News | None
    """None: of a type that this program does not know; a newer one wrote it."""


class NewsKinds:
    """The types of news that this program knows, to read stored ones."""

    def __init__(self, kinds: Iterable[type[News]]) -> None:
        """Raises ValueError if two types have the same code."""
        self._by_code: dict[str, type[News]] = {}
        for kind in kinds:
            if self._by_code.setdefault(kind.WHAT, kind) is not kind:
                raise ValueError(f"two types of news are called {kind.WHAT}")

    @property
    def words(self) -> frozenset[str]:
        """Return the codes of all types."""
        return frozenset(self._by_code)

    def read(self, code: str, site: str, key: str, detail: dict[str, Any] | None) -> News | None:
        """Return the news; None if its type is unknown or has other fields now."""
        kind = self._by_code.get(code)
        if kind is None:
            return None
        prepare_for_threads(kind)
        try:
            return msgspec.convert({"site": site, "key": key, **(detail or {})}, kind)
        except msgspec.ValidationError:
            return None

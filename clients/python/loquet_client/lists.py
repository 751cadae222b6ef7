"""Lists that come page by page, as if they were whole."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from typing import Any, Protocol, TypeVar

from loquet_api.models import Problem

from loquet_client.problems import done

T_co = TypeVar("T_co", covariant=True)
T = TypeVar("T")
LIMIT = 500


class Page(Protocol[T_co]):
    """What every list answers."""

    @property
    def items(self) -> Sequence[T_co]:
        """Some of them."""

    @property
    def next_(self) -> Any:
        """Where the next page begins; nothing at the end."""


def pages(call: Callable[..., Page[T] | Problem | None], **asked: Any) -> Iterator[T]:
    """Every item of a list: `pages(get_members.sync, client=client, search="zoe")`.

    Raises Refused.
    """
    after: str | None = None
    while True:
        found = done(call(**asked, limit=LIMIT, **({} if after is None else {"after": after})))
        yield from found.items
        if not isinstance(found.next_, str):
            return
        after = found.next_


async def apages(
    call: Callable[..., Awaitable[Page[T] | Problem | None]], **asked: Any
) -> AsyncIterator[T]:
    """The same with `get_members.asyncio`."""
    after: str | None = None
    while True:
        more = {} if after is None else {"after": after}
        found = done(await call(**asked, limit=LIMIT, **more))
        for item in found.items:
            yield item
        if not isinstance(found.next_, str):
            return
        after = found.next_

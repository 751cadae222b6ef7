"""One transaction for all that stands around a page: its parts don't know of each other."""

from collections.abc import Iterator
from contextlib import contextmanager

from flask import g

from controller.kernel.database import Session
from webui.context import context


@contextmanager
def one_read() -> Iterator[Session]:
    """The transaction of a block of this request that is in one already, else one of its own."""
    if (shared := g.get("one_read")) is not None:
        yield shared
        return
    with context().database.read() as db:
        g.one_read = db
        try:
            yield db
        finally:
            g.one_read = None

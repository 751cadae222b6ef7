"""One read transaction per request, shared by all parts of a page."""

from collections.abc import Iterator
from contextlib import contextmanager

from flask import g

from controller.kernel.database import Session
from webui.context import context


@contextmanager
def request_transaction() -> Iterator[Session]:
    """Yield the read transaction that this request has open, or else a new one."""
    if (shared := g.get("request_transaction")) is not None:
        yield shared
        return
    with context().database.read() as db:
        g.request_transaction = db
        try:
            yield db
        finally:
            g.request_transaction = None

"""Shared by all actions of pages: one transaction, and answers to errors of services."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from flask import Response, make_response
from flask.typing import ResponseReturnValue

from controller.domain.time import Utc
from controller.kernel.database import Session
from controller.kernel.errors import NotFound, ServiceError
from webui.context import context
from webui.undo import refuse

E = TypeVar("E", bound=Exception)
ANY = (ServiceError, NotFound)
"""Whatever the service refuses, what is not there too."""


class EarlyAnswer(Exception):
    """Ends the request with this answer, from wherever it is raised."""

    def __init__(self, answer: ResponseReturnValue) -> None:
        self.answer: Response = make_response(answer)
        super().__init__(self.answer.status)


@contextmanager
def act(
    kind: type[E] | tuple[type[E], ...] = (),
    why: str | Callable[[E], ResponseReturnValue] = "",
    to: ResponseReturnValue | None = None,
) -> Iterator[tuple[Session, Utc]]:
    """One transaction and its time, refusing as below; what follows the block is committed."""
    given = context()
    with answer_errors(kind, why, to), given.database.write() as db:
        yield db, given.clock()


@contextmanager
def answer_errors(
    kind: type[E] | tuple[type[E], ...],
    why: str | Callable[[E], ResponseReturnValue],
    to: ResponseReturnValue | None = None,
) -> Iterator[None]:
    """Answer an error of this kind: say why and go there, or with the page that `why` makes of it.

    NotFound only where it is named. It is 404, and Forbidden is 403, wherever nothing answers them.
    """
    try:
        yield
    except kind as error:
        if isinstance(error, NotFound) and NotFound not in (
            kind if type(kind) is tuple else (kind,)
        ):
            raise
        answer = why if isinstance(why, str) else why(error)
        if to is not None and isinstance(answer, str):
            refuse(answer)
            answer = to
        raise EarlyAnswer(answer) from error

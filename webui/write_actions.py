"""Shared by all actions of pages: a transaction, and answers to the errors of services."""

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
SECRET = {"Cache-Control": "no-store"}
"""Headers of an answer that shows a secret once. Only a grave action may give one."""
ANY = (ServiceError, NotFound)
"""All errors of services, including NotFound."""


class EarlyAnswer(Exception):
    """Ends the request with this answer, wherever it is raised."""

    def __init__(self, answer: ResponseReturnValue) -> None:
        self.answer: Response = make_response(answer)
        super().__init__(self.answer.status)


@contextmanager
def write_action(
    kind: type[E] | tuple[type[E], ...] = (),
    why: str | Callable[[E], ResponseReturnValue] = "",
    to: ResponseReturnValue | None = None,
) -> Iterator[tuple[Session, Utc]]:
    """Open a write transaction and yield it with the time; `answer_errors` answers errors.

    The transaction is committed when the block ends.
    """
    web = context()
    with answer_errors(kind, why, to), web.database.edit() as db:
        yield db, web.clock()


@contextmanager
def answer_errors(
    kind: type[E] | tuple[type[E], ...],
    why: str | Callable[[E], ResponseReturnValue],
    to: ResponseReturnValue | None = None,
) -> Iterator[None]:
    """Answer errors of this kind.

    If `why` is a text, it is shown and `to` is the answer; otherwise `why` makes the answer from
    the error. NotFound is answered only if `kind` names it; unanswered, it is a 404, and Forbidden
    a 403.
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

"""A refusal is raised, with what the controller said (RFC 9457)."""

from typing import TypeVar

from loquet_api.models import Problem

T = TypeVar("T")


class Refused(Exception):
    """The call was not done; `problem` says why, with each field at fault."""

    def __init__(self, problem: Problem | None) -> None:
        self.problem = problem
        super().__init__("no answer that is understood" if problem is None else _said(problem))


def done(answer: T | Problem | None) -> T:
    """What was answered. Raises Refused."""
    if answer is None or isinstance(answer, Problem):
        raise Refused(answer)
    return answer


def _said(problem: Problem) -> str:
    detail = problem.detail if isinstance(problem.detail, str) else problem.title
    errors = problem.errors if isinstance(problem.errors, list) else []
    return " ".join([detail, *(f"{error.field}: {error.detail}" for error in errors)])

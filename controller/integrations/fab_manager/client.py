"""A client of fab-manager's open API, version 1, as published: read page by page, with a token."""

import http.client
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from controller.integrations.webhooks.target import Target, resolve
from controller.kernel.errors import ServiceError
from controller.kernel.open_internet import NotAllowed, NotFound

PER_PAGE = 100
MAX_PAGES = 2_000
"""A limit against endless pages."""
T = TypeVar("T", bound="_Row")


class ReadProblem(StrEnum):
    """Why fab-manager could not be read."""

    ADDRESS = "address"
    PRIVATE = "private"
    UNREACHABLE = "unreachable"
    REFUSED = "refused"
    NOT_THERE = "not_there"
    BUSY = "busy"
    ANSWER = "answer"


class NotRead(ServiceError):
    """fab-manager could not be read, or its response does not follow the open API."""

    def __init__(self, trouble: ReadProblem, message: str) -> None:
        super().__init__(message)
        self.trouble = trouble


class _Row(Struct, frozen=True, kw_only=True):
    id: int


class User(_Row, frozen=True, kw_only=True):
    """An account."""

    email: str | None = None
    full_name: str | None = None
    first_name: str | None = None
    last_name: str | None = None


class NamedRow(_Row, frozen=True, kw_only=True):
    """A training, a machine or a plan."""

    name: str
    disabled: bool | None = None


class UserTraining(_Row, frozen=True, kw_only=True):
    user_id: int | None
    training_id: int | None


class Subscription(_Row, frozen=True, kw_only=True):
    """A user's subscription to a plan, and when it ends."""

    user_id: int | None
    plan_id: int | None
    created_at: str
    expiration_date: str | None = None
    canceled_at: str | None = None


@dataclass(frozen=True, slots=True, repr=False)
class FabManager:
    """One installation of fab-manager, and the token of a client of its open API."""

    address: str
    token: str
    allow_private: bool = False

    def users(self) -> Iterator[User]:
        """Yield all accounts."""
        return self._all_rows("users", User)

    def trainings(self) -> Iterator[NamedRow]:
        return self._all_rows("trainings", NamedRow)

    def machines(self) -> Iterator[NamedRow]:
        return self._all_rows("machines", NamedRow)

    def plans(self) -> Iterator[NamedRow]:
        return self._all_rows("plans", NamedRow)

    def user_trainings(self) -> Iterator[UserTraining]:
        return self._all_rows("user_trainings", UserTraining)

    def subscriptions(self) -> Iterator[Subscription]:
        """Yield all subscriptions, past ones included."""
        return self._all_rows("subscriptions", Subscription)

    def _all_rows(self, resource: str, kind: type[T]) -> Iterator[T]:
        """Yield all rows.

        A list without pages returns the same rows again, which ends the loop.
        """
        seen: set[int] = set()
        for page in range(1, MAX_PAGES):
            rows = self._page(resource, page, kind)
            fresh = [row for row in rows if row.id not in seen]
            seen.update(row.id for row in fresh)
            yield from fresh
            if len(rows) < PER_PAGE or not fresh:
                return

    def _page(self, resource: str, page: int, kind: type[T]) -> list[T]:
        body = self._get(f"/open_api/v1/{resource}?page={page}&per_page={PER_PAGE}")
        try:
            answer: Any = msgspec.json.decode(body)
            # The published document calls the list of subscriptions `data`; the program uses its
            # own name.
            rows = answer.get(resource, answer.get("data")) if isinstance(answer, dict) else answer
            return msgspec.convert(rows, list[kind])  # type: ignore[valid-type]
        except (msgspec.DecodeError, msgspec.ValidationError, RecursionError) as problem:
            message = f"{resource}, page {page}: not in the format of the open API: {problem}"
            raise NotRead(ReadProblem.ANSWER, message) from problem

    def _get(self, path: str) -> bytes:
        headers = {
            "Authorization": f"Token token={self.token}",
            "Accept": "application/json",
            "User-Agent": "Loquet",
        }
        try:
            status, body = self._target(path).get(headers)
        except (OSError, http.client.HTTPException) as problem:
            raise NotRead(ReadProblem.UNREACHABLE, f"it can't be reached: {problem}") from problem
        except ValueError as problem:
            raise NotRead(ReadProblem.ANSWER, str(problem)) from problem
        if status != 200:
            raise NotRead(_trouble(status), f"it answered {status} to {path.partition('?')[0]}")
        return body

    def _target(self, path: str) -> Target:
        """Return where to connect; the token is sent over TLS, except in the site's own network.

        Raises NotRead.
        """
        if not self.address.startswith("https://") and not (
            self.allow_private and self.address.startswith("http://")
        ):
            raise NotRead(ReadProblem.ADDRESS, "write it as https://fab.example.org")
        try:
            return resolve(self.address.rstrip("/") + path, allow_private=self.allow_private)
        except (ValueError, KeyError) as problem:
            raise NotRead(ReadProblem.ADDRESS, "write it as https://fab.example.org") from problem
        except NotAllowed as problem:
            raise NotRead(ReadProblem.PRIVATE, str(problem)) from problem
        except NotFound as problem:
            raise NotRead(ReadProblem.UNREACHABLE, str(problem)) from problem


def _trouble(status: int) -> ReadProblem:
    if status in (401, 403):
        return ReadProblem.REFUSED
    if status in (404, 301, 302, 308):
        return ReadProblem.NOT_THERE
    return ReadProblem.BUSY if status in (429, 502, 503, 504) else ReadProblem.ANSWER

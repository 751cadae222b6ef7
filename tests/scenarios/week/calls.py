"""The HTTP API as one person of the place uses it: with the token of her own account."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.support.running_place import Answer, RunningPlace


@dataclass(frozen=True)
class Caller:
    """Who calls."""

    running: RunningPlace
    token: str
    account: str
    """The id of her account."""

    def call(
        self, method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Any call."""
        return self.running.call(method, path, body, headers, token=self.token)

    def get(self, path: str) -> Any:
        """What stands there; it must."""
        answer = self.call("GET", path)
        assert answer.status == 200, answer.body
        return answer.json

    def file(self, path: str) -> bytes:
        """A PDF; it must be one."""
        answer = self.call("GET", path)
        assert (answer.status, answer.kind) == (200, "application/pdf"), answer.body
        return answer.body

    def post(self, path: str, body: object = None) -> Any:
        """Do something that must be accepted; None where nothing is answered."""
        answer = self.call("POST", path, {} if body is None else body)
        assert answer.status in (200, 201, 202, 204), answer.body
        return answer.json if answer.body else None

    def put(self, path: str, body: object) -> Any:
        """Set something that must be accepted."""
        answer = self.call("PUT", path, body)
        assert answer.status == 200, answer.body
        return answer.json

    def patch(self, path: str, changes: object) -> Any:
        """Change something as it stands now; it must be accepted."""
        read = self.call("GET", path)
        answer = self.call("PATCH", path, changes, {"If-Match": read.headers["ETag"]})
        assert answer.status == 200, answer.body
        return answer.json

    def all(self, path: str, **query: str) -> list[dict[str, Any]]:
        """All items of a list, page by page."""
        found: list[dict[str, Any]] = []
        words, after = "&".join(f"{key}={value}" for key, value in query.items()), ""
        while True:
            answer = self.get(f"{path}?limit=500&{words}{after}")
            found += answer["items"]
            if answer["next"] is None:
                return found
            after = f"&after={answer['next']}"

"""A server that answers as the published description of fab-manager's open API says.

No fab-manager runs here: what is tested with this is only checked against a published format.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN = "fab-token"
STAMP = "2016-05-04T17:21:48.403+02:00"
UNPAGED = ("plans", "trainings")


@dataclass
class Shop:
    """What it has, and what went wrong with it."""

    have: dict[str, list[dict[str, Any]]]
    envelope: dict[str, str] = field(default_factory=lambda: {"subscriptions": "data"})
    status: int = 200
    port: int = 0
    asked: list[str] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def answer(self, path: str, token: str) -> tuple[int, Any]:
        self.asked.append(path)
        if token != f"Token token={TOKEN}":
            return 401, {"errors": ["Bad credentials"]}
        if self.status != 200:
            return self.status, {"error": ["Server error"]}
        parts = urlsplit(path)
        *where, what = parts.path.strip("/").split("/")
        if where != ["open_api", "v1"] or what not in self.have:
            return 404, {"errors": ["Not found"]}
        rows, asked = self.have[what], parse_qs(parts.query)
        if what not in UNPAGED:
            size, page = int(asked["per_page"][0]), int(asked["page"][0])
            rows = rows[(page - 1) * size : page * size]
        return 200, {self.envelope.get(what, what): rows}


def furnished(people: int = 250) -> Shop:
    """More people than stand on two pages, newest first; the last has left no name."""
    users = [
        {
            "id": n,
            "email": f"p{n}@example.org",
            "created_at": STAMP,
            "external_id": None,
            "full_name": f"Person {n}",
            "first_name": "Person",
            "last_name": str(n),
            "gender": "woman",
            "organization": False,
            "address": "",
            "group": {"id": 1, "name": "standard, association", "slug": "standard"},
        }
        for n in range(people, 0, -1)
    ]
    named = {"disabled": None, "updated_at": STAMP, "created_at": STAMP}
    return Shop(
        {
            "users": users,
            "trainings": [
                {"id": 1, "name": "Formation Imprimante 3D", "slug": "f", **named},
                {"id": 2, "name": "Formation Laser / Vinyle", "slug": "g", **named},
            ],
            "machines": [
                {"id": 1, "name": "Epilog EXT36 Laser", "slug": "l", **named},
                {"id": 5, "name": "Petite Fraiseuse", "slug": "p", **named, "disabled": True},
            ],
            "plans": [{"id": 1, "name": "One month - standard", "slug": "o", **named}],
            "user_trainings": [
                {"id": 10 + n, "user_id": n, "training_id": 1 + n % 2, "created_at": STAMP}
                for n in (1, 2, 3, 9999)
            ],
            "subscriptions": [_period(2, 1, "2022-08-26", "2022-09-26"), _period(1, 1)],
        }
    )


def _period(
    key: int, user: int, begun: str = "2021-12-23", until: str = "2022-01-23"
) -> dict[str, Any]:
    return {
        "id": key,
        "user_id": user,
        "created_at": f"{begun}T09:41:02.426+02:00",
        "expiration_date": f"{until}T09:41:02.427+02:00",
        "canceled_at": None,
        "plan_id": 1,
    }


@contextmanager
def served(shop: Shop) -> Iterator[Shop]:
    """At its address until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = shop.answer(self.path, self.headers.get("Authorization", ""))
            data = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:
            del format, args

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    shop.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield shop
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

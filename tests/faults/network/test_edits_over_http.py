"""Many at once over HTTP, on both databases: one wins, and every other is told."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from controller.domain.time import Utc
from controller.kernel.database import wall_clock
from tests.faults.network.network_place import Network, running
from tests.support.valkey import PROGRAM

EDITS, BOOKINGS = 50, 200
pytestmark = [pytest.mark.needs(PROGRAM), pytest.mark.timeout(1800)]


@pytest.fixture
def network(database_url: str, valkey_url: str, tmp_path: Path) -> Iterator[Network]:
    """Two webs on PostgreSQL, one on SQLite, which is for one process."""
    webs = 2 if database_url.startswith("postgresql") else 1
    with running(tmp_path, database_url, valkey_url, webs=webs, hubs=0) as found:
        yield found


def at_once(many: int, do: Callable[[int], int]) -> Counter[int]:
    """How often each status was answered."""
    start, found, lock = threading.Barrier(many), Counter[int](), threading.Lock()

    def run(number: int) -> None:
        start.wait(60)
        status = do(number)
        with lock:
            found[status] += 1

    threads = [threading.Thread(target=run, args=(number,)) for number in range(many)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(200)
    return found


def test_50_edits_and_200_bookings_lose_none_silently(network: Network) -> None:
    webs = len(network.webs)
    network.make("zones", {"id": "hall", "name": {"en": "Hall"}})
    network.make(
        "access-points", {"id": "saw", "kind": "machine", "name": {"en": "Saw"}, "zone_id": "hall"}
    )
    member = network.make("members", {"display_name": "Amina"})["id"]
    for patch in (lambda n: {"display_name": f"Name {n}"}, alternately):
        before = network.call(0, "GET", f"members/{member}")
        taken: list[dict[str, Any]] = []

        def edit(
            number: int,
            patch: Any = patch,
            tag: str = before.tag,
            taken: list[dict[str, Any]] = taken,
        ) -> int:
            answer = network.call(
                number % webs, "PATCH", f"members/{member}", patch(number), {"If-Match": tag}
            )
            if answer.status == 200:
                taken.append(answer.json)
            return answer.status

        assert at_once(EDITS, edit) == {200: 1, 412: EDITS - 1}
        assert network.call(0, "GET", f"members/{member}").json == taken[0]
    assert book_all(network, member) == {201: 1, 409: BOOKINGS - 1}


def alternately(number: int) -> dict[str, Any]:
    """Edits of what stands beside the member's row: they exclude each other just the same."""
    return [{"maintains": ["saw"]}, {"supervises": ["hall"]}][number % 2]


def book_all(network: Network, member: str) -> Counter[int]:
    """Everybody wants the same hour."""
    times = {
        name: Utc.of(wall_clock() + timedelta(hours=hours)).text()
        for name, hours in (("starts_at", 1), ("ends_at", 2))
    }
    body = {"member_id": member, "access_point": "saw", **times}

    def book(number: int) -> int:
        """Who is told that the database is busy asks again."""
        while True:
            answer = network.call(number % len(network.webs), "POST", "bookings", body)
            if answer.status != 503:
                return answer.status

    return at_once(BOOKINGS, book)

"""Of many changes based on the same version one is taken, and the others are told so."""

from threading import Barrier, Thread

from controller.capabilities.members import members
from controller.kernel.errors import Stale
from tests.capabilities.conftest import BOSS, Place

MANY = 50


def test_50_changes_at_once_lose_none_silently(place: Place) -> None:
    with place.database.write() as db:
        person = place.member(db)
    start, taken, stale = Barrier(MANY), list[str](), list[str]()

    def change(number: int) -> None:
        name = f"Name {number}"
        start.wait(60)
        try:
            with place.database.write() as db:
                patch = {"display_name": name}
                members.change(
                    db, person.id, patch, version=person.version, actor=BOSS, now=place.now
                )
            taken.append(name)
        except Stale:
            stale.append(name)

    threads = [Thread(target=change, args=(number,)) for number in range(MANY)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert (len(taken), len(stale)) == (1, MANY - 1)
    with place.database.read() as db:
        found = members.get(db, person.id, actor=BOSS)
    assert (found.display_name, found.version) == (taken[0], person.version + 1)

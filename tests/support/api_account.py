"""An API token of an account, made in the database."""

from controller.assembly import HOUSE
from controller.capabilities.accounts import accounts, tokens
from controller.kernel.actor import Actor
from controller.kernel.database import Database, wall_clock
from controller.store.engine import open_database


def token_of(database_url: str, login: str) -> str:
    """A new token with all that the account may do."""
    engine = open_database(database_url)
    with Database(engine, house=HOUSE).write() as db:
        account = accounts.id_of(db, login)
        system = Actor.system("test")
        _, secret = tokens.add(db, account, "test", HOUSE.permissions, wall_clock(), system)
    engine.dispose()
    return secret

"""What tests of ingest share with others."""

from sqlalchemy import func, select

from controller.capabilities.alarms.models import Alarm
from controller.kernel.database import Database
from controller.store.base import Base


def count(database: Database, model: type[Base]) -> int:
    with database.read() as db:
        return db.scalar(select(func.count()).select_from(model)) or 0


def kinds_of_alarm(database: Database) -> set[str]:
    with database.read() as db:
        return set(db.scalars(select(Alarm.kind)))

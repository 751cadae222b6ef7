"""What tests of webhooks share with others."""

from collections.abc import Sequence

from controller.capabilities.members import members
from controller.capabilities.members.shapes import NewMember
from controller.integrations.webhooks import webhooks
from controller.integrations.webhooks.shapes import Delivery
from controller.kernel.database import Database, wall_clock
from tests.integrations.webhooks.conftest import SYSTEM
from tests.support.until import until
from tests.webui.conftest import SITE


def change(database: Database, name: str = "Zoé d’Artois") -> str:
    """A new member, of whom the outbox tells."""
    with database.edit() as db:
        new = NewMember(site_id=SITE, display_name=name)
        return members.create(db, new, actor=SYSTEM, now=wall_clock()).id


def deliveries(database: Database, hook: str) -> Sequence[Delivery]:
    with database.read() as db:
        return webhooks.deliveries(db, hook, actor=SYSTEM).items


def answered(database: Database, hook: str, attempts: int = 1) -> Delivery:
    """The only delivery, once so many tries have been answered."""

    def is_so() -> bool:
        found = deliveries(database, hook)
        return bool(found) and found[0].attempts == attempts and _is_over(found[0])

    until(is_so, lambda: str(deliveries(database, hook)))
    (found,) = deliveries(database, hook)
    return found


def _is_over(delivery: Delivery) -> bool:
    return delivery.status is not None or delivery.error is not None

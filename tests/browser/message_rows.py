"""What the place has written, in each state, and whom its alarms wake."""

from controller.capabilities.messages.models import MessageRow
from controller.domain.facts import Language
from controller.domain.time import Utc
from controller.integrations.chat import targets
from controller.integrations.chat.models import ChatTarget
from controller.kernel.database import Database
from controller.wire.ids import uuid7

STATES: tuple[dict[str, object], ...] = (
    {"sent_at": True},
    {"due_at": True},
    {"due_at": True, "trouble": "refused"},
    {"trouble": "recipient", "said": "550 5.1.1 <a-very-long-name@example.org>: unknown"},
    {"trouble": "late"},
)


def add_messages(database: Database, site: str, now: Utc) -> None:
    """One message of each state, and a target that is well, one that fails, one that rests."""
    with database.write() as db:
        for number, state in enumerate(STATES):
            row = {name: now if value is True else value for name, value in state.items()}
            db.add(
                MessageRow(
                    id=uuid7(),
                    site_id=site,
                    what="moved_up",
                    key=f"crawl {number}",
                    detail={},
                    address="a-very-long-name-of-somebody@example.org",
                    language=Language.FR,
                    written_at=now,
                    attempts=number,
                    **row,
                )
            )
        rests: tuple[dict[str, object], ...] = (
            {"told_at": now},
            {"failures": 3, "said": "404 " + "x" * 90},
            {"paused_at": now},
        )
        for item in rests:
            key = uuid7()
            given: dict[str, object] = {"failures": 0} | item
            db.add(
                ChatTarget(
                    id=key,
                    site_id=site,
                    name="Astreinte de la nuit et des jours fériés",
                    service="ntfy",
                    sealed=targets.sealer("s" * 40).seal(b"ntfy://127.0.0.1:1/x", key),
                    only_grave=True,
                    created_by="system:test",
                    created_at=now,
                    **given,
                )
            )

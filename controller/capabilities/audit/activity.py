"""A chain that does not hold is told to whoever was away."""

from collections.abc import Iterator

from sqlalchemy.orm import Session

from controller.capabilities.audit import checking
from controller.kernel.activity import Asked, Happened, NextAction, Part, Recent, Weight, say

READ = "audit.read"


def _tell(db: Session, asked: Asked) -> Iterator[Happened]:
    found = checking.chain(db)
    if found.broken_at is not None and found.checked_at is not None:
        yield Happened(
            part=Part.FAULTS,
            names=("audit", str(found.broken_at)),
            at=found.checked_at,
            title=say("The audit of acts has been changed: no. %(n)s", n=found.broken_at),
            facts=(say("compare a backup"),),
            weight=Weight.BAD,
            action=NextAction(READ),
        )


RECENT = Recent(tell=_tell, actions=frozenset({READ}))

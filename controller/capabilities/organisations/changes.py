"""Changes to organisations and projects that later features may refuse, or follow."""

from dataclasses import dataclass

from controller.domain.time import Utc
from controller.kernel.actor import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class PaidUseExtension:
    """An organisation or project is about to pay for more use.

    It is made active again, or its time is extended, or another organisation pays for a project.
    A reaction refuses it if the actor belongs to the organisation or project.
    """

    actor: Actor
    organisation_id: str | None = None
    project_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PayerChange:
    """An organisation was closed or reopened, or the dates or the organisation of a project have
    changed.

    Exactly one of both is set. What is booked for later may have another payer now, or none.
    """

    actor: Actor
    now: Utc
    organisation_id: str | None = None
    project_id: str | None = None

"""What happens to an organisation or a project: what later features may refuse."""

from dataclasses import dataclass

from controller.kernel.actor import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class PaysForMore:
    """It is to pay for more of what its members use. Not by one of them."""

    actor: Actor
    organisation_id: str | None = None
    project_id: str | None = None

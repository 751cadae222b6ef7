"""What happens to a print that other features must act upon, in the same transaction."""

from dataclasses import dataclass

from controller.capabilities.print_jobs.models import PrintJob
from controller.capabilities.usage.models import SessionRow
from controller.domain.time import Utc
from controller.kernel.actor import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintSettled:
    """Its end is known, and whose it was: told once."""

    job: PrintJob
    session: SessionRow
    actor: Actor
    now: Utc

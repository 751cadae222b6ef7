"""What happens to a print: what other features act upon at once, and the news of it."""

from dataclasses import dataclass

from controller.capabilities.print_jobs.models import PrintJob
from controller.capabilities.usage.models import SessionRow
from controller.domain.time import Utc
from controller.kernel.actor import Actor
from controller.kernel.news import News

# News that this feature publishes through the outbox.


class PrintJobNews(News, frozen=True, kw_only=True):
    """A print that was granted, or whose end was reported."""

    FEATURE = "print_jobs"
    WHAT = "print_job"


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintSettled:
    """Its end is known, and whose it was: told once."""

    job: PrintJob
    session: SessionRow
    actor: Actor
    now: Utc

"""Changes of print jobs to which other features react at once, and the news."""

from dataclasses import dataclass

from controller.capabilities.print_jobs.models import PrintJob
from controller.capabilities.usage.models import SessionRow
from controller.domain.time import Utc
from controller.kernel.actor import Actor
from controller.kernel.news import News

# News that this feature publishes through the outbox.


class PrintJobNews(News, frozen=True, kw_only=True):
    """A print was granted, or its end was reported."""

    FEATURE = "print_jobs"
    WHAT = "print_job"


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintSettled:
    """A print has ended and its machine session is known; published once per print."""

    job: PrintJob
    session: SessionRow
    actor: Actor
    now: Utc

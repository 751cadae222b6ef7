"""Mail at work, where a server is configured."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from controller.capabilities.messages.queue import Rules
from controller.domain.time import Utc
from controller.integrations.mail.sender import Sender
from controller.kernel.database import Database, wall_clock
from controller.settings import MailSettings, Settings


def rules(mail: MailSettings, secret: str) -> Rules:
    """What the installation says; `secret` is that of `[web]`."""
    return Rules(secret=secret, quiet=mail.quiet, give_up_days=mail.give_up_days)


@contextmanager
def running_mail(
    database: Database, settings: Settings, secret: str, *, clock: Callable[[], Utc] = wall_clock
) -> Iterator[None]:
    """Send on a thread of its own until the block ends; nothing where no server is configured."""
    mail = settings.mail
    if not mail.is_on:
        yield
        return
    sender = Sender(
        database,
        mail,
        rules(mail, secret),
        settings.web.public_url,
        site_id=settings.site.id,
        clock=clock,
    )
    sender.start()
    try:
        yield
    finally:
        sender.stop()

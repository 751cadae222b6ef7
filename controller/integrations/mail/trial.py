"""A test message, sent at once, so that errors are shown at once."""

from controller.domain.facts import Language
from controller.domain.locale.catalogue import N_, Translator
from controller.domain.time import Utc
from controller.integrations.mail.mime import Envelope, Heading, message
from controller.integrations.mail.server import connect
from controller.kernel.message import Letter
from controller.settings import MailSettings
from controller.wire.ids import uuid7

SUBJECT = N_("Test e-mail: %(place)s")
LINES = (
    N_("This message comes from the test button on the “Messages” page."),
    N_("If you can read it, the mail server is set up correctly."),
)


def letter(translator: Translator, place: str) -> Letter:
    """Return the text of the test message."""
    return Letter(
        subject=translator.say(SUBJECT, place=place), lines=tuple(map(translator.say, LINES))
    )


def send(
    settings: MailSettings,
    public_url: str,
    *,
    to: str,
    translator: Translator,
    language: Language,
    place: str,
    now: Utc,
) -> None:
    """Send it now, past the queue. Raises NotSent."""
    envelope = Envelope(settings=settings, public_url=public_url, translator=translator)
    """Send the test message immediately, without the queue. Raises NotSent."""
    head = Heading(id=uuid7(), to=to, language=language, at=now, place=place)
    mail = message(letter(translator, place), head, envelope)
    with connect(settings) as line:
        line.send(mail)

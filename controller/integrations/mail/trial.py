"""A test message, sent at once, so that errors are shown at once."""

from dataclasses import replace

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
EXAMPLE = N_("An example of an e-mail follows; nothing in it happened.")


def letter(translator: Translator, place: str, example: Letter | None = None) -> Letter:
    """Return the text of the test message; an example follows, below its subject."""
    subject, lines = translator.say(SUBJECT, place=place), tuple(map(translator.say, LINES))
    if example is None:
        return Letter(subject=subject, lines=lines)
    return replace(
        example,
        subject=translator.say(SUBJECT, place=example.subject),
        lines=(*lines, translator.say(EXAMPLE), example.subject, *example.lines),
        invitation=None,
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
    example: Letter | None = None,
) -> None:
    """Send the test message immediately, without the queue, and the example in it.

    Raises NotSent.
    """
    envelope = Envelope(settings=settings, public_url=public_url, translator=translator)
    head = Heading(id=uuid7(), to=to, language=language, at=now, place=place)
    mail = message(letter(translator, place, example), head, envelope)
    with connect(settings) as connection:
        connection.send(mail)

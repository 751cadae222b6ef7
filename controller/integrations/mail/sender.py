"""Sends due messages, several per connection; they stay queued while the server is unavailable."""

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from sqlalchemy.exc import DBAPIError

from controller.capabilities.accounts import reset_requests
from controller.capabilities.messages import queue
from controller.capabilities.messages.queue import DueMessage, Rules
from controller.capabilities.messages.troubles import SERVER_TROUBLES, Trouble
from controller.domain.locale.catalogue import N_
from controller.domain.time import Utc
from controller.integrations.mail.mime import Envelope, compose
from controller.integrations.mail.place_links import with_place
from controller.integrations.mail.server import MailConnection, NotSent, connect
from controller.kernel.database import Database, wall_clock
from controller.kernel.message import Letter, Link
from controller.kernel.translation import translator
from controller.settings import MailSettings, Settings
from controller.store.engine import first_line

REFUSED_CONTENT = N_(
    "Something was done that concerns you. The mail server refused the message that says what, "
    "because of a text in it."
)
ASK_WHAT = N_("Please ask at the desk, or sign in, to see what it is.")
LINK_TEXT = N_("See what it is")
POLL_S = 3.0
"""Seconds between two checks for due messages."""

_log = logging.getLogger(__name__)


class Sender:
    """A thread that checks for due messages and sends them through the server."""

    def __init__(
        self,
        database: Database,
        settings: MailSettings,
        rules: Rules,
        public_url: str,
        *,
        site_id: str,
        clock: Callable[[], Utc] = wall_clock,
        poll_s: float = POLL_S,
    ) -> None:
        self._database = database
        self._settings = settings
        self._rules = rules
        self._public_url = public_url.rstrip("/")
        self._site_id = site_id
        self._clock = clock
        self._poll_s = poll_s
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="mail", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Stop the thread; another process sends the remaining messages later."""
        self._stopped.set()
        self._thread.join()

    def poll(self) -> bool:
        """Send the messages that are due; return False if the server was unavailable.

        A message that the server refuses counts as handled. Raises DBAPIError.
        """
        self._answer_reset_requests()
        while not self._stopped.is_set():
            with self._database.read() as db:
                if not queue.is_due(db, self._clock()):
                    return True
            with self._database.write() as db:
                taken = queue.take_due(db, self._rules, self._clock())
                messages = [with_place(db, message) for message in taken]
            if messages and not self._send(messages):
                return False
        return True

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                self.poll()
            except DBAPIError as problem:
                _log.warning("mail: %s; trying again", first_line(problem))
            # the outermost loop: one bad message must not stop the others
            except Exception:  # noqa: BLE001
                _log.exception("mail: trying again")
            self._stopped.wait(self._poll_s)

    def _answer_reset_requests(self) -> None:
        """Write the requested messages for a new password.

        Done here and not in the web request, whose duration would reveal whether the account
        exists.
        """
        with self._database.read() as db:
            if not reset_requests.is_waiting(db):
                return
        with self._database.write() as db:
            reset_requests.answer(
                db, web_secret=self._rules.secret, site_id=self._site_id, now=self._clock()
            )

    def _send(self, messages: Sequence[DueMessage]) -> bool:
        """Send messages; return False if the server became unavailable."""
        remaining = list(messages)
        try:
            with connect(self._settings) as connection:
                while remaining:
                    self._send_one(connection, remaining[0])
                    del remaining[0]
        except NotSent as problem:
            _log.warning("mail: %s", problem)
            for due in remaining:
                self._record_failure(due, problem)
            return False
        return True

    def _send_one(self, connection: MailConnection, due: DueMessage) -> None:
        with self._database.read() as db:
            envelope = Envelope(
                settings=self._settings,
                public_url=self._public_url,
                translator=translator(db, due.language),
            )
        try:
            _send_with_fallback(connection, due, envelope)
        except NotSent as problem:
            if problem.trouble in SERVER_TROUBLES:
                raise
            self._record_failure(due, problem)
            return
        except Exception:  # noqa: BLE001  the others go out
            _log.exception("mail: message %s can't be composed", due.id)
            self._record_failure(due, NotSent(Trouble.WORDS))
            return
        with self._database.write() as db:
            queue.mark_sent(db, due.id, to=due.address, now=self._clock())

    def _record_failure(self, due: DueMessage, problem: NotSent) -> None:
        with self._database.write() as db:
            queue.mark_failed(
                db,
                due.id,
                problem.trouble,
                problem.detail,
                to=due.address,
                rules=self._rules,
                now=self._clock(),
            )


def _send_with_fallback(connection: MailConnection, due: DueMessage, envelope: Envelope) -> None:
    """Send a message; if its content is refused, send it without the texts that people typed.

    Otherwise a typed text could keep the message from its recipient. Raises NotSent.
    """
    try:
        connection.send(compose(due, envelope))
    except NotSent as problem:
        if problem.trouble is not Trouble.CONTENT:
            raise
        _log.warning("mail: message %s is sent again without its text: %s", due.id, problem)
        say, link = envelope.translator.say, due.letter.link
        plain = Letter(
            subject=due.title,
            lines=(say(REFUSED_CONTENT), say(ASK_WHAT)),
            link=None if link is None else Link(say(LINK_TEXT), link.path),
        )
        connection.send(compose(replace(due, letter=plain), envelope))


# Runs mail if a server is configured.


def rules(mail: MailSettings, secret: str) -> Rules:
    """Return the installation's rules for messages; `secret` is that of `[web]`."""
    return Rules(secret=secret, quiet_hours=mail.quiet, give_up_days=mail.give_up_days)


@contextmanager
def running_mail(
    database: Database, settings: Settings, secret: str, *, clock: Callable[[], Utc] = wall_clock
) -> Iterator[None]:
    """Send on a thread of its own until the block ends; does nothing if no server is configured."""
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

"""The connection to the mail server (RFC 5321), with its errors as typed troubles."""

import smtplib
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.message import EmailMessage

from controller.capabilities.messages.troubles import Trouble
from controller.settings import MailSettings, SettingsError
from controller.settings.reading import read_secret

TIMEOUT_S = 10.0
"""For connecting, and again for each response."""
_ERRORS = (OSError, smtplib.SMTPException, ssl.SSLError, UnicodeError, ValueError)


class NotSent(Exception):
    """The server did not accept the message, or could not be reached."""

    def __init__(self, trouble: Trouble, detail: str = "") -> None:
        super().__init__(f"{trouble}: {detail}")
        self.trouble = trouble
        self.detail = detail
        """The error from the server or the network, in one line; never a secret."""


class MailConnection:
    """A connection to the server for several messages."""

    def __init__(self, smtp: smtplib.SMTP) -> None:
        self._smtp = smtp

    def send(self, message: EmailMessage) -> None:
        """Send a message. Raises NotSent."""
        try:
            self._smtp.send_message(message)
        except _ERRORS as problem:
            with suppress(*_ERRORS):
                self._smtp.rset()
            raise _as_not_sent(problem) from problem


@contextmanager
def connect(settings: MailSettings) -> Iterator[MailConnection]:
    """Connect, encrypt and sign in. Raises NotSent."""
    try:
        smtp = _open(settings)
    except _ERRORS as problem:
        raise _as_not_sent(problem) from problem
    try:
        try:
            _sign_in(smtp, settings)
        except _ERRORS as problem:
            raise _as_not_sent(problem) from problem
        yield MailConnection(smtp)
    finally:
        with suppress(*_ERRORS):
            smtp.quit()
        smtp.close()


def _open(settings: MailSettings) -> smtplib.SMTP:
    host, port = settings.host or "", settings.port
    if settings.tls == "tls":
        tls = ssl.create_default_context(cafile=settings.ca)
        return smtplib.SMTP_SSL(host, port, timeout=TIMEOUT_S, context=tls)
    smtp = smtplib.SMTP(host, port, timeout=TIMEOUT_S)
    if settings.tls == "starttls":
        try:
            smtp.starttls(context=ssl.create_default_context(cafile=settings.ca))
        except BaseException:
            smtp.close()
            raise
    return smtp


def _sign_in(smtp: smtplib.SMTP, settings: MailSettings) -> None:
    if settings.user is not None and settings.password_file is not None:
        try:
            password = read_secret(settings.password_file)
        except SettingsError as problem:
            raise NotSent(Trouble.LOGIN, str(problem)) from problem
        smtp.login(settings.user, password)


def _as_not_sent(problem: Exception) -> NotSent:
    """Convert an exception to NotSent.

    The first case that matches counts; each is a special case of those below it.
    """
    match problem:
        case socket.gaierror():
            return NotSent(Trouble.DNS, problem.strerror or "")
        case ssl.SSLCertVerificationError():
            return NotSent(Trouble.TLS, problem.verify_message)
        case ssl.SSLError():
            return NotSent(Trouble.TLS, problem.reason or "")
        case ConnectionRefusedError():
            return NotSent(Trouble.REFUSED)
        case TimeoutError():
            return NotSent(Trouble.TIMEOUT)
        case smtplib.SMTPAuthenticationError():
            return NotSent(Trouble.LOGIN, _line(problem.smtp_code, problem.smtp_error))
        case smtplib.SMTPRecipientsRefused():
            code, text = next(iter(problem.recipients.values()))
            return NotSent(_of_code(code, Trouble.RECIPIENT), _line(code, text))
        case smtplib.SMTPSenderRefused():
            code = problem.smtp_code
            line = _line(code, problem.smtp_error)
            return NotSent(_of_code(code, Trouble.SENDER), line)
        case smtplib.SMTPDataError():
            code = problem.smtp_code
            line = _line(code, problem.smtp_error)
            return NotSent(_of_code(code, Trouble.CONTENT), line)
        case smtplib.SMTPNotSupportedError():
            return NotSent(Trouble.TLS, "STARTTLS or AUTH is not offered")
        case OSError() | smtplib.SMTPException():
            return NotSent(Trouble.CUT, type(problem).__name__)
        case _:
            return NotSent(Trouble.CONTENT, type(problem).__name__)


def _of_code(code: int, lasting: Trouble) -> Trouble:
    """Return the trouble for a status: 4yz is temporary, 5yz permanent (RFC 5321, 4.2.1)."""
    return Trouble.LATER if 400 <= code < 500 else lasting


def _line(code: int, text: bytes | str) -> str:
    decoded = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return f"{code} {' '.join(decoded.split())}"[:300]

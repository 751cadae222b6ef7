"""A real mail server (aiosmtpd) on a port of its own, which answers as it is told."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult

from tests.support.programs import free_port


@dataclass
class Post:
    """What came, and what is answered."""

    port: int = 0
    got: list[EmailMessage] = field(default_factory=list)
    to_rcpt: str = ""
    """Answered to whom a message is for; empty: it is taken."""
    to_data: str = ""
    password: str = ""
    """Asked for; empty: nobody signs in."""

    async def handle_RCPT(
        self, _server: SMTP, _session: Any, envelope: Any, address: str, _options: list[str]
    ) -> str:
        """As SMTP has it."""
        if self.to_rcpt:
            return self.to_rcpt
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Any, envelope: Any) -> str:
        """As SMTP has it."""
        if self.to_data:
            return self.to_data
        found = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(found, EmailMessage)
        self.got.append(found)
        return "250 taken"

    def authenticate(
        self, _server: SMTP, _session: Any, _envelope: Any, _mechanism: str, data: Any
    ) -> AuthResult:
        """Whether it is the password."""
        right = data.password == self.password.encode()
        return AuthResult(success=right, handled=False)


@contextmanager
def posting(post: Post | None = None, tls: ssl.SSLContext | None = None) -> Iterator[Post]:
    """It runs until the block ends; again on the same port if it had one."""
    post = post or Post()
    port = post.port or free_port()
    controller = Controller(
        post,
        hostname="127.0.0.1",
        port=port,
        tls_context=tls,
        require_starttls=tls is not None,
        auth_required=bool(post.password),
        authenticator=post.authenticate if post.password else None,
        auth_require_tls=tls is not None,
    )
    controller.start()
    post.port = port
    try:
        yield post
    finally:
        controller.stop()


def body(mail: EmailMessage, kind: str = "plain") -> str:
    """Its text, as `plain` or `html`."""
    part = mail.get_body((kind,))
    assert part is not None
    text: str = part.get_content()
    return text

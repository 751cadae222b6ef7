"""Where people sign in: the pages under a name, a mail server, and a provider that is real."""

import itertools
import re
import subprocess
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyotp
from flask import Flask
from werkzeug.serving import make_server

from controller.capabilities.accounts import accounts, authenticators
from controller.capabilities.accounts.identity import actor_of
from controller.capabilities.accounts.models import AccountRow
from controller.capabilities.badges import credentials
from controller.capabilities.badges.shapes import NewCredential
from controller.capabilities.badges.vault import Vault
from controller.capabilities.members import members
from controller.capabilities.members.shapes import NewMember
from controller.capabilities.screen import addresses
from controller.capabilities.screen.addresses import NewAddress
from controller.capabilities.screen.models import AddressKind
from controller.capabilities.self_service import codes
from controller.domain.time import Utc
from controller.integrations.mail.sender import Sender, rules
from controller.kernel.actor import Actor, Role
from controller.kernel.database import Database, wall_clock
from controller.settings import MailSettings, OidcSettings
from tests.peers.provider import CLIENT, SECRET
from tests.peers.venv import bin_folder
from tests.support.programs import free_port
from tests.support.smtp import Post, body, posting
from tests.support.tree import ROOT
from tests.webui.conftest import PASSWORD, SITE, filled_database, make_app

SYSTEM = Actor.system("test")
PROVIDER = "Ville"
_SECRET = "s" * 40
_LINK = re.compile(r"http://localhost:\d+/reset/\S+")


@dataclass
class Entrance:
    """The pages, and what stands behind them."""

    url: str
    database: Database
    post: Post
    mail: MailSettings
    provider_port: int
    open_until: ExitStack
    linked: str = ""
    """The account that the provider's person opens."""
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def account(self) -> str:
        """The login of somebody new at the desk, whose password is `PASSWORD`."""
        login = f"desk-{next(self._numbers)}@example.org"
        roles = {SITE: frozenset({Role.DESK})}
        with self.database.write() as db:
            accounts.create(
                db, login=login, password=PASSWORD, roles=roles, actor=SYSTEM, now=wall_clock()
            )
        return login

    def code_of_telephone(self, login: str) -> str:
        """Give the account a telephone; what it shows now."""
        seals = authenticators.sealer(_SECRET)
        before = Utc.of(wall_clock() - timedelta(minutes=2))
        with self.database.write() as db:
            row = db.query(AccountRow).filter_by(login=login).one()
            seed = authenticators.begin(db, row.id, seals=seals, now=before)
            shown = pyotp.TOTP(seed)
            who = actor_of(db, row)
            authenticators.confirm(db, shown.at(before), actor=who, seals=seals, now=before)
        return shown.at(wall_clock())

    def member(self, code: str) -> tuple[str, str]:
        """Name and badge number of somebody new with that code for terminals."""
        number = next(self._numbers)
        name, badge = f"Amina Diallo {number}", f"{3_600_000_001 + number * 97:010d}"
        now = wall_clock()
        with self.database.write() as db:
            key = members.create(db, NewMember(display_name=name), actor=SYSTEM, now=now).id
            new = NewCredential(member_id=key, value=f"em:{badge}")
            credentials.create(db, new, vault=Vault(b"k" * 32, b"w" * 32), actor=SYSTEM, now=now)
            own = Actor(ref="x", member_id=key)
            codes.set_own(db, code, key=codes.hashing_key(_SECRET), actor=own, now=now)
        return name, badge

    def terminal(self) -> str:
        """The address of a new one."""
        new = NewAddress(name="flow", kind=AddressKind.TERMINAL)
        with self.database.write() as db:
            _made, secret = addresses.create(db, SITE, new, actor=SYSTEM, now=wall_clock())
        return f"{self.url}/terminal/{secret}"

    def mailed_link(self) -> str:
        """The one in the last message."""
        sender = Sender(
            self.database,
            self.mail,
            rules(self.mail, _SECRET),
            self.url,
            site_id=SITE,
            clock=wall_clock,
        )
        sender.poll()
        found = _LINK.search(body(self.post.got[-1]))
        assert found is not None
        return found[0]

    def provide(self) -> None:
        """Have the provider run, from now on."""
        python = str(bin_folder("canaille") / "python")
        back = f"{self.url}/sign-in/provider/back"
        command = [python, str(ROOT / "tests/peers/provider.py"), str(self.provider_port), back]
        process = self.open_until.enter_context(
            subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        )
        self.open_until.callback(process.kill)
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"


@contextmanager
def the_entrance(folder: Path) -> Iterator[Entrance]:
    """It runs until the block ends; under a name, as passkeys ask."""
    folder.mkdir()
    secret = folder / "oidc.secret"
    secret.write_text(SECRET)
    apps: list[Flask] = []

    def answer(environ: Any, start: Any) -> Any:
        return apps[0](environ, start)

    with ExitStack() as stack:
        database = stack.enter_context(filled_database(folder))
        post = stack.enter_context(posting())
        mail = MailSettings(host="127.0.0.1", port=post.port, tls="none", sender="l@fab.example")
        provider = free_port()
        oidc = OidcSettings(
            issuer=f"http://localhost:{provider}",
            client_id=CLIENT,
            client_secret_file=str(secret),
            name=PROVIDER,
        )
        server = make_server("localhost", 0, answer, threaded=True)
        stack.callback(server.server_close)
        url = f"http://localhost:{server.server_port}"
        apps.append(
            make_app(database, wall_clock, mail=mail, oidc=oidc, public_url=url)  # type: ignore[arg-type]
        )
        stack.callback(apps[0].extensions["broadcast"].close)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        stack.callback(server.shutdown)
        yield Entrance(url, database, post, mail, provider, stack)

"""Check a controller: its keys, database, broker, pages and front door."""

import json
import ssl
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from controller.capabilities.agents.pki import (
    Authority,
    certificate_pem,
    private_pem,
    write_private,
)
from controller.cli.checking.broker_greeting import TIMEOUT_S, greet
from controller.cli.checking.computer import clock, disk
from controller.cli.checking.findings import CheckFailed, Finding, bad, try_check
from controller.cli.checking.keys import keys
from controller.cli.installing.layout import program
from controller.kernel.database import wall_clock
from controller.settings import Settings

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from controller.domain.time import Utc

LATE_AFTER = timedelta(minutes=15)
"""A job that is later than this, or an outbox reader that is further behind, is a problem."""
GONE_AFTER = timedelta(days=14)
"""How long a box may go without fetching its site's newer key before it counts as gone."""
CLIENT_ID = "doctor."
"""Client id for the check of the broker.

With its dot it is no agent's or hub's, as those are slugs.
"""
_MINUTE = timedelta(minutes=1)


def is_controller(settings: Settings) -> bool:
    """Return whether this computer has files that only a controller has."""
    folder = Path(settings.site.keys)
    backend, _, file = settings.database.url.partition(":///")
    names = ("ca.key", "credential.key", "hub.key", "web.secret")
    has_database = backend == "sqlite" and Path(file).exists()
    return has_database or any((folder / name).exists() for name in names)


def controller(settings: Settings) -> Iterator[Finding]:
    """Yield all findings about an installed controller."""
    yield Finding("Mosquitto is installed", bool(program("mosquitto")), "apt install mosquitto")
    yield disk(Path(settings.site.keys).parent, "data")
    yield clock()
    yield from keys(settings)
    yield from _database(settings)
    host, port = settings.mqtt.hub_host, settings.mqtt.port
    yield try_check(f"the broker at {host}:{port} accepts us", lambda: _broker(settings))
    yield try_check(f"the pages answer at {settings.web.bind}", lambda: _pages(settings))
    yield from _front(settings)


def _database(settings: Settings) -> Iterator[Finding]:
    from controller.assembly import HOUSE
    from controller.store.engine import open_database, read_only, sessions
    from controller.store.migrate import require_current

    description = "the database has this version"
    with ExitStack() as stack:
        try:
            engine = open_database(settings.database.url)
            stack.callback(engine.dispose)
            require_current(engine, HOUSE.migrations)
        except Exception as error:  # noqa: BLE001  whatever it is, its text is the advice
            yield bad(description, error)
            return
        yield Finding(description, True)
        now, db = wall_clock(), stack.enter_context(sessions(read_only(engine))())
        yield from [*_jobs(db, now), *_readers(db, now), *_backups(db, settings, now)]
        yield from [*_site_keys(db, settings, now)]


def _jobs(db: "Session", now: "Utc") -> Iterator[Finding]:
    from controller.kernel.job_rows import states

    for job in states(db):
        where = f" at {job.site}" if job.site else ""
        done_at = job.succeeded_at.text() if job.succeeded_at else "never"
        advice = f"failed {job.failures} times ({job.error}): the hub's log says why"
        if not job.fails:
            advice = "no hub has run it since: start loquet serve, or loquet hub"
        is_late = now - job.due_at > LATE_AFTER
        yield Finding(f"job {job.name}{where}: done {done_at}", not (job.fails or is_late), advice)


def _site_keys(db: "Session", settings: Settings, now: "Utc") -> Iterator[Finding]:
    """Check the sites' keys, on computers that can open them; a computer with only a hub cannot."""
    from controller.capabilities.badges import site_keys
    from controller.capabilities.machines.site_key_change import key_change_progress
    from controller.cli.numbers import vault_here

    vault = vault_here(settings)
    if vault is None:
        return
    for row in site_keys.newest(db):
        opens = partial(site_keys.open_key, row, vault)
        yield try_check(f"the key of the boxes of {row.site_id}", opens)
        boxes = key_change_progress(db, row.site_id, now).boxes_without_key
        is_late = bool(boxes) and now - row.begun_at > GONE_AFTER
        advice = f"{', '.join(boxes)}: switch them on, or revoke them"
        yield Finding(f"the boxes of {row.site_id} have that key", not is_late, advice)


def _readers(db: "Session", now: "Utc") -> Iterator[Finding]:
    from controller.kernel.outbox_places import lags

    for reader in lags(db):
        is_late = reader.since is not None and now - reader.since > LATE_AFTER
        advice = "it is stuck: see the hub's log; after two days news are dropped"
        yield Finding(f"reader {reader.reader}: {reader.behind} news behind", not is_late, advice)


def _broker(settings: Settings) -> None:
    """Check the broker, with a certificate for a minute and an own client id, then with the hub's
    certificate.

    So nobody's connection is taken over. Raises CheckFailed.
    """
    authority, mqtt = Authority.load(Path(settings.site.keys)), settings.mqtt
    with TemporaryDirectory(prefix="loquet-doctor-") as folder:
        cert, key = Path(folder) / "doctor.crt", Path(folder) / "doctor.key"
        private_key = Ed25519PrivateKey.generate()
        issued = authority.issue(CLIENT_ID, private_key.public_key(), wall_clock() + _MINUTE)
        cert.write_text(certificate_pem(issued))
        write_private(key, private_pem(private_key))
        greet(mqtt.hub_host, mqtt.port, ca=Path(mqtt.ca), cert=cert, key=key, name=CLIENT_ID)
    greet(mqtt.hub_host, mqtt.port, ca=Path(mqtt.ca), cert=Path(mqtt.cert), key=Path(mqtt.key))


def _pages(settings: Settings) -> None:
    host, _, port = settings.web.bind.rpartition(":")
    local_host = "127.0.0.1" if host in ("0.0.0.0", "[::]", "*") else host  # noqa: S104
    answer = _get(
        f"http://{local_host}:{port}/health/ready", None, "start it: systemctl start loquet-serve"
    )
    if answer.get("status") != "ok":
        raise CheckFailed("another program answers there; correct [web] bind")
    if answer.get("authority") != Authority.load(Path(settings.site.keys)).fingerprint16:
        raise CheckFailed("another installation answers there; stop it, or correct [web] bind")


def _front(settings: Settings) -> Iterator[Finding]:
    """Check how others reach the pages, and whether the pages see the visitors' addresses."""
    url, web = settings.web.public_url.rstrip("/"), settings.web
    if not url.startswith("https:"):
        host = urlsplit(url).hostname or ""
        good = host in ("127.0.0.1", "localhost", "::1")
        advice = f"{url} is not encrypted: run loquet setup controller to get HTTPS"
        yield Finding("the pages use HTTPS", good, advice)
        return
    keys, agents_url = Path(settings.site.keys), web.for_agents
    browser_context = ssl.create_default_context()
    yield try_check(
        f"the front door answers at {url}", lambda: _door(url, browser_context, keys / "web-ca.crt")
    )
    box_context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    description = f"boxes find the authority of their claim codes at {agents_url}"
    yield try_check(description, lambda: _door(agents_url, box_context, keys / "ca.crt"))
    advice = "write proxies = 1 into [web]: without it one attacker can lock everybody out"
    yield Finding("the pages see the visitors' addresses", web.proxies > 0, advice)


def _door(url: str, context: ssl.SSLContext, authority: Path) -> None:
    context.load_verify_locations(authority)
    _get(f"{url}/health/live", context, "start it: systemctl start nginx, or correct its address")


def _get(url: str, context: ssl.SSLContext | None, advice: str) -> dict[str, object]:
    handlers = [] if context is None else [urllib.request.HTTPSHandler(context=context)]
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), *handlers)
    try:
        with opener.open(url, timeout=TIMEOUT_S) as answer:
            value: dict[str, object] = json.load(answer)
            return value
    except urllib.error.HTTPError as error:
        body = " ".join(error.read(300).decode(errors="replace").split())
        raise CheckFailed(f"it answers {error.code}: {body}; its log says why") from error
    except ValueError as error:
        raise CheckFailed(
            "the answer is not from Loquet; does another program use that port?"
        ) from error
    except OSError as error:
        reason = getattr(error, "reason", error)
        if isinstance(reason, ssl.SSLCertVerificationError):
            raise CheckFailed(_other_certificate_text(reason)) from error
        raise CheckFailed(
            f"no answer ({getattr(reason, 'strerror', None) or reason}); {advice}"
        ) from error


def _other_certificate_text(error: ssl.SSLCertVerificationError) -> str:
    return (
        f"its certificate is of another authority, or for another name ({error.verify_message});"
        " loquet setup controller, then start nginx again"
    )


def _backups(db: "Session", settings: Settings, now: "Utc") -> Iterator[Finding]:
    from controller.kernel import backups

    backup, at = backups.backup_settings(settings), backups.last_backup_at(db)
    description = f"last backup: {at.text() if at else 'never'}"
    advice = "run loquet backup, which shows the reason; loquet-backup.timer runs it every night"
    if not backup.is_on:
        advice = (
            "choose a place for backups on the Backups page, or: loquet backup init /mnt/nas/loquet"
        )
    is_recent = at is not None and not backups.is_late(db, backup.late, now)
    yield Finding(description, is_recent, advice)

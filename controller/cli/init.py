"""`loquet init`: create keys, certificates, the broker's configuration and the database."""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from controller.assembly import HOUSE
from controller.capabilities.agents import hub_keys
from controller.cli import settings_of
from controller.domain.ids import is_slug
from controller.settings import Settings, SettingsError

EXAMPLE = "loquet init --config config.toml"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "--hub",
        metavar="NAME",
        type=_name,
        help="also create the certificate of another hub; name it in mqtt.cert and mqtt.key on that"
        " hub's computer",
    )
    parser.add_argument(
        "--also",
        metavar="NAME",
        action="append",
        default=[],
        help="another name or address of this computer for its certificates; may be repeated",
    )
    parser.add_argument(
        "--site-as-configured",
        action="store_true",
        help="set the site's name, language and time zone to those in config.toml",
    )
    parser.add_argument(
        "--renew",
        action="store_true",
        help="renew certificates that end soon, for the names that setup found;"
        " loquet-renew.timer runs it",
    )


def run(args: argparse.Namespace) -> int:
    """Create what is missing; running it again changes nothing."""
    settings = settings_of(args)
    if args.renew:
        created = _renew(settings, [*args.also, *_names_of_setup(args)])
    else:
        created = initialise(settings, args.also, as_configured=args.site_as_configured)
    if args.hub:
        created += add_hub(settings, f"hub-{args.hub}")
    code = None if args.renew else setup_code(settings)
    if args.json:
        print(json.dumps({"made": created} | ({"setup_code": code} if code else {})))
        return 0
    print("\n".join(f"made {file}" for file in created) or "Everything was there already.")
    print(f"Start the broker: mosquitto -c {settings.mqtt.broker_dir}/mosquitto.conf")
    if code:
        print(f"Then: loquet serve, and open {settings.web.public_url}/first")
        print(f"It asks for this code, which creates the first account: {code}")
    return 0


def _renew(settings: Settings, also: Sequence[str]) -> list[str]:
    """Renew only servers' certificates; the database is left to `loquet upgrade`.

    Raises PkiError if there is no authority.
    """
    from controller.capabilities.agents.pki import Authority
    from controller.capabilities.agents.server_certificates import prepare_servers
    from controller.kernel.database import wall_clock

    authority = Authority.load(Path(settings.site.keys))
    return [str(file) for file in prepare_servers(settings, authority, also, wall_clock())]


def _names_of_setup(args: argparse.Namespace) -> Sequence[str]:
    """Return this computer's names, as `loquet setup controller` would find them now."""
    from controller.cli.installing.layout import Layout
    from controller.cli.installing.manifest import Manifest
    from controller.cli.installing.names import own_names

    chosen = Manifest.load(Layout(Path("/"), args.config).manifest).chosen
    return [*own_names(chosen.name), *chosen.also]


def _name(text: str) -> str:
    if not is_slug(f"hub-{text}"):
        raise argparse.ArgumentTypeError("small letters, digits and - only")
    return text


def add_hub(settings: Settings, name: str) -> list[str]:
    """Create a certificate for a further hub, and register it with the broker and the agents.

    Returns the paths of the new files. Agents trust a hub only after a policy row signed by another
    hub has brought its key (protocol.md), so a hub that runs already must keep running for a
    minute.
    """
    from controller.capabilities.agents import agents, broker
    from controller.capabilities.agents.installation import HUB, issue_hub
    from controller.capabilities.agents.pki import Authority
    from controller.kernel.database import Database, wall_clock
    from controller.store.engine import open_database
    from controller.wire.base64url import b64encode
    from controller.wire.signatures import kid_of

    certificate, key, public = issue_hub(settings, name, wall_clock())
    engine = open_database(settings.database.url)
    with Database(engine, house=HOUSE).write() as db:
        hub_keys.register_hub_key(
            db, name=name, kid=kid_of(public), public_key=b64encode(public), now=wall_clock()
        )
        enrolled, serials = agents.broker_lists(db)
        hubs = {HUB} | hub_keys.hub_names(db)
    engine.dispose()
    revoked = Authority.load(Path(settings.site.keys)).revocation_list(serials, wall_clock())
    broker.install(Path(settings.mqtt.broker_dir), broker.access_list(hubs, enrolled), revoked)
    return [str(certificate), str(key)]


def initialise(
    settings: Settings, also: Sequence[str] = (), *, as_configured: bool = False
) -> list[str]:
    """Create keys and broker files, the database and its site; returns what was created.

    Raises SettingsError if there are keys, but no database.
    """
    from controller.capabilities.agents.installation import prepare
    from controller.capabilities.places.sites import ensure_site, follow_settings
    from controller.cli.numbers import refuse_second_key, vault_here
    from controller.kernel.database import Database, wall_clock
    from controller.store.engine import open_database
    from controller.store.migrate import upgrade

    _refuse_lost_database(settings)
    if (file := _database_file(settings)) is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
    # The database first: keys without a database would look like a lost database.
    engine = open_database(settings.database.url, make=True)
    upgrade(engine, HOUSE.migrations)
    with engine.connect() as connection:
        refuse_second_key(settings, connection)
    created = [str(file) for file in prepare(settings, wall_clock(), also).files]
    with Database(engine, house=HOUSE, vault=vault_here(settings)).write() as db:
        is_new_site = ensure_site(db, settings.site, wall_clock())
        if as_configured:
            follow_settings(db, settings.site, wall_clock())
    engine.dispose()
    return [*created, f"site {settings.site.id} in the database"] if is_new_site else created


def _refuse_lost_database(settings: Settings) -> None:
    """Raise SettingsError for keys without their database.

    An empty database would be a new place with the keys of the old one.
    """
    file, keys = _database_file(settings), Path(settings.site.keys)
    if file is not None and not file.exists() and (keys / "ca.key").exists():
        raise SettingsError(
            f"{keys} has the keys of a place whose database {file} is not there; put it back where"
            f" it was, or: loquet db restore BACKUP. For a new place, move {keys} away too"
        )


def _database_file(settings: Settings) -> Path | None:
    """Return the file of an SQLite database; None for other databases."""
    kind, _, path = settings.database.url.partition(":///")
    return Path(path) if kind == "sqlite" and path else None


def setup_code(settings: Settings) -> str | None:
    """Return a new code to create the first admin, which replaces an earlier code.

    None: there is one.
    """
    from controller.capabilities.accounts import printed_codes
    from controller.kernel.database import Database, wall_clock
    from controller.store.engine import open_database

    engine = open_database(settings.database.url)
    with Database(engine, house=HOUSE).write() as db:
        code = printed_codes.issue_for_first_admin(db, now=wall_clock())
    engine.dispose()
    return code

"""`loquet init`: make keys, certificates, the broker's configuration and the database."""

import argparse
import json
from pathlib import Path

from controller.assembly import HOUSE
from controller.capabilities.agents import hub_keys
from controller.cli import settings_of
from controller.domain.ids import is_slug
from controller.settings import Settings

EXAMPLE = "loquet init --config config.toml"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the name of one more hub."""
    parser.add_argument(
        "--hub",
        metavar="NAME",
        type=_name,
        help="also make the certificate of one more hub; on its computer mqtt.cert and mqtt.key"
        " name it",
    )


def run(args: argparse.Namespace) -> int:
    """Make what is missing; running it again changes nothing."""
    settings = settings_of(args)
    made = initialise(settings)
    if args.hub:
        made += add_hub(settings, f"hub-{args.hub}")
    if args.json:
        print(json.dumps({"made": made}))
    else:
        print("\n".join(f"made {file}" for file in made) or "Everything was there already.")
        print(f"Start the broker: mosquitto -c {settings.mqtt.broker_dir}/mosquitto.conf")
    return 0


def _name(text: str) -> str:
    if not is_slug(f"hub-{text}"):
        raise argparse.ArgumentTypeError("small letters, digits and - only")
    return text


def add_hub(settings: Settings, name: str) -> list[str]:
    """A certificate for one more hub, known to the broker, its key to the agents.

    Returns the names of what was made. Agents trust a hub once a row that another hub signed has
    brought its key (protocol.md), so a hub that runs already must be left running for a minute.
    """
    from controller.capabilities.agents import agents, broker
    from controller.capabilities.agents.installation import HUB, issue_hub
    from controller.capabilities.agents.pki import Authority
    from controller.kernel.database import Database, wall_clock
    from controller.store.engine import open_database
    from controller.wire.base64url import b64encode
    from controller.wire.signing import kid_of

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


def initialise(settings: Settings) -> list[str]:
    """Keys and broker files, then the database and its site. Names of what was made."""
    from controller.capabilities.agents.installation import prepare
    from controller.capabilities.places.sites import ensure_site
    from controller.kernel.database import Database, wall_clock
    from controller.store.engine import open_database
    from controller.store.migrate import upgrade

    made = [str(file) for file in prepare(settings, wall_clock()).files]
    engine = open_database(settings.database.url, make=True)
    upgrade(engine, HOUSE.migrations)
    with Database(engine, house=HOUSE).write() as db:
        if ensure_site(db, settings.site, wall_clock()):
            made.append(f"site {settings.site.id} in the database")
    engine.dispose()
    return made

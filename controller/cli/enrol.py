"""`loquet enrol`: exchange a claim code for this Pi's certificate and keys."""

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from controller.cli import settings_of
from controller.settings import Settings

EXAMPLE = "loquet enrol --url https://loquet.example.org --code -   (the code on standard input)"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare --url, --code and --no-wiring."""
    parser.add_argument("--url", required=True, help="address of the controller's web server")
    parser.add_argument(
        "--code",
        help="the claim code, or - to read it from standard input, where no other user sees it;"
        " without it, a Pi that is enrolled already moves to the address of --url",
    )
    parser.add_argument(
        "--no-wiring", action="store_true", help="don't write the wiring into config.toml"
    )


def run(args: argparse.Namespace) -> int:
    """Enrol this Pi; without a code, move it to the controller's new address.

    Raises errors with a one-line text.
    """
    from devices.agent.enrolment.enrol import enrol

    settings = settings_of(args)
    if args.code is None:
        return _follow(args, settings)
    code = sys.stdin.readline().strip() if args.code == "-" else args.code
    claim = enrol(args.url, code, Path(settings.agent.state_dir))
    wiring_text = "" if args.no_wiring else _write_wiring(settings, claim.wiring)
    if args.json:
        result = {"agent_id": claim.agent_id, "site_id": claim.site_id}
        print(json.dumps(result | {"wiring": claim.wiring}))
    else:
        print(f"Enrolled as {claim.agent_id}. {wiring_text}Start it: loquet agent")
    return 0


def _follow(args: argparse.Namespace, settings: Settings) -> int:
    """Move the agent to its controller's new address; a running agent notices by itself."""
    from devices.agent.enrolment.identity import Identity
    from devices.agent.enrolment.renewal import renew

    identity = Identity.load(Path(settings.agent.state_dir))
    renew(identity, args.url)
    enrolment = identity.enrolment
    if args.json:
        print(
            json.dumps(
                {"agent_id": enrolment.agent_id, "site_id": enrolment.site_id, "url": enrolment.url}
            )
        )
    else:
        print(f"{enrolment.agent_id} connects to {enrolment.url} within a few minutes.")
    return 0


def _write_wiring(settings: Settings, wiring: Mapping[str, Any] | None) -> str:
    """Write the controller's wiring into config.toml, unless the file already has access points.

    Returns a sentence for the user.
    """
    from devices.agent.enrolment.wiring_file import append, points_of, tables

    points = points_of(wiring)
    if settings.agent.access_point or not points:
        return ""
    file = Path(settings.source)
    try:
        append(file, points)
    except OSError as error:
        return f"{file}: {error.strerror}; add to it:\n{tables(points)}"
    return f"Its wiring is in {file} now. "

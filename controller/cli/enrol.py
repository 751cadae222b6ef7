"""`loquet enrol`: exchange a claim code for this Pi's certificate and keys."""

import argparse
import json
import sys

from controller.cli import settings_of

EXAMPLE = "loquet enrol --url https://loquet.example.org --code -   (the code on standard input)"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare --url and --code."""
    parser.add_argument("--url", required=True, help="address of the controller's web server")
    parser.add_argument(
        "--code",
        required=True,
        help="the claim code, or - to read it from standard input, where no other user sees it",
    )


def run(args: argparse.Namespace) -> int:
    """Enrol, or say why not."""
    from pathlib import Path

    from devices.agent.enrolment.enrol import enrol

    settings = settings_of(args)
    code = sys.stdin.readline().strip() if args.code == "-" else args.code
    enrolled = enrol(args.url, code, Path(settings.agent.state_dir))
    if args.json:
        print(json.dumps({"agent_id": enrolled.agent_id, "site_id": enrolled.site_id}))
    else:
        print(f"Enrolled as {enrolled.agent_id}. Start it: loquet agent")
    return 0

"""`loquet setup`: make this computer a controller or an agent, and report what was done."""

import argparse
import re
from pathlib import Path

from controller.cli.installing.card import require_writable
from controller.cli.installing.layout import Layout

_OF_CONTROLLER = (
    *("name", "site", "place", "language", "time_zone", "https", "http", "agents_port"),
    *("web_port", "mqtt_port", "certificate", "certificate_key", "no_certificate", "acme"),
    "acme_server",
)
_OF_AGENT = ("url", "point", "kind", "reader", "relay", "simulated", "read_only")
EXAMPLE = "loquet setup controller --place 'La Fabrique'   (as root, or with sudo)"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the role of this computer, and its options."""
    parser.add_argument(
        "what",
        choices=("controller", "agent", "front"),
        help="the role of this computer; front: make nginx load renewed certificates",
    )
    parser.add_argument(
        "code",
        nargs="?",
        help="claim code for an agent; if missing, you are asked for it and can type it hidden",
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="show what would be done, and change nothing"
    )
    parser.add_argument("--root", type=Path, default=Path("/"), help="use this folder instead of /")
    _controller(parser.add_argument_group("for a controller"))
    _agent(parser.add_argument_group("for an agent"))


def _controller(group: "argparse._ArgumentGroup") -> None:
    group.add_argument("--name", help="name or address by which others reach this computer")
    group.add_argument(
        "--site", help="id of the site: lower-case letters, digits and - (default: site)"
    )
    group.add_argument("--place", help="the place's name, as shown to people (default: Loquet)")
    group.add_argument("--language", choices=("fr", "en"), help="main language (default: fr)")
    group.add_argument("--time-zone", help="time zone of the schedules (default: Europe/Paris)")
    group.add_argument(
        "--https", type=int, metavar="PORT", help="HTTPS port of the pages (default: 443)"
    )
    group.add_argument(
        "--http", type=int, metavar="PORT", help="HTTP port, which redirects to HTTPS (default: 80)"
    )
    group.add_argument(
        "--agents-port", type=int, metavar="PORT", help="port for boxes only (default: 8885)"
    )
    group.add_argument(
        "--web-port", type=int, metavar="PORT", help="port of Loquet behind nginx (default: 8000)"
    )
    group.add_argument(
        "--mqtt-port", type=int, metavar="PORT", help="port of the broker (default: 8883)"
    )
    group.add_argument(
        "--certificate", type=Path, help="your own certificate chain, trusted by browsers"
    )
    group.add_argument("--certificate-key", type=Path, help="the key of that certificate")
    group.add_argument(
        "--no-certificate", action="store_true", help="go back to the place's own certificate"
    )
    group.add_argument(
        "--acme", metavar="NAME", help="public name; certbot requests its certificate"
    )
    group.add_argument(
        "--backups", type=_repository, metavar="WHERE", help="folder or server for the backups"
    )
    group.add_argument(
        "--from-backup",
        type=_repository,
        metavar="WHERE",
        help="restore a place from this folder or server",
    )
    group.add_argument(
        "--acme-server", metavar="URL", help="ACME server to use instead of Let's Encrypt"
    )


def _repository(text: str) -> str:
    """Return a server's address unchanged, and a folder as an absolute path."""
    return text if re.match("[a-z0-9]+:", text) else str(Path(text).absolute())


def _agent(group: "argparse._ArgumentGroup") -> None:
    group.add_argument("--url", help="address of the controller (default: search for it)")
    group.add_argument("--point", metavar="ID", help="id of its machine or door")
    group.add_argument(
        "--kind", choices=("machine", "door"), help="what the access point is (default: machine)"
    )
    group.add_argument(
        "--reader", metavar="DRIVER[:PORT]", help="driver of the reader, such as rc522"
    )
    group.add_argument(
        "--relay", metavar="GPIO17", help="pin of the relay; PULSE17 for a dangerous machine"
    )
    group.add_argument("--simulated", action="store_true", help="use a simulated reader and relay")
    group.add_argument(
        "--read-only", action="store_true", help="make the SD card survive power cuts"
    )


def run(args: argparse.Namespace) -> int:
    """Run the set-up, or show what would be done. Raises SettingsError."""
    _require_own_options(args)
    layout = Layout(args.root.resolve(), args.config)
    if not args.dry_run:
        layout.require_rights()
        require_writable(layout)
    if args.what == "agent":
        from controller.cli.installing.agent_command import set_up_agent

        return set_up_agent(args, layout)
    if args.what == "front":
        from controller.cli.installing.controller_command import renew_front

        return renew_front(args, layout)
    from controller.cli.installing.controller_command import set_up_controller

    return set_up_controller(args, layout)


def _require_own_options(args: argparse.Namespace) -> None:
    """Reject options of another role, which would be ignored."""
    if args.what != "agent" and args.code is not None:
        args.wrong("a claim code belongs to an agent: loquet setup agent CODE")
    for role, options in (("controller", _OF_CONTROLLER), ("agent", _OF_AGENT)):
        for option in options if args.what != role else ():
            if getattr(args, option) not in (None, False):
                name = option.replace("_", "-")
                args.wrong(f"--{name} belongs to the other: loquet setup {role}")

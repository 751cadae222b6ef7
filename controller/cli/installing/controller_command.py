"""`loquet setup controller`: what was asked for, done and told."""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from controller.cli.installing.controller import (
    Told,
    Wanted,
    controller_steps,
    renewal_steps,
    require_programs,
    to_start,
)
from controller.cli.installing.layout import Layout
from controller.cli.installing.manifest import Chosen, Manifest
from controller.cli.installing.names import own_names
from controller.cli.installing.rights import rights_of, settings_there
from controller.cli.installing.telling import end, work
from controller.domain.ids import is_slug


def set_up_controller(args: argparse.Namespace, layout: Layout) -> int:
    """Make this computer one. Raises SettingsError."""
    manifest = Manifest.load(layout.manifest)
    manifest.chosen = _chosen(args, manifest.chosen)
    wanted, told = _wanted(args, layout, manifest.chosen), Told()
    if not args.dry_run:
        require_programs()
    steps = controller_steps(wanted, manifest, told)
    outcomes = work(args, layout, manifest, "controller", steps)
    answer = _answer(args, layout, wanted, told)
    return end(args, outcomes, answer, _lines(answer))


def renew_front(args: argparse.Namespace, layout: Layout) -> int:
    """Have nginx take what `loquet init --renew` has made. Raises SettingsError."""
    manifest = Manifest.load(layout.manifest)
    if "controller" not in manifest.machines:
        return end(args, (), {}, ("No front door was set up here: loquet setup controller",))
    outcomes = work(args, layout, manifest, "controller", renewal_steps(layout))
    return end(args, outcomes, {}, ())


def _chosen(args: argparse.Namespace, before: Chosen) -> Chosen:
    """What is said now, else what was said when it was run before."""
    if (args.certificate is None) is not (args.certificate_key is None):
        args.wrong("--certificate and --certificate-key belong together")
    if args.acme and args.certificate:
        args.wrong("either --acme, or a certificate of your own")
    own, key = args.certificate, args.certificate_key
    if args.acme:
        before = msgspec.structs.replace(before, name=args.acme, certificate=None, key=None)
    acme = None if own else args.acme or before.acme
    return Chosen(
        name=args.name or before.name,
        https=args.https or before.https,
        http=args.http or before.http,
        agents_port=args.agents_port or before.agents_port,
        certificate=str(own.resolve()) if own else before.certificate,
        key=str(key.resolve()) if key else before.key,
        acme=acme,
    )


def _wanted(args: argparse.Namespace, layout: Layout, chosen: Chosen) -> Wanted:
    if not is_slug(args.site):
        args.wrong("--site takes small letters, digits and -")
    return Wanted(
        layout=layout,
        site=args.site,
        place=args.place,
        language=args.language,
        time_zone=args.time_zone,
        names=own_names(chosen.name),
        https=chosen.https,
        http=chosen.http,
        agents_port=chosen.agents_port,
        web_port=args.web_port,
        mqtt_port=args.mqtt_port,
        certificate=Path(chosen.certificate) if chosen.certificate else None,
        key=Path(chosen.key) if chosen.key else None,
        acme=chosen.acme,
        acme_server=args.acme_server,
    )


def _answer(args: argparse.Namespace, layout: Layout, wanted: Wanted, told: Told) -> dict[str, Any]:
    if args.dry_run:
        return {"url": wanted.url, "agents_url": wanted.agents_url, "start": to_start(wanted)}
    from controller.capabilities.agents.web_authority import in_der, shown_fingerprint

    settings = settings_there(layout)
    url = settings.web.public_url.rstrip("/") if settings else wanted.url
    keys = Path(settings.site.keys) if settings else layout.keys
    host = urlsplit(url).hostname or wanted.names[0]
    host = f"[{host}]" if ":" in host else host
    with rights_of(layout.user):
        fingerprint = shown_fingerprint(in_der(keys))
    trust = f"http://{host}/trust" if wanted.http == 80 else f"http://{host}:{wanted.http}/trust"
    return {
        "url": url,
        "agents_url": settings.web.for_agents if settings else wanted.agents_url,
        "certificate": str(layout.place_ca),
        "fingerprint": fingerprint,
        "trust": trust,
        "start": to_start(wanted),
        "setup_code": told.setup_code,
    }


def _lines(answer: dict[str, Any]) -> Iterator[str]:
    if answer["start"]:
        yield "No systemd runs here, so start, each on its own:"
        yield from (f"    {each}" for each in answer["start"])
    if "trust" not in answer:
        return
    yield f"Trust this place, once a computer or phone: {answer['trust']}"
    yield f"    (the authority {answer['certificate']}; its fingerprint, to compare:"
    yield f"    {answer['fingerprint']})"
    if answer["setup_code"]:
        yield f"Then open {answer['url']}/first; this code makes the first account:"
        yield f"    {answer['setup_code']}"
    else:
        yield f"The pages: {answer['url']}"
    yield f"Boxes join at {answer['agents_url']}, as the line that the pages show says"
    if not answer["url"].startswith("https:"):
        yield "config.toml was there before: write [web] public_url (https) and proxies = 1 into it"

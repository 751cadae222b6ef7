"""`loquet setup controller`: read its options, run the steps, and report."""

import argparse
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from msgspec.structs import replace

from controller.cli.installing.config_text import ControllerRequest
from controller.cli.installing.controller import (
    ControllerOutcome,
    controller_steps,
    front_of,
    renewal_steps,
    require_ready,
    to_start,
)
from controller.cli.installing.from_backup import RestoreOutcome, report_lines, restore_place
from controller.cli.installing.layout import Layout
from controller.cli.installing.manifest import Manifest, SetupChoices
from controller.cli.installing.names import own_names
from controller.cli.installing.option_checks import check_options, require_name
from controller.cli.installing.progress_output import print_result, run_steps
from controller.cli.installing.repository import backup_setup_steps, require_repository
from controller.cli.installing.rights import installed_settings, rights_of
from controller.cli.installing.second_run import changed_values, installed_place, public_name
from controller.cli.installing.steps import Outcome
from controller.settings import MqttSettings, Settings, SiteSettings, WebSettings


def set_up_controller(args: argparse.Namespace, layout: Layout) -> int:
    """Make this computer a controller.

    Raises SettingsError; for invalid options before anything is changed.
    """
    manifest = Manifest.load(layout.manifest)
    restore_outcomes, restored = _restore_from_backup(args, layout, manifest)
    installed = installed_place(layout, manifest)
    manifest.chosen = _choices(args, manifest.chosen, public_name(installed))
    request, outcome = _request(args, layout, manifest.chosen, installed), ControllerOutcome()
    check_options(request)
    if args.backups:
        require_repository(layout, args.backups)
    front_of(request).site()  # only for its checks
    values = {} if installed is None else changed_values(args, request, installed)
    if not args.dry_run:
        require_ready(request, is_there=installed is not None)
    steps = controller_steps(request, manifest, outcome, values, is_there=installed is not None)
    if args.backups:
        steps = chain(steps, backup_setup_steps(layout, args.backups, outcome))
    outcomes = run_steps(args, layout, manifest, "controller", steps)
    answer = _answer(args, layout, request, outcome)
    restore_lines = report_lines(restored, request) if restored and not args.dry_run else ()
    lines = [*_lines(answer), *restore_lines]
    return print_result(args, [*restore_outcomes, *outcomes], answer, lines)


def _restore_from_backup(
    args: argparse.Namespace, layout: Layout, manifest: Manifest
) -> tuple[list[Outcome], RestoreOutcome | None]:
    """Restore a place from its backup, after checking everything that can be checked before."""
    if not args.from_backup:
        return [], None
    request = _request(args, layout, _choices(args, manifest.chosen, None), None)
    check_options(request)
    front_of(request).site()  # only for its checks
    if not args.dry_run:
        require_ready(request, is_there=False)
    return restore_place(args, layout, manifest)


def renew_front(args: argparse.Namespace, layout: Layout) -> int:
    """Have nginx use the certificates that `loquet init --renew` has made. Raises SettingsError."""
    manifest = Manifest.load(layout.manifest)
    if "controller" not in manifest.components:
        return print_result(
            args, (), {}, ("No front door was set up here: loquet setup controller",)
        )
    outcomes = run_steps(args, layout, manifest, "controller", renewal_steps(layout))
    return print_result(args, outcomes, {}, ())


def _choices(
    args: argparse.Namespace, before: SetupChoices, previous_name: str | None
) -> SetupChoices:
    """Return the options of this run, completed by those of earlier runs."""
    if (args.certificate is None) is not (args.certificate_key is None):
        args.wrong("--certificate and --certificate-key belong together")
    if sum(map(bool, (args.acme, args.certificate, args.no_certificate))) > 1:
        args.wrong("use only one of --acme, --certificate and --no-certificate")
    if args.acme and args.name not in (None, args.acme):
        args.wrong("--acme NAME is the name of the pages too: leave --name out")
    name = args.name if args.acme is None else args.acme
    chosen = replace(
        before,
        name=(before.name or previous_name) if name is None else name,
        https=before.https if args.https is None else args.https,
        http=before.http if args.http is None else args.http,
        agents_port=before.agents_port if args.agents_port is None else args.agents_port,
    )
    if name and previous_name and name != previous_name:
        chosen = replace(chosen, also=tuple(dict.fromkeys((*before.also, previous_name))))
    if args.acme or args.certificate or args.no_certificate:
        own, key = args.certificate, args.certificate_key
        own, key = (str(file.resolve()) if file else None for file in (own, key))
        chosen = replace(chosen, certificate=own, key=key, acme=args.acme)
    return chosen


def _request(
    args: argparse.Namespace, layout: Layout, chosen: SetupChoices, installed: Settings | None
) -> ControllerRequest:
    site, web = (installed.site, installed.web) if installed else (SiteSettings(), WebSettings())
    mqtt = installed.mqtt if installed else MqttSettings()
    host, _, port = web.bind.rpartition(":")
    if chosen.name is not None:
        require_name("--name", chosen.name)
    return ControllerRequest(
        layout=layout,
        site=site.id if args.site is None else args.site,
        place=site.name if args.place is None else args.place,
        language=args.language or site.language,
        time_zone=site.time_zone if args.time_zone is None else args.time_zone,
        names=tuple(dict.fromkeys((*own_names(chosen.name), *chosen.also))),
        https=chosen.https,
        http=chosen.http,
        agents_port=chosen.agents_port,
        bind=f"{host}:{port if args.web_port is None else args.web_port}",
        mqtt_port=mqtt.port if args.mqtt_port is None else args.mqtt_port,
        certificate=Path(chosen.certificate) if chosen.certificate else None,
        key=Path(chosen.key) if chosen.key else None,
        acme=chosen.acme,
        acme_server=args.acme_server,
    )


def _answer(
    args: argparse.Namespace, layout: Layout, request: ControllerRequest, outcome: ControllerOutcome
) -> dict[str, Any]:
    if args.dry_run:
        return {"url": request.url, "agents_url": request.agents_url, "start": to_start(request)}
    from controller.capabilities.agents.web_authority import certificate_der, shown_fingerprint

    settings = installed_settings(layout)
    url = settings.web.public_url.rstrip("/") if settings else request.url
    keys = Path(settings.site.keys) if settings else layout.keys
    host = urlsplit(url).hostname or request.names[0]
    host = f"[{host}]" if ":" in host else host
    with rights_of(layout.user):
        fingerprint = shown_fingerprint(certificate_der(keys))
    trust = f"http://{host}/trust" if request.http == 80 else f"http://{host}:{request.http}/trust"
    return {
        "url": url,
        "agents_url": settings.web.for_agents if settings else request.agents_url,
        "certificate": str(layout.place_ca),
        "fingerprint": fingerprint,
        "trust": trust,
        "start": to_start(request),
        "setup_code": outcome.setup_code,
        "backup_password": outcome.backup_password,
    }


def _lines(answer: dict[str, Any]) -> Iterator[str]:
    if answer["start"]:
        yield "systemd is not running here, so start each of these yourself:"
        yield from (f"    {line}" for line in answer["start"])
    if "trust" not in answer:
        return
    yield f"Open this page once on each computer and phone: {answer['trust']}"
    yield f"    (it installs the certificate {answer['certificate']}; compare its fingerprint:"
    yield f"    {answer['fingerprint']})"
    if answer["setup_code"]:
        yield f"Then open {answer['url']}/first; this code creates the first account:"
        yield f"    {answer['setup_code']}"
    else:
        yield f"The pages: {answer['url']}"
    yield f"Boxes join at {answer['agents_url']}, the address in the command that the pages show"
    if answer["backup_password"]:
        yield "The backups' password, which is not shown again; store it somewhere other than on"
        yield f"    this computer: {answer['backup_password']}"
    if not answer["url"].startswith("https:"):
        yield "config.toml already existed: add [web] public_url (https) and proxies = 1 to it"

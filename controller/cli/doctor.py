"""`loquet doctor`: check what could stop Loquet from working here, and say what to do."""

import argparse
import json
from collections.abc import Iterator

from controller.cli import settings_of
from controller.cli.checking.findings import Finding, python
from controller.settings import Settings

EXAMPLE = "loquet doctor --config /etc/loquet/config.toml"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare nothing: there are only the common options."""


def run(args: argparse.Namespace) -> int:
    """Print each finding; returns 1 if any is bad."""
    settings = settings_of(args)
    findings = [Finding(f"{settings.source} is understood", True), python(), *_findings(settings)]
    if args.json:
        print(json.dumps([finding._asdict() for finding in findings]))
    else:
        for finding in findings:
            print(f"✓ {finding.what}" if finding.good else f"✗ {finding.what}: {finding.advice}")
    return 0 if all(finding.good for finding in findings) else 1


def _findings(settings: Settings) -> Iterator[Finding]:
    """Yield the findings for this computer: a controller, an agent, both, or neither yet."""
    from controller.cli.checking import agent

    is_controller, is_agent = _is_controller(settings), agent.is_agent(settings)
    kinds = [name for name, is_it in (("controller", is_controller), ("agent", is_agent)) if is_it]
    advice = "nothing is set up here: loquet setup controller, or loquet setup agent"
    yield Finding(f"this computer is: {' and '.join(kinds) or 'nothing yet'}", bool(kinds), advice)
    if is_controller:
        from controller.cli.checking.controller import controller

        yield from controller(settings)
    if is_agent:
        yield from agent.agent(settings)


def _is_controller(settings: Settings) -> bool:
    try:
        from controller.cli.checking.controller import is_controller
    except ImportError:  # a computer with only an agent does not have the controller's packages
        return False
    return is_controller(settings)

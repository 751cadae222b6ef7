"""`loquet commission`: go through the checks of a new access point."""

import argparse
import getpass
import json
import os
import re
import ssl
import sys
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from controller.cli import config_of
from controller.cli.http import Api, HttpFailed
from controller.domain.facts import Language
from controller.domain.locale.catalogue import Catalogues, Translator
from controller.domain.time import Utc
from controller.settings import SettingsError
from controller.settings.reading import load

EXAMPLE = "loquet commission laser-2 --url https://loquet.example.org --language fr"

_POLL_S = 0.5


class CommissionError(Exception):
    """Raised with one line that says what prevents commissioning."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the access point, the controller's address, and options."""
    parser.add_argument(
        "point", help="the access point; it stays out of service until all checks are done"
    )
    parser.add_argument("--url", required=True, help="address of the controller's web server")
    declare_ca(parser)
    parser.add_argument(
        "--language",
        choices=[str(language) for language in _catalogues().languages],
        metavar="CODE",
        help="language of the texts (default: that of LANG)",
    )
    parser.add_argument(
        "--again", action="store_true", help="take it out of service and repeat all checks"
    )
    parser.add_argument(
        "--wait",
        type=float,
        default=600.0,
        metavar="SECONDS",
        help="how long to wait for each step",
    )


def run(args: argparse.Namespace) -> int:
    """Guide a person through the missing checks; the access point goes into service after the last.

    Raises CommissionError, HttpFailed.
    """
    catalogues = _catalogues()
    language = args.language or _language_of(os.environ, catalogues.languages)
    translator = catalogues.of(Language(language))
    known_authorities = trust(args)
    _Guide(
        Api(args.url.rstrip("/"), _token(translator), known_authorities), args, translator
    ).walk()
    return 0


def _catalogues() -> Catalogues:
    files = sorted(Path(__file__).with_name("locale").glob("*.mo"))
    return Catalogues((file.stem, file.read_bytes()) for file in files)


def _language_of(environment: Mapping[str, str], languages: Collection[str]) -> str:
    names = ("LC_ALL", "LC_MESSAGES", "LANG")
    locale = next((environment[name] for name in names if environment.get(name)), "")
    code = re.split("[_.@]", locale)[0]
    return code if code in languages else "en"


def _token(translator: Translator) -> str:
    """Read the token, hidden; as an argument everybody on the computer could see it."""
    if sys.stdin.isatty():
        return getpass.getpass(translator.say("API token of a manager:") + " ").strip()
    return sys.stdin.readline().strip()


class _Events:
    """The new events of one access point; each is looked at once."""

    def __init__(self, api: Api, point: str) -> None:
        # From a day ago, because a Pi's clock may be wrong; not all events, because there may be
        # many.
        since = Utc.of(datetime.now(UTC) - timedelta(days=1)).text()
        self._api, self._path = api, f"/events?access_point={point}&since={since}"
        self._seen = {event["event_id"] for event in api.all(self._path)}

    def wait_for(
        self, matches: Callable[[Mapping[str, Any]], bool], timeout_s: float
    ) -> str | None:
        """Return the id of the first new event for which `matches` is true.

        None: none came in time.
        """
        end_s = time.monotonic() + timeout_s
        while True:
            for event in self._fresh():
                if matches(event):
                    return str(event["event_id"])
            if time.monotonic() > end_s:
                return None
            time.sleep(_POLL_S)

    def _fresh(self) -> Iterator[dict[str, Any]]:
        """Yield new events one by one; those after a completed step belong to the next step."""
        for event in self._api.all(self._path):
            if event["event_id"] not in self._seen:
                self._seen.add(event["event_id"])
                yield event


class _Guide:
    """Prints what to do for each step, waits until it was seen, and ticks it."""

    def __init__(self, api: Api, args: argparse.Namespace, translator: Translator) -> None:
        self._api, self._args, self._say = api, args, translator.say
        self._language = translator.language
        self._path = f"/access-points/{args.point}/commissioning"

    def walk(self) -> None:
        """Go through the missing steps, then put it into service.

        Raises CommissionError, HttpFailed.
        """
        if self._args.again:
            self._api.call("POST", f"{self._path}/restart", {})
        status = self._api.call("GET", self._path)
        self._refuse(status)
        todo = [step for step in status["steps"] if step["step"] in status["missing"]]
        events = _Events(self._api, self._args.point)
        for number, step in enumerate(todo, 1):
            self._print(f"{number}/{len(todo)} {step['do'][self._language]}")
            self._tick(step, events)
            self._print("    " + self._say("ticked: %(step)s", step=step["step"]))
        result = self._api.call("POST", f"{self._path}/finish", {})
        text = self._say("%(point)s is commissioned.", point=self._args.point)
        print(json.dumps(result) if self._args.json else text)

    def _refuse(self, status: Mapping[str, Any]) -> None:
        point = self._args.point
        if status["commissioned"]:
            raise CommissionError(
                self._say("%(point)s is already commissioned; --again starts over", point=point)
            )
        if not status["wired"]:
            raise CommissionError(
                self._say(
                    "%(point)s: its agent has not reported its wiring yet; start it", point=point
                )
            )

    def _tick(self, step: Mapping[str, Any], events: _Events) -> None:
        event = self._event(step, events) if step["events"] else None
        if step["see"] is not None:
            self._confirm(step)
        remark = None if step["events"] else self._remark(step)
        body = {"event_id": event, "remark": remark}
        self._api.call("PUT", f"{self._path}/{step['step']}", body)

    def _event(self, step: Mapping[str, Any], events: _Events) -> str:
        def matches(event: Mapping[str, Any]) -> bool:
            expected = step["fields"].items()
            return event["type"] in step["events"] and expected <= event["data"].items()

        event_id = events.wait_for(matches, self._args.wait)
        if event_id is None:
            raise CommissionError(
                self._say(
                    "%(step)s: nothing was detected within %(seconds)s s",
                    step=step["step"],
                    seconds=f"{self._args.wait:g}",
                )
            )
        return event_id

    def _confirm(self, step: Mapping[str, Any]) -> None:
        choice = self._say("y/n")
        question = f"    {step['see'][self._language]} [{choice}] "
        if self._ask(question).lower() not in ("y", "yes", "o", "oui", choice.split("/")[0]):
            raise CommissionError(
                self._say(
                    "%(step)s: not ticked; it stays out of service until this is fixed",
                    step=step["step"],
                )
            )

    def _remark(self, step: Mapping[str, Any]) -> str:
        if remark := self._ask("    " + self._say("What was seen?") + " "):
            return remark
        raise CommissionError(self._say("%(step)s: enter what was seen", step=step["step"]))

    def _ask(self, question: str) -> str:
        self._print(question, end="")
        return sys.stdin.readline().strip()

    def _print(self, text: str, end: str = "\n") -> None:
        print(text, end=end, flush=True, file=sys.stderr if self._args.json else sys.stdout)


# The certificate authorities that commands trust when they call a controller over HTTPS.

PLACE_CA = Path("/var/lib/loquet-root/place-ca.crt")
"""Where `loquet setup` stores the place's authority, on a controller and on a box."""


def declare_ca(parser: argparse.ArgumentParser) -> None:
    """Declare the option that names the certificate authority to trust."""
    parser.add_argument(
        "--ca",
        type=Path,
        metavar="FILE",
        help="certificate authority of the controller; not needed on the controller, on a box or"
        " with a public certificate",
    )


def trust(args: argparse.Namespace) -> ssl.SSLContext:
    """Return an SSL context that trusts public authorities, and the place's own or --ca.

    Raises HttpFailed.
    """
    context = ssl.create_default_context()
    for file in (args.ca,) if args.ca else _of_place(args):
        try:
            context.load_verify_locations(file)
        except OSError as error:
            reason = error.strerror if isinstance(error, FileNotFoundError) else "no certificate"
            raise HttpFailed(
                f"{file}: {reason}; --ca takes the place's authority in PEM, as http://…/trust says"
            ) from error
    return context


def _of_place(args: argparse.Namespace) -> Iterator[Path]:
    """Yield the readable files on this computer that can hold the place's authority."""
    files = [PLACE_CA]
    with suppress(SettingsError):  # a computer without configuration calls a controller elsewhere
        settings = load(config_of(args))
        files += [Path(settings.site.keys) / "web-ca.crt"]
        files += [Path(settings.agent.state_dir) / "web-ca.crt"]
    yield from (file for file in files if os.access(file, os.R_OK))

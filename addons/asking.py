"""Asks Loquet whether a print may start, and reports its end until that is acknowledged.

Shared by the OctoPrint plug-in and the Moonraker component: the standard library alone, Python 3.9.
"""

from __future__ import annotations

import json
import logging
import os
import ssl
import threading
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

TIMEOUT_S = 5.0
FIRST_WAIT_S, LONGEST_WAIT_S = 5.0, 300.0
UNREACHABLE = {
    "fr": "Loquet ne répond pas\u00a0: rien ne dit qui a badgé. L’impression ne démarre pas."
    " Réessayez dans un instant, ou prévenez l’accueil.",
    "en": "Loquet does not answer: nothing says who has badged. The print does not start."
    " Try again in a moment, or tell the desk.",
}
NOT_SET_UP = {
    "fr": "Ce greffon n’est pas réglé, ou son jeton ne vaut plus\u00a0: prévenez un responsable.",
    "en": "This add-on is not set up, or its token holds no longer: tell somebody in charge.",
}
STILL_PRINTS = {
    "fr": "Une impression est en cours ou en pause\u00a0: attendez sa fin ou annulez-la d’abord.",
    "en": "A print is running or paused: wait for its end, or cancel it first.",
}
_LOG = logging.getLogger(__name__)
Json = dict[str, Any]


class Refused(Exception):
    """The print may not start; `text` says why and what to do, by language."""

    def __init__(self, text: dict[str, str]) -> None:
        super().__init__(text["en"])
        self.text = text

    def said(self, language: str) -> str:
        """In that language, else in French."""
        return self.text.get(language) or self.text["fr"]


class Unreachable(Refused):
    """Nobody answers, or not in order: whoever is in doubt does not start."""

    def __init__(self) -> None:
        super().__init__(UNREACHABLE)


class Controller:
    """The place's controller, for the printer of one access point."""

    def __init__(self, url: str, token: str, access_point: str, ca_file: str = "") -> None:
        self._api = url.rstrip("/") + "/api/v1/print-jobs"
        self._token, self.access_point = token, access_point
        handlers: list[Any] = [_NoRedirect()]  # a token goes nowhere else
        if url.startswith("https:"):
            context = ssl.create_default_context(cafile=ca_file or None)
            handlers.append(urllib.request.HTTPSHandler(context=context))
        self._open = urllib.request.build_opener(*handlers).open

    def ask(self, ask: Json, key: str, late: str = "") -> tuple[str, str]:
        """The print's id and version; `late`: how it is asked when the first answer did not come.

        Raises Refused; Unreachable.
        """
        path = f"?{late}" if late else ""
        status, headers, body = self._call("POST", path, ask, {"Idempotency-Key": key})
        if status == 201:
            return body["id"], headers["ETag"]
        if isinstance(body.get("text"), dict) and "fr" in body["text"]:
            raise Refused(body["text"])
        if status in (401, 403, 404, 422):
            raise Refused(NOT_SET_UP)
        raise Unreachable()

    def report(self, job_id: str, version: str, end: Json, key: str) -> None:
        """No other try is needed: it is taken, was told before, or is of no print that is there.

        Raises Unreachable, and Refused where a token does not hold.
        """
        headers = {"If-Match": version, "Idempotency-Key": key}
        status, _, body = self._call("PATCH", f"/{job_id}", end, headers)
        if status == 412:  # told before, and the answer got lost; or somebody changed it since
            status, found, body = self._call("GET", f"/{job_id}", None, {})
            if status == 200 and body.get("outcome") is None:
                headers["If-Match"] = found["ETag"]
                status, _, body = self._call("PATCH", f"/{job_id}", end, headers)
        if status in (401, 403):
            raise Refused(NOT_SET_UP)
        if status >= 500 or status == 429:
            raise Unreachable()
        if status != 200:
            _LOG.warning("Loquet does not take the end of print %s: %s %s", job_id, status, body)

    def _call(
        self, method: str, path: str, body: Json | None, headers: dict[str, str]
    ) -> tuple[int, Any, Json]:
        """Status, headers, JSON. Raises Unreachable."""
        data = None if body is None else json.dumps(body).encode()
        sent = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        try:
            request = urllib.request.Request(  # noqa: S310
                self._api + path, data, {**sent, **headers}, method=method
            )
            with self._open(request, timeout=TIMEOUT_S) as answer:
                return answer.status, answer.headers, _object(answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers, _object(error.read())
        except (OSError, ValueError) as error:
            _LOG.warning("Loquet can't be reached: %s", error)
            raise Unreachable() from error


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


def _object(raw: bytes) -> Json:
    try:
        found = json.loads(raw) if raw else {}
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


class Prints:
    """The print that runs, and ends that are not acknowledged: kept on disk, told again and again.

    A print is a file: what was asked, with which key and when; its id, once it is granted; its end.
    It is there before anybody is asked, as one that did not start: an answer that gets lost, or
    comes when the print server is dead, leaves no print without an end.
    """

    def __init__(
        self,
        folder: Path,
        controller: Controller,
        *,
        starts_alone: bool = False,
        now: Callable[[], float] = time.time,
    ) -> None:
        """`starts_alone`: where the place's agent switches the printer's power, its badge has been
        seen already, and a controller that is out of reach stops no print. `now` in seconds."""
        self._folder, self._controller, self._starts_alone = folder, controller, starts_alone
        self._now = now
        self._lock, self._wake = threading.RLock(), threading.Event()
        self._asking: set[str] = set()
        self._closing = False
        folder.mkdir(parents=True, exist_ok=True)
        self._thread = threading.Thread(target=self._tell, name="loquet-prints", daemon=True)
        self._thread.start()

    @property
    def runs(self) -> bool:
        """Whether a print was granted and has not ended."""
        return self._running() is not None

    def ask(self, name: str, minutes: float | None, grams: float | None) -> None:
        """It may start, if this returns. Raises Refused, with the reason."""
        found = self._new(name, minutes, grams)
        with self._lock:
            self._asking.add(found["key"])
            self._write(found)
        try:
            self._ask(found)
        finally:
            self._asking.discard(found["key"])
            self._wake.set()

    def saw_start(
        self, name: str, minutes: float | None, grams: float | None, ago_s: float = 0.0
    ) -> None:
        """A print runs: the one that was granted, or one that nobody asked for, which is asked for
        late."""
        with self._lock:
            found = self._running()
            if found is not None and (not name or found["ask"]["name"] == _line(name)):
                if not found.get("seen"):
                    self._write(found | {"seen": True})
                return
            self.end("not_started")
            late: Json = {"started": True, "seen": True, "end": None, "at": self._now() - ago_s}
            self._write(self._new(name, minutes, grams) | late)
        self._wake.set()

    def end(self, outcome: str, minutes: float | None = None, grams: float | None = None) -> None:
        """The print that runs has ended; nothing where none does. One that was seen to print has
        started, whatever is said."""
        with self._lock:
            found = self._running()
            if found is None:
                return
            if outcome == "not_started" and found.get("seen", True):
                outcome = "failed"
            end: Json = {"outcome": outcome}
            used = (("used_minutes", minutes), ("used_grams", grams))
            end.update({k: round(v, 2) for k, v in used if v is not None})
            found["end"] = end
            self._write(found)
        self._wake.set()

    def _ask(self, found: Json) -> None:
        """It starts, if this returns. Raises Refused; Unreachable: it may have been taken."""
        try:
            found["id"], found["version"] = self._controller.ask(found["ask"], found["key"])
        except Unreachable:
            if not self._starts_alone:
                raise
        except Refused:
            self._file(found).unlink()
            raise
        self.end("not_started")  # the former: nobody has told what it took
        found |= {"started": True, "end": None}
        self._write(found)

    def _new(self, name: str, minutes: float | None, grams: float | None) -> Json:
        """A print that has not started."""
        ask: Json = {"access_point": self._controller.access_point, "name": _line(name)}
        ask.update({k: round(v, 2) for k, v in (("minutes", minutes), ("grams", grams)) if v})
        found: Json = {"ask": ask, "key": str(uuid.uuid4()), "at": self._now(), "id": None}
        return found | {"started": False, "seen": False, "end": {"outcome": "not_started"}}

    def close(self) -> None:
        """Tell no more; what is not acknowledged is told at the next start."""
        self._closing = True
        self._wake.set()
        self._thread.join(timeout=2 * TIMEOUT_S)

    def waiting(self) -> list[Json]:
        """What is on disk."""
        with self._lock:
            found = []
            for file in sorted(self._folder.glob("*.json")):
                try:
                    found.append(json.loads(file.read_text(encoding="utf-8")))
                except ValueError:
                    file.rename(file.with_suffix(".damaged"))
            return found

    def _running(self) -> Json | None:
        return next((print_job for print_job in self.waiting() if print_job["end"] is None), None)

    def _write(self, found: Json) -> None:
        with self._lock:
            fresh = self._folder / f"{found['key']}.new"
            with fresh.open("w", encoding="utf-8") as file:
                json.dump(found, file)
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(self._file(found))

    def _file(self, found: Json) -> Path:
        return self._folder / f"{found['key']}.json"

    def _tell(self) -> None:
        wait_s = FIRST_WAIT_S
        while not self._closing:
            self._wake.clear()
            due = True
            try:
                self._tell_all()
                due = any(
                    print_job["end"] is not None or not print_job["id"]
                    for print_job in self.waiting()
                )
                wait_s = FIRST_WAIT_S
            except Refused as problem:
                _LOG.warning("the end of a print is told later: %s", problem)
                wait_s = min(2 * wait_s, LONGEST_WAIT_S)
            except Exception:  # noqa: BLE001  the loop's edge: a full disk must not end it
                _LOG.exception("the end of a print is told later")
                wait_s = min(2 * wait_s, LONGEST_WAIT_S)
            if self._wake.wait(wait_s if due else None):
                wait_s = FIRST_WAIT_S  # what is new has not failed before

    def _tell_all(self) -> None:
        """One that is refused keeps none back. Raises Refused, at the end; Unreachable, at once."""
        refused: Refused | None = None
        for print_job in self._to_tell():
            try:
                self._tell_one(print_job)
            except Unreachable:
                raise
            except Refused as problem:
                refused = problem
        if refused is not None:
            raise refused

    def _to_tell(self) -> list[Json]:
        """All but those whose first answer may still come."""
        with self._lock:
            return [
                print_job for print_job in self.waiting() if print_job["key"] not in self._asking
            ]

    def _tell_one(self, found: Json) -> None:
        """Ask late, where no answer came; report the end. Raises Refused; Unreachable."""
        if not found["id"] and not self._asked_late(found):
            return
        if found["end"] is not None:
            self._controller.report(found["id"], found["version"], found["end"], found["key"])
            self._file(found).unlink()

    def _late(self, found: Json) -> str:
        """Of one that did not start only whether it was granted; else when it started."""
        if not found.get("started", True):
            return "again=true"
        return f"asked_s_ago={max(0, int(self._now() - found['at']))}" if "at" in found else ""

    def _asked_late(self, found: Json) -> bool:
        try:
            job_id, version = self._controller.ask(found["ask"], found["key"], self._late(found))
        except Unreachable:
            raise
        except Refused as problem:
            if found["end"] is None:
                raise
            if found.get("started", True):
                _LOG.warning("a print that started without Loquet is nobody's: %s", problem)
            self._file(found).unlink()
            return False
        with self._lock:  # it may have ended meanwhile
            now = next(
                print_job for print_job in self.waiting() if print_job["key"] == found["key"]
            )
            found["end"], found["id"], found["version"] = now["end"], job_id, version
            self._write(found)
        return True


def _line(name: str) -> str:
    """A name as the API takes it: one line, not too long."""
    return " ".join(name.replace("\0", "").split())[:200].strip() or "print"

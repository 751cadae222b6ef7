"""A real server in a process of its own, on a free port of 127.0.0.1, spoken to as JSON."""

import http.client
import json
import os
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

START_S = 180.0


class Server:
    """Started, waited for, asked, ended."""

    def __init__(
        self, command: Sequence[str], port: int, log: Path, env: Mapping[str, str] | None = None
    ) -> None:
        self.port = port
        self._log = log
        self._http = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=None if env is None else os.environ | env,
            )

    def ask(
        self,
        path: str,
        body: bytes | Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """GET, or POST of a body; the answer's JSON, or None. Raises OSError."""
        data = json.dumps(body).encode() if isinstance(body, Mapping) else body
        kind = {"Content-Type": "application/json"} if isinstance(body, Mapping) else {}
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}", data, {**kind, **(headers or {})}
        )
        try:
            with self._http.open(request, timeout=60) as answer:
                text = answer.read()
        except urllib.error.HTTPError as error:
            raise OSError(f"{path}: {error.code} {error.read().decode()[:200]}") from error
        return json.loads(text) if text else None

    def until(self, path: str, is_so: Any, headers: Mapping[str, str] | None = None) -> Any:
        """Ask until the answer is so: other programs' HTTP has no event to await."""
        end = time.monotonic() + START_S
        answer: object = None
        while time.monotonic() < end:
            assert self.process.poll() is None, self._log.read_text()
            try:
                if is_so(answer := self.ask(path, headers=headers)):
                    return answer
            except (OSError, http.client.HTTPException) as error:
                answer = error
            time.sleep(0.1)
        raise AssertionError(f"{path}: {answer}; {self._log.read_text()[-2000:]}")

    def end(self) -> None:
        """End it, at once: it holds nothing that is wanted."""
        self.process.kill()
        self.process.wait(timeout=60)

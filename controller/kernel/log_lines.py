"""The format of the log on standard error: a line for people, or a JSON object per line.

`LOQUET_LOG_FORMAT=json` chooses the latter. No line contains a name: requests have an id, actors an
opaque reference, and events their agent's stream and number.
"""

import json
import logging
import os
import sys
from collections.abc import Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

REQUEST: ContextVar[str | None] = ContextVar("request", default=None)
"""Id of the request that the current context answers."""
EXTRA = ("agent", "stream", "seq")
"""Fields of an event that a log line may contain."""
FOR_PEOPLE = "%(asctime)s %(levelname)s %(name)s: %(message)s"


class JsonLines(logging.Formatter):
    """A JSON object: time, level, logger, message, and the ids that are known."""

    def format(self, record: logging.LogRecord) -> str:
        """See logging.Formatter."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line: dict[str, Any] = {
            "at": at.replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            "request": REQUEST.get(),
            "trace": self.formatException(record.exc_info) if record.exc_info else None,
        }
        line |= {name: getattr(record, name, None) for name in EXTRA}
        present = {name: value for name, value in line.items() if value is not None}
        return json.dumps(present, ensure_ascii=False)


def log_to_stderr(environment: Mapping[str, str] = os.environ) -> None:
    """Log warnings and above; LOQUET_LOG=info or debug shows more."""
    handler = logging.StreamHandler(sys.stderr)
    is_json = environment.get("LOQUET_LOG_FORMAT") == "json"
    handler.setFormatter(JsonLines() if is_json else logging.Formatter(FOR_PEOPLE))
    logging.basicConfig(level=environment.get("LOQUET_LOG", "warning").upper(), handlers=[handler])

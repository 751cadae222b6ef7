"""Open the socket on which pages are served, before anything else starts."""

import socket


class BindError(Exception):
    """The address can't be listened on; the text is one line that says what to do."""


def listen(bind: str) -> socket.socket:
    """Return a listening socket for `HOST:PORT`; port 0 picks a free one. Raises BindError."""
    host, _, port = bind.rpartition(":")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host.strip("[]"), int(port)))
        listener.listen(128)
    except (OSError, OverflowError) as error:
        listener.close()
        reason = getattr(error, "strerror", None) or str(error)
        raise BindError(
            f"[web] bind: can't listen on {bind}: {reason}; free it, or choose another port"
        ) from error
    return listener

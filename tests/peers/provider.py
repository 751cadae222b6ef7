"""A real OpenID provider (Canaille), in an environment of its own; run by its Python.

`python provider.py PORT REDIRECT_URI` serves two people, and us as three clients.
"""

import datetime
import sys
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

CLIENT, PLAIN, LOST = "loquet", "loquet-plain", "loquet-lost"
"""To the second it says plainly what it tells of somebody, for the others it signs it; the last
asks for codes that it never spends: its memory takes one code of a client for another."""
SECRET = "s3cret-" * 6
PEOPLE = {"ada": "Ada Lovelace", "eve": "Eve Dropper"}
PASSWORD = "correct horse battery"
SAME_ADDRESS = "manager@example.org"
"""Both have it, and so has an account here."""


class Threads(ThreadingMixIn, WSGIServer):
    """A thread for each connection: browsers open some ahead, and send nothing on them."""

    daemon_threads = True


class Quiet(WSGIRequestHandler):
    """Without a line for each request."""

    def log_message(self, *_args: object) -> None:
        """Nothing."""


def app(port: int, redirect_uri: str):  # type: ignore[no-untyped-def]
    """Canaille, with its data in memory."""
    from canaille import create_app  # type: ignore[import-not-found]
    from canaille.app import models  # type: ignore[import-not-found]
    from canaille.backends import Backend  # type: ignore[import-not-found]
    from joserfc.jwk import RSAKey

    parameters = {"use": "sig", "alg": "RS256"}
    key = RSAKey.generate_key(2048, parameters=parameters, auto_kid=True)  # type: ignore[arg-type]
    made = create_app(
        {
            "SECRET_KEY": "x" * 32,
            "SERVER_NAME": f"localhost:{port}",
            "PREFERRED_URL_SCHEME": "http",
            "CANAILLE": {"DATABASE": "memory", "TIMEZONE": "UTC"},
            "CANAILLE_OIDC": {"ACTIVE_JWKS": [key.as_dict(private=True)]},
        }
    )
    with made.app_context():
        backend = Backend.instance
        for user, name in PEOPLE.items():
            given, family = name.split()
            backend.save(
                models.User(
                    formatted_name=name,
                    given_name=given,
                    family_name=family,
                    user_name=user,
                    emails=[SAME_ADDRESS],
                    password=PASSWORD,
                )
            )
        for name in (CLIENT, PLAIN, LOST):
            client = models.Client(
                client_id=name,
                client_secret=SECRET,
                client_name=name,
                client_uri=redirect_uri.partition("/sign-in")[0],
                redirect_uris=[redirect_uri],
                grant_types=["authorization_code"],
                response_types=["code"],
                scope=["openid", "profile", "email"],
                token_endpoint_auth_method="client_secret_basic",
                id_token_signed_response_alg="RS256",
                client_id_issued_at=datetime.datetime.now(datetime.UTC),
            )
            if name != PLAIN:
                client.userinfo_signed_response_alg = "RS256"
            backend.save(client)
            client.audience = [client]
            backend.save(client)
    return made


if __name__ == "__main__":
    _port, _redirect = int(sys.argv[1]), sys.argv[2]
    _app = app(_port, _redirect)
    _server = make_server("127.0.0.1", _port, _app, server_class=Threads, handler_class=Quiet)
    print("up", flush=True)
    _server.serve_forever()

"""An OpenID Connect provider (Core 1.0)."""

import math
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from controller.domain.time import Utc
from controller.integrations.oidc.problems import Problem, ProviderProblem
from controller.integrations.oidc.tokens import (
    CACHE_S,
    PROOF_S,
    Keys,
    asked_at,
    check_identity_claims,
    claims_of,
    proved_at,
)
from controller.settings import OidcSettings, SettingsError
from controller.settings.reading import read_secret

TIMEOUT_S = 10.0
SIGN_IN_TIMEOUT_S = 600
"""Seconds within which a person must come back from the provider."""
PROVIDER_SESSION_S = 12 * 3600
"""How long, in seconds, an open session at the provider signs members in without asking again."""
MAX_ERROR_CHARACTERS = 300
"""Characters of a text from the provider that are kept."""
LOOPBACK = ("127.0.0.1", "localhost", "::1")
"""Hosts for which plain http is accepted, for tests on one computer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingSignIn:
    """A sign-in that has begun; the browser's session keeps it until the person comes back."""

    url: str
    state: str
    nonce: str
    verifier: str = field(repr=False)
    at_s: float
    """When it began, by our clock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """The person, as identified by the provider."""

    issuer: str
    subject: str
    shown: str
    """A name or an address for display only; no decision depends on it."""
    proved_at: Utc | None
    """When the person last proved their identity; None: not recently, or unknown."""
    asked_at: Utc | None
    """The same time by the provider's clock."""


class Provider:
    """The configured provider; its metadata and keys are fetched when first needed."""

    def __init__(
        self,
        settings: OidcSettings,
        redirect_uri: str,
        *,
        now_s: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._redirect_uri = redirect_uri
        self._now_s = now_s
        self._monotonic = monotonic
        self._metadata: dict[str, Any] = {}
        """The provider's metadata (RFC 8414)."""
        self._metadata_until_s = -math.inf
        self._keys = Keys(self._json, monotonic)

    def begin(self, *, again: bool = False) -> PendingSignIn:
        """Begin a sign-in and return where to send the person.

        `again`: the provider must ask for proof of identity again. Raises ProviderProblem.
        """
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        # With `max_age` the response must contain `auth_time`. Not 0, since Canaille would then ask
        # endlessly.
        parameters: dict[str, Any] = {"max_age": PROVIDER_SESSION_S}
        if again:
            parameters = {"prompt": "login", "max_age": PROOF_S}
        if self._settings.acr_values:
            parameters["acr_values"] = self._settings.acr_values
        with self._client() as client:
            url, _state = client.create_authorization_url(
                self._address("authorization_endpoint"),
                state=state,
                nonce=nonce,
                code_verifier=verifier,
                **parameters,
            )
        return PendingSignIn(
            url=url, state=state, nonce=nonce, verifier=verifier, at_s=self._now_s()
        )

    def finish(
        self, pending: PendingSignIn, answer: Mapping[str, str], *, again: bool = False
    ) -> Person:
        """Return who the person is, from the parameters of the response. Raises ProviderProblem."""
        if not secrets.compare_digest(answer.get("state", "").encode(), pending.state.encode()):
            raise ProviderProblem(Problem.TOKEN, "state")
        if not 0 <= self._now_s() - pending.at_s <= SIGN_IN_TIMEOUT_S:
            raise ProviderProblem(Problem.CODE, "begun too long ago")
        issuer = answer.get("iss", self._settings.issuer)  # RFC 9207
        if issuer != self._settings.issuer:
            raise ProviderProblem(Problem.TOKEN, "iss of the answer")
        if "error" in answer:
            raise _declined(answer["error"])
        with self._client() as client:
            token = self._token(client, answer.get("code", ""), pending.verifier)
            claims = self._identity(token, pending, again=again)
            all_claims = claims | self._userinfo(client, str(claims["sub"]))
        return Person(
            issuer=self._settings.issuer or "",
            subject=str(claims["sub"]),
            shown=_display_name(all_claims),
            proved_at=proved_at(claims, now_s=self._now_s(), since_s=pending.at_s),
            asked_at=asked_at(claims),
        )

    def _client(self) -> Any:
        from authlib.integrations.requests_client import OAuth2Session

        methods = self._load_metadata().get(
            "token_endpoint_auth_methods_supported", ["client_secret_basic"]
        )
        basic = "client_secret_basic" in methods
        try:
            secret = read_secret(self._settings.client_secret_file or "")
        except SettingsError as problem:
            raise ProviderProblem(Problem.CLIENT, str(problem)) from problem
        return OAuth2Session(
            client_id=self._settings.client_id,
            client_secret=secret,
            token_endpoint_auth_method="client_secret_basic" if basic else "client_secret_post",
            scope=" ".join(self._settings.scopes),
            redirect_uri=self._redirect_uri,
            code_challenge_method="S256",
            default_timeout=TIMEOUT_S,
        )

    def _token(self, client: Any, code: str, verifier: str) -> dict[str, Any]:
        from authlib.common.errors import AuthlibBaseError
        from requests import RequestException

        try:
            token: dict[str, Any] = client.fetch_token(
                self._address("token_endpoint"), code=code, code_verifier=verifier
            )
        except AuthlibBaseError as problem:
            problems = {"invalid_client": Problem.CLIENT, "unauthorized_client": Problem.CLIENT}
            detail = _line(f"{problem.error}: {problem.description}")
            raise ProviderProblem(problems.get(problem.error, Problem.CODE), detail) from problem
        except (RequestException, ValueError) as problem:
            raise ProviderProblem(Problem.AWAY, type(problem).__name__) from problem
        return token

    def _identity(
        self, token: dict[str, Any], pending: PendingSignIn, *, again: bool
    ) -> dict[str, Any]:
        claims = claims_of(str(token.get("id_token", "")), self._keys)
        check_identity_claims(
            claims,
            issuer=self._settings.issuer or "",
            client_id=self._settings.client_id or "",
            nonce=pending.nonce,
            now_s=self._now_s(),
            again_since_s=pending.at_s if again else None,
        )
        return claims

    def _userinfo(self, client: Any, subject: str) -> dict[str, Any]:
        """Return the claims of userinfo, signed or plain, for the same subject."""
        if "userinfo_endpoint" not in self._load_metadata():
            return {}
        from requests import RequestException

        try:
            answer = client.get(self._address("userinfo_endpoint"))
            answer.raise_for_status()
            if answer.headers.get("content-type", "").startswith("application/jwt"):
                claims = claims_of(answer.text, self._keys)
                self._check_signed(claims)
            else:
                claims = answer.json()
        except (RequestException, ValueError) as problem:
            raise ProviderProblem(Problem.AWAY, f"userinfo: {type(problem).__name__}") from problem
        if not isinstance(claims, dict) or claims.get("sub") != subject:
            raise ProviderProblem(Problem.TOKEN, "sub of userinfo")
        return claims

    def _check_signed(self, claims: dict[str, Any]) -> None:
        """Check issuer and audience of signed userinfo (OpenID Connect Core, 5.3.2)."""
        to = claims.get("aud", self._settings.client_id)
        is_ours = self._settings.client_id in (to if isinstance(to, list) else [to])
        if claims.get("iss", self._settings.issuer) != self._settings.issuer or not is_ours:
            raise ProviderProblem(Problem.TOKEN, "iss or aud of userinfo")

    def _load_metadata(self) -> dict[str, Any]:
        if self._monotonic() < self._metadata_until_s:
            return self._metadata
        issuer = self._settings.issuer or ""
        _check_safe(issuer)
        metadata = self._json(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
        if metadata.get("issuer") != issuer:
            raise ProviderProblem(Problem.OTHER_ISSUER, _line(str(metadata.get("issuer"))))
        self._metadata, self._metadata_until_s = metadata, self._monotonic() + CACHE_S
        self._keys.uri = self._address("jwks_uri")
        return metadata

    def _address(self, name: str) -> str:
        address = self._load_metadata().get(name)
        if not isinstance(address, str):
            raise ProviderProblem(Problem.AWAY, f"its metadata has no {name}")
        _check_safe(address)
        return address

    def _json(self, url: str) -> dict[str, Any]:
        import requests

        try:
            answer = requests.get(url, timeout=TIMEOUT_S)
            answer.raise_for_status()
            value = answer.json()
        except (requests.RequestException, ValueError) as problem:
            raise ProviderProblem(Problem.AWAY, type(problem).__name__) from problem
        if not isinstance(value, dict):
            raise ProviderProblem(Problem.AWAY, "no JSON object")
        return value


def _check_safe(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme != "https" and parts.hostname not in LOOPBACK:
        raise ProviderProblem(Problem.NOT_SAFE, _line(url))


def _declined(error: str) -> ProviderProblem:
    """Convert an error of the authorisation response (OAuth 2.0: RFC 6749, 4.1.2.1)."""
    configuration_errors = (
        "unauthorized_client",
        "invalid_request",
        "invalid_scope",
        "unsupported_response_type",
    )
    return ProviderProblem(
        Problem.CLIENT if error in configuration_errors else Problem.DECLINED, _line(error)
    )


def _display_name(claims: dict[str, Any]) -> str:
    """Return a name for display; ProConnect has `given_name` and `usual_name`."""
    parts = (claims.get("given_name"), claims.get("usual_name") or claims.get("family_name"))
    full = " ".join(part for part in parts if isinstance(part, str))
    name = claims.get("email") or claims.get("name") or full or claims["sub"]
    return _line(str(name))


def _line(text: str) -> str:
    return " ".join("".join(character for character in text if character.isprintable()).split())[
        :MAX_ERROR_CHARACTERS
    ]

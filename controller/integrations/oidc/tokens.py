"""Tokens signed by a provider (RFC 7519): decoded with its keys, and checked claim by claim."""

import math
import time
from collections.abc import Callable
from typing import Any

from controller.domain.time import Utc
from controller.integrations.oidc.problems import Problem, ProviderProblem

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
"""Only algorithms with a key that only the provider has; never `none` or a shared secret."""
LEEWAY_S = 60
"""Tolerated difference of clocks."""
PROOF_S = 300
"""For how long a provider's `auth_time` counts as proof of identity."""
CACHE_S = 3600.0
"""For how long a provider's metadata and keys are cached.

Afterwards a withdrawn key is no longer accepted, and nobody can sign in while the provider is
unavailable.
"""
MAX_PROOF_AGE_S = 60
"""Longest time from the proof to the token's issue; an older proof was made for another site."""
SLACK_S = 30
"""A proof up to this much older than the redirect still counts as made after it."""
_FAR_S = 32_503_680_000
"""The year 3000."""
UNKNOWN_KEY_S = 30.0
"""The shortest time between two fetches of keys because of an unknown key id."""


class Keys:
    """The provider's keys (RFC 7517): fetched every hour, and if a token names an unknown key."""

    def __init__(
        self,
        fetch: Callable[[str], dict[str, Any]],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._fetch = fetch
        self._monotonic = monotonic
        self.uri = ""
        self._keys: dict[str, Any] = {}
        self._until_s = self._unknown_until_s = -math.inf

    def of(self, key_id: str | None) -> Any:
        """Return all keys of the provider, fetched again if they don't include `key_id`.

        Raises ProviderProblem.
        """
        from joserfc.errors import JoseError
        from joserfc.jwk import KeySet

        now_s = self._monotonic()
        if now_s >= self._until_s:
            self._renew(now_s)
        elif not self._has_key(key_id) and now_s >= self._unknown_until_s:
            self._unknown_until_s = now_s + UNKNOWN_KEY_S
            self._renew(now_s)
        try:
            return KeySet.import_key_set(self._keys)  # type: ignore[arg-type]
        except (JoseError, ValueError, KeyError, TypeError) as problem:
            raise ProviderProblem(Problem.AWAY, "its keys can't be read") from problem

    def _renew(self, now_s: float) -> None:
        self._keys, self._until_s = self._fetch(self.uri), now_s + CACHE_S

    def _has_key(self, key_id: str | None) -> bool:
        keys = self._keys.get("keys", [])
        return key_id is None or any(key.get("kid") == key_id for key in keys)


def claims_of(text: str, keys: Keys) -> dict[str, Any]:
    """Verify a signed token and return its claims. Raises ProviderProblem."""
    from joserfc import jws, jwt
    from joserfc.errors import JoseError

    try:
        header = jws.extract_compact(text.encode()).headers()
        claims = jwt.decode(text, keys.of(header.get("kid")), algorithms=ALGORITHMS).claims
    except (JoseError, ValueError, TypeError) as problem:
        raise ProviderProblem(Problem.TOKEN, type(problem).__name__) from problem
    if not isinstance(claims, dict):
        raise ProviderProblem(Problem.TOKEN, "no claims")
    return dict(claims)


def check_identity_claims(
    claims: dict[str, Any],
    *,
    issuer: str,
    client_id: str,
    nonce: str,
    now_s: float,
    again_since_s: float | None = None,
) -> None:
    """Check the claims of an id token (OpenID Connect Core, 3.1.3.7).

    `again_since_s`: when the person was sent to prove their identity again. Raises ProviderProblem.
    """
    to = claims.get("aud")
    audience = to if isinstance(to, list) else [to]
    subject = claims.get("sub")
    checks = {
        "iss": claims.get("iss") == issuer,
        "aud": client_id in audience,
        "azp": claims.get("azp", client_id) == client_id,
        "sub": isinstance(subject, str) and 0 < len(subject) <= 255,
        "exp": _is_number(claims.get("exp")) and claims["exp"] > now_s - LEEWAY_S,
        "iat": _is_number(claims.get("iat")) and claims["iat"] < now_s + LEEWAY_S,
        "nonce": claims.get("nonce") == nonce,
    }
    if wrong := [name for name, is_right in checks.items() if not is_right]:
        raise ProviderProblem(Problem.TOKEN, ", ".join(wrong))
    since_s = again_since_s
    if since_s is not None and proved_at(claims, now_s=now_s, since_s=since_s) is None:
        raise ProviderProblem(Problem.NOT_NOW, "auth_time")


def proved_at(claims: dict[str, Any], *, now_s: float, since_s: float) -> Utc | None:
    """Return when the person proved their identity to the provider, by the token's `auth_time`.

    `since_s`: when the person was redirected to the provider. Returns None if `auth_time` is
    missing, more than `PROOF_S` ago, or over `LEEWAY_S` in the future, and if the proof is older
    than the redirect or `MAX_PROOF_AGE_S`. The age of the proof is `iat` minus `auth_time`, both
    by the provider's clock. A time in the future counts as now.
    """
    at, issued_s = asked_at(claims), claims.get("iat", now_s)
    if at is None or not now_s - PROOF_S < at.timestamp() <= now_s + LEEWAY_S:
        return None
    if issued_s - at.timestamp() > min(now_s - since_s + SLACK_S, MAX_PROOF_AGE_S):
        return None
    return min(at, Utc.from_millis(int(now_s * 1000)))


def asked_at(claims: dict[str, Any]) -> Utc | None:
    """Return when the provider last asked for proof of identity, by its own clock."""
    at = claims.get("auth_time")
    if not isinstance(at, int | float) or isinstance(at, bool) or not 0 <= at < _FAR_S:
        return None
    return Utc.from_millis(int(at * 1000))


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)

"""What a provider signs (RFC 7519): decoded with its keys, and judged claim by claim."""

from collections.abc import Callable
from typing import Any

from controller.integrations.oidc.problems import Problem, ProviderProblem

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
"""By a key that only the provider has; never `none`, nor by a shared secret."""
LEEWAY_S = 60
LOOK_S = 300
"""When somebody was asked anew who they are, at most so long ago."""


class Keys:
    """The provider's keys (RFC 7517); those of an id that is not known are fetched anew."""

    def __init__(self, fetch: Callable[[str], dict[str, Any]]) -> None:
        self._fetch = fetch
        self.uri = ""
        self._kept: dict[str, Any] | None = None

    def of(self, key_id: str | None) -> Any:
        """A set with that key, if the provider has it. Raises ProviderProblem."""
        from joserfc.errors import JoseError
        from joserfc.jwk import KeySet

        if self._kept is None or not self._has(key_id):
            self._kept = self._fetch(self.uri)
        try:
            return KeySet.import_key_set(self._kept)  # type: ignore[arg-type]
        except (JoseError, ValueError, KeyError, TypeError) as problem:
            raise ProviderProblem(Problem.AWAY, "its keys can't be read") from problem

    def _has(self, key_id: str | None) -> bool:
        keys = (self._kept or {}).get("keys", [])
        return key_id is None or any(each.get("kid") == key_id for each in keys)


def claims_of(text: str, keys: Keys) -> dict[str, Any]:
    """The claims of a signed token. Raises ProviderProblem."""
    from joserfc import jws, jwt
    from joserfc.errors import JoseError

    try:
        header = jws.extract_compact(text.encode()).headers()
        found = jwt.decode(text, keys.of(header.get("kid")), algorithms=ALGORITHMS).claims
    except (JoseError, ValueError, TypeError) as problem:
        raise ProviderProblem(Problem.TOKEN, type(problem).__name__) from problem
    if not isinstance(found, dict):
        raise ProviderProblem(Problem.TOKEN, "no claims")
    return dict(found)


def identity_claims(
    claims: dict[str, Any], *, issuer: str, client_id: str, nonce: str, now_s: float, again: bool
) -> None:
    """Judge an id token (OpenID Connect Core, 3.1.3.7). Raises ProviderProblem."""
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
    if again and not _is_recent(claims.get("auth_time"), now_s):
        raise ProviderProblem(Problem.NOT_NOW, "auth_time")


def _is_recent(at: object, now_s: float) -> bool:
    return isinstance(at, int | float) and at > now_s - LOOK_S


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)

"""What a provider signs is judged claim by claim; what is not signed by it is nothing."""

import base64
import hmac
import json
import math
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from controller.domain.time import Utc
from controller.integrations.oidc.problems import Problem, ProviderProblem
from controller.integrations.oidc.tokens import (
    ALGORITHMS,
    CACHE_S,
    UNKNOWN_KEY_S,
    Keys,
    check_identity_claims,
    claims_of,
    proved_at,
)

KEY, OTHER = (RSAKey.generate_key(2048, auto_kid=True) for _ in range(2))
NOW = 1_800_000_000
RIGHT: dict[str, Any] = {
    "iss": "https://id.example",
    "aud": "loquet",
    "sub": "ada",
    "nonce": "n",
    "iat": NOW - 5,
    "exp": NOW + 300,
    "auth_time": NOW - 10,
}


def keys(*known: RSAKey) -> Keys:
    """As the provider shows them."""
    shown = {"keys": [key.as_dict(private=False) for key in known or (KEY,)]}
    return Keys(lambda _uri: shown)


def signed(claims: dict[str, Any], key: Any = KEY, alg: str = "RS256") -> str:
    """A token."""
    return jwt.encode({"alg": alg, "kid": key.kid}, claims, key, algorithms=[alg])


def judge(claims: dict[str, Any], *, again_since_s: float | None = None) -> None:
    """As an id token of this sign-in."""
    check_identity_claims(
        claims,
        issuer="https://id.example",
        client_id="loquet",
        nonce="n",
        now_s=NOW,
        again_since_s=again_since_s,
    )


def test_what_is_right_is_taken() -> None:
    claims = claims_of(signed(RIGHT), keys())
    judge(claims, again_since_s=NOW - 20)
    judge(claims | {"aud": ["other", "loquet"], "azp": "loquet"})


@pytest.mark.parametrize(
    "wrong",
    [
        {"iss": "https://evil.example"},
        {"aud": "other"},
        {"aud": ["loquet"], "azp": "other"},
        {"sub": ""},
        {"sub": 7},
        {"sub": "x" * 256},
        {"exp": NOW - 61},
        {"exp": None},
        {"exp": True},
        {"iat": NOW + 61},
        {"nonce": "m"},
        {"nonce": None},
    ],
)
def test_what_is_wrong_is_not(wrong: dict[str, Any]) -> None:
    with pytest.raises(ProviderProblem) as found:
        judge(RIGHT | wrong)
    assert found.value.problem is Problem.TOKEN


@pytest.mark.parametrize(
    ("auth_time", "at"),
    [
        (NOW - 65, NOW - 65),
        (NOW - 66, None),  # a minute before the token: asked for somebody else's page
        (NOW + 60, NOW),  # its clock is a little ahead
        (NOW + 61, None),
        (True, None),
        (math.nan, None),
        (None, None),
        ("now", None),
    ],
)
def test_who_was_asked_a_moment_ago_is_proved(auth_time: object, at: int | None) -> None:
    found = proved_at(RIGHT | {"auth_time": auth_time}, now_s=NOW, since_s=NOW - 300)
    assert found == (None if at is None else Utc.from_millis(at * 1000))


@pytest.mark.parametrize("auth_time", [NOW - 301, NOW - 56, NOW + 61, None, "now"])
def test_asked_again_it_must_have_asked_again(auth_time: object) -> None:
    with pytest.raises(ProviderProblem) as found:
        judge(RIGHT | {"auth_time": auth_time}, again_since_s=NOW - 20)
    assert found.value.problem is Problem.NOT_NOW


def _part(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _by_hand(alg: str, secret: bytes = b"") -> str:
    """Without a signature, or by the public key as if it were a shared secret (RFC 8725, 2.1)."""
    text = f"{_part(json.dumps({'alg': alg}).encode())}.{_part(json.dumps(RIGHT).encode())}"
    return f"{text}.{_part(hmac.digest(secret, text.encode(), 'sha256')) if secret else ''}"


@pytest.mark.parametrize(
    "text",
    [
        signed(RIGHT, OTHER),
        signed(RIGHT)[:-6] + "AAAAAA",
        signed(RIGHT | {"sub": "eve"}).rpartition(".")[0] + "." + signed(RIGHT).rpartition(".")[2],
        _by_hand("none"),
        _by_hand("HS256", KEY.as_pem(private=False)),
        "",
        "a.b.c",
        "{}",
    ],
)
def test_what_it_has_not_signed_is_nothing(text: str) -> None:
    with pytest.raises(ProviderProblem) as found:
        claims_of(text, keys())
    assert found.value.problem is Problem.TOKEN


def test_a_new_key_is_fetched_when_it_first_signs() -> None:
    asked: list[str] = []
    known = [KEY]

    def fetch(uri: str) -> dict[str, Any]:
        asked.append(uri)
        return {"keys": [key.as_dict(private=False) for key in known]}

    found = Keys(fetch)
    for _ in range(2):
        claims_of(signed(RIGHT), found)
    assert len(asked) == 1
    known.append(OTHER)
    claims_of(signed(RIGHT, OTHER), found)
    assert len(asked) == 2


class Provider:
    """Its keys, which it changes, and whether it answers."""

    def __init__(self) -> None:
        self.shown, self.asked, self.answers, self.now_s = [KEY], 0, True, 0.0
        self.keys = Keys(self._fetch, lambda: self.now_s)

    def _fetch(self, _uri: str) -> dict[str, Any]:
        self.asked += 1
        if not self.answers:
            raise ProviderProblem(Problem.AWAY)
        return {"keys": [key.as_dict(private=False) for key in self.shown]}

    def problem(self, key: RSAKey) -> Problem | None:
        """Why what this key signs is not taken."""
        try:
            claims_of(signed(RIGHT, key), self.keys)
        except ProviderProblem as found:
            return found.problem
        return None


def test_a_key_that_was_withdrawn_counts_no_longer_than_an_hour() -> None:
    provider = Provider()
    assert provider.problem(KEY) is None
    provider.shown = [OTHER]
    provider.now_s = CACHE_S
    assert provider.problem(KEY) is Problem.TOKEN
    assert provider.problem(OTHER) is None


def test_a_key_that_was_withdrawn_goes_when_its_successor_signs() -> None:
    provider = Provider()
    assert provider.problem(KEY) is None
    provider.shown = [OTHER]
    assert provider.problem(OTHER) is None
    assert provider.problem(KEY) is Problem.TOKEN


def test_keys_that_are_too_old_are_not_used_while_the_provider_is_away() -> None:
    provider = Provider()
    assert provider.problem(KEY) is None
    provider.answers = False
    provider.now_s = CACHE_S - 1
    assert provider.problem(KEY) is None
    provider.now_s = CACHE_S
    assert provider.problem(KEY) is Problem.AWAY
    provider.answers = True
    assert provider.problem(KEY) is None


def test_keys_that_nobody_knows_are_not_asked_for_again_and_again() -> None:
    provider = Provider()
    assert provider.problem(KEY) is None
    for _ in range(5):
        assert provider.problem(OTHER) is Problem.TOKEN
    assert provider.asked == 2
    provider.now_s = UNKNOWN_KEY_S
    provider.shown.append(OTHER)
    assert provider.problem(OTHER) is None


def test_no_algorithm_goes_by_a_shared_secret() -> None:
    assert not [
        algorithm for algorithm in ALGORITHMS if algorithm.startswith("HS") or algorithm == "none"
    ]

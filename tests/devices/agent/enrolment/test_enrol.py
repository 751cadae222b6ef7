"""Enrolment and renewal, against a real HTTP server with and without TLS."""

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from controller.domain.ids import CredentialId
from controller.domain.time import Utc
from controller.wire.base64url import b64decode, b64encode
from controller.wire.keys import holder_key
from controller.wire.signatures import Signer
from devices.agent.enrolment.controller_api import EnrolError, is_loopback, trust_by_fingerprint
from devices.agent.enrolment.enrol import enrol
from devices.agent.enrolment.identity import Identity, NotEnrolled
from devices.agent.enrolment.renewal import Renewal, due_at, renew
from tests.devices.agent.enrolment.agent_controller import Authority, Controller

BADGE = CredentialId("uid:04782E21801D80")


@pytest.fixture
def plain(tmp_path: Path) -> Iterator[Controller]:
    controller = Controller(tmp_path, tls=False)
    yield controller
    controller.close()


@pytest.fixture
def secure(tmp_path: Path) -> Iterator[Controller]:
    controller = Controller(tmp_path, tls=True)
    yield controller
    controller.close()


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


@pytest.mark.parametrize("kind", ["plain", "secure"])
def test_a_claim_leaves_an_identity_for_its_owner_only(
    kind: str, request: pytest.FixtureRequest, state: Path
) -> None:
    controller: Controller = request.getfixturevalue(kind)
    enrolled = enrol(controller.url, f" {controller.code}\n", state)
    assert (enrolled.agent_id, enrolled.site_id, enrolled.url) == ("pi-1", "site", controller.url)
    identity = Identity.load(state)
    assert identity.enrolment == enrolled
    assert identity.keys.newest == b"k" * 32
    assert identity.signer.public_key_bytes == controller.agent_key
    files = {path.name: stat.S_IMODE(path.stat().st_mode) for path in state.iterdir()}
    assert files == dict.fromkeys(
        ("agent.key", "agent.crt", "ca.crt", "credential.key", "enrolment.json"), 0o600
    )


def test_a_used_code_is_refused_in_one_line(plain: Controller, state: Path) -> None:
    code = plain.code
    enrol(plain.url, code, state)
    with pytest.raises(EnrolError, match="this claim code is unknown or expired"):
        enrol(plain.url, code, state)


def test_another_controller_at_the_address_gets_nothing(secure: Controller, state: Path) -> None:
    code = "secretsecret" + Authority().fingerprint
    with pytest.raises(EnrolError, match="does not belong to the controller that made"):
        enrol(secure.url, code, state)
    assert secure.asked == []


def test_the_chain_is_checked_even_when_the_fingerprint_is_shown(
    secure: Controller, plain: Controller
) -> None:
    assert trust_by_fingerprint(plain.url, plain.authority.fingerprint) is None
    assert trust_by_fingerprint(secure.url, secure.authority.fingerprint) is not None


def test_an_answer_of_another_ca_is_refused(plain: Controller, state: Path) -> None:
    other = Authority()
    plain.changes = {"ca": other.pem}
    with pytest.raises(EnrolError, match=r"signed by another CA|not valid"):
        enrol(plain.url, plain.code, state)
    assert not state.exists()


def test_a_whole_answer_of_another_ca_is_refused(plain: Controller, state: Path) -> None:
    other = Authority()
    key = Signer.generate().private_key.public_key()
    pem = other.certify("pi-1", key).public_bytes(Encoding.PEM).decode()
    plain.changes = {"ca": other.pem, "certificate": pem}
    with pytest.raises(EnrolError, match="wrong CA"):
        enrol(plain.url, plain.code, state)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"raw": b"<html>"}, "not a Loquet controller"),
        ({"raw": {"agent_id": "x"}}, "not a Loquet controller"),
        ({"certificate": "nothing"}, "not valid"),
    ],
)
def test_a_wrong_answer_is_one_line(
    plain: Controller, state: Path, changes: dict[str, object], expected: str
) -> None:
    plain.changes = changes
    with pytest.raises(EnrolError, match=expected) as caught:
        enrol(plain.url, plain.code, state)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "code", "expected"),
    [
        ("http://192.0.2.1", "x" * 40, "use https"),
        ("ftp://127.0.0.1", "x" * 40, "not an address"),
        ("nonsense", "x" * 40, "not an address"),
        ("http://127.0.0.1:9", "x" * 40, "no answer"),
        ("https://127.0.0.1:9", "x" * 40, "no answer"),
        ("http://127.0.0.1:9", "short", "not a claim code"),
    ],
)
def test_what_cannot_work_says_why(url: str, code: str, expected: str, state: Path) -> None:
    with pytest.raises(EnrolError, match=expected):
        enrol(url, code, state)
    assert is_loopback("localhost")


def test_a_folder_that_cannot_be_made(plain: Controller, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(EnrolError, match="choose another"):
        enrol(plain.url, plain.code, tmp_path / "file" / "state")


def test_nobody_is_enrolled_yet(state: Path) -> None:
    with pytest.raises(NotEnrolled, match="loquet enrol"):
        Identity.load(state)
    state.mkdir()
    (state / "enrolment.json").write_text("{}")
    with pytest.raises(NotEnrolled, match="enrol again"):
        Identity.load(state)


def test_a_certificate_is_renewed_with_the_current_key(secure: Controller, state: Path) -> None:
    enrol(secure.url, secure.code, state)
    before = (state / "agent.crt").read_text()
    renew(Identity.load(state))
    assert (state / "agent.crt").read_text() != before
    assert secure.renewed == 1


def test_a_renewal_is_refused(plain: Controller, state: Path) -> None:
    enrol(plain.url, plain.code, state)
    before = (state / "agent.crt").read_text()
    plain.changes = {"certificate": "nothing"}
    with pytest.raises(EnrolError, match="not from this agent's CA"):
        renew(Identity.load(state))
    plain.agent_key = Signer.generate().public_key_bytes
    with pytest.raises(EnrolError, match="current key"):
        renew(Identity.load(state))
    assert (state / "agent.crt").read_text() == before


def test_it_is_renewed_when_a_third_of_its_life_is_left(plain: Controller, state: Path) -> None:
    enrol(plain.url, plain.code, state)
    identity = Identity.load(state)
    told: list[int] = []
    renewal = Renewal(identity, lambda: told.append(1))
    due = due_at((state / "agent.crt").read_text())
    renewal.check(Utc.of(due.replace(year=due.year - 1)))
    renewal.wait(60)
    assert told == []
    renewal.check(due)
    renewal.wait(60)
    assert (told, plain.renewed) == ([1], 1)


def test_a_failed_renewal_is_tried_again_later(plain: Controller, state: Path) -> None:
    enrol(plain.url, plain.code, state)
    told: list[int] = []
    renewal = Renewal(Identity.load(state), lambda: told.append(1))
    plain.agent_key = Signer.generate().public_key_bytes
    due = due_at((state / "agent.crt").read_text())
    renewal.check(due)
    renewal.wait(60)
    renewal.check(due)
    renewal.wait(60)
    assert (told, len(plain.asked)) == ([], 2)


def test_a_newer_credential_key_comes_with_a_renewal_and_the_one_before_stays(
    secure: Controller, state: Path
) -> None:
    """Also for a program that knows one key alone: it finds the newest where it looks (0196)."""
    enrol(secure.url, secure.code, state)
    secure.changes = {"credential_key": b64encode(b"n" * 32), "credential_generation": 2}
    identity = Identity.load(state)
    assert identity.keys.generation == 1
    for _ in range(2):  # an answer that came twice changes nothing
        renew(identity)
        loaded = Identity.load(state)
        for keys in (identity.keys, loaded.keys):
            assert (keys.newest, keys.generation) == (b"n" * 32, 2)
            names = [holder_key(key, BADGE) for key in (b"n" * 32, b"k" * 32)]
            assert keys.names(BADGE) == names
    assert b64decode((state / "credential.key").read_text()) == b"n" * 32
    assert stat.S_IMODE((state / "credential-before.key").stat().st_mode) == 0o600


@pytest.mark.parametrize("written", ["nothing", "before", "both"])
def test_a_power_cut_while_it_is_kept_leaves_an_agent_that_knows_everybody(
    written: str, secure: Controller, state: Path
) -> None:
    enrol(secure.url, secure.code, state)
    if written != "nothing":
        (state / "credential-before.key").write_text(b64encode(b"k" * 32))
    if written == "both":
        (state / "credential.key").write_text(b64encode(b"n" * 32))
    identity = Identity.load(state)
    assert holder_key(b"k" * 32, BADGE) in identity.keys.names(BADGE)
    assert identity.keys.generation == 1, "so it is given it again"
    secure.changes = {"credential_key": b64encode(b"n" * 32), "credential_generation": 2}
    renew(identity)
    keys = Identity.load(state).keys
    assert keys.names(BADGE) == [holder_key(key, BADGE) for key in (b"n" * 32, b"k" * 32)]
    assert keys.generation == 2


def test_whoever_enrols_anew_has_no_key_of_before(
    secure: Controller, plain: Controller, state: Path
) -> None:
    """It may be at another site now."""
    enrol(secure.url, secure.code, state)
    secure.changes = {"credential_key": b64encode(b"n" * 32), "credential_generation": 2}
    renew(Identity.load(state))
    plain.changes = {"credential_key": b64encode(b"p" * 32), "credential_generation": 5}
    enrol(plain.url, plain.code, state)
    keys = Identity.load(state).keys
    assert (keys.names(BADGE), keys.generation) == ([holder_key(b"p" * 32, BADGE)], 5)

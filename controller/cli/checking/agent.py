"""Check an agent: its identity, wiring, broker and controller."""

import ssl
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature

from controller.cli.checking.broker_greeting import TIMEOUT_S, greet
from controller.cli.checking.computer import clock, clocks_agree, disk, modes
from controller.cli.checking.findings import CheckFailed, Finding, bad, try_check
from controller.settings import Settings
from devices.agent.enrolment.identity import Identity, IdentityFiles

_ENROL_AGAIN = "get a code from the Boxes page, then: loquet setup agent"
"""Advice to enrol the agent again."""


def is_agent(settings: Settings) -> bool:
    """Return whether this computer is wired or enrolled as an agent."""
    files = IdentityFiles(Path(settings.agent.state_dir))
    return bool(settings.agent.access_point) or files.enrolment.exists() or files.key.exists()


def agent(settings: Settings) -> Iterator[Finding]:
    """Yield all findings about an installed agent."""
    state = Path(settings.agent.state_dir)
    yield try_check(f"enrolled, in {state}", lambda: _identity(state))
    yield _damaged_files(state)
    yield disk(state, "the journal")
    yield clock(settings.agent.clock)
    yield from modes([IdentityFiles(state).key, IdentityFiles(state).credential_key])
    wired = bool(settings.agent.access_point)
    advice = "write its [[agent.access_point]] into config.toml: docs/wiring.md"
    yield Finding("it is wired", wired, advice)
    yield try_check("the wiring is valid", lambda: _check_wiring(settings))
    if IdentityFiles(state).enrolment.exists():
        yield from _check_connections(state)
    yield Finding("the agent runs", _is_running(state), "start it: systemctl start loquet-agent")


def _identity(state: Path) -> None:
    files = IdentityFiles(state)
    if not any(path.exists() for path in (files.key, files.enrolment)):
        raise CheckFailed(_ENROL_AGAIN)
    for file in (files.key, files.certificate, files.ca, files.credential_key, files.enrolment):
        if not file.exists():
            raise CheckFailed(f"{file} is missing; {_ENROL_AGAIN}")
    identity = Identity.load(state)
    certificate = x509.load_pem_x509_certificate(files.certificate.read_bytes())
    if certificate.public_key() != identity.signer.private_key.public_key():
        raise CheckFailed(f"{files.key} is not the key of {files.certificate}; {_ENROL_AGAIN}")
    try:
        ca = x509.load_pem_x509_certificate(files.ca.read_bytes())
        certificate.verify_directly_issued_by(ca)
    except (InvalidSignature, ValueError, TypeError) as error:
        raise CheckFailed(
            f"its certificate comes from another authority than {files.ca}; {_ENROL_AGAIN}"
        ) from error
    if certificate.not_valid_after_utc <= datetime.now(UTC):
        raise CheckFailed("its certificate has expired; start the agent, which renews it")


def _damaged_files(state: Path) -> Finding:
    marks = ("*.db.broken-*", "*.db.corrupt-*")
    aside = sorted({path.name for mark in marks for path in state.glob(mark)})
    advice = f"the card may be failing, replace it; then delete {', '.join(aside)}"
    return Finding("the agent's files are undamaged", not aside, advice)


def _check_wiring(settings: Settings) -> None:
    from devices.agent.hardware import wire_points

    wire_points(settings)


def _check_connections(state: Path) -> Iterator[Finding]:
    files = IdentityFiles(state)
    try:
        enrolment = Identity.load(state).enrolment
    except Exception as error:  # noqa: BLE001  whatever it is, its text is the advice
        yield bad("the files of the enrolment are readable", error)
        return
    host, port = enrolment.mqtt.host, enrolment.mqtt.port
    yield try_check(
        f"the broker at {host}:{port} accepts us",
        lambda: greet(host, port, ca=files.ca, cert=files.certificate, key=files.key),
    )
    description = f"the controller answers at {enrolment.url}"
    try:
        controller_time = _controller_time(enrolment.url, files.ca)
    except CheckFailed as error:
        yield bad(description, error)
        return
    yield Finding(description, True)
    yield clocks_agree(datetime.now(UTC), controller_time, "the controller")


def _controller_time(url: str, ca: Path) -> datetime:
    """Return the time that the controller reports in its answer. Raises CheckFailed."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(ca)
    handlers = [urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)]
    try:
        opener = urllib.request.build_opener(*handlers)
        with opener.open(f"{url.rstrip('/')}/health/live", timeout=TIMEOUT_S) as answer:
            return parsedate_to_datetime(answer.headers["Date"])
    except urllib.error.HTTPError as error:
        raise CheckFailed(
            f"it answers {error.code}: another program may use its address"
        ) from error
    except OSError as error:
        reason = getattr(error, "reason", error)
        if isinstance(reason, ssl.SSLCertVerificationError):
            raise CheckFailed(
                f"it shows another authority's certificate ({reason.verify_message}): another"
                f" place is there, or its keys were lost; {_ENROL_AGAIN}"
            ) from error
        detail = getattr(reason, "strerror", None) or reason
        raise CheckFailed(
            f"no answer ({detail}): its address may have changed; certificates can't be renewed"
            f" until it answers there, or: {_ENROL_AGAIN}"
        ) from error


def _is_running(state: Path) -> bool:
    """Return whether a running agent holds its lock file.

    The lock is not tried, because an agent that starts meanwhile would fail.
    """
    file = state / "agent.lock"
    if not file.exists():
        return False
    inode = f":{file.stat().st_ino} "
    locks = Path("/proc/locks").read_text(encoding="ascii").splitlines()
    return any("FLOCK" in line and inode in line for line in locks)

"""An example row of each table of the policy."""

from datetime import date, time

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from controller.domain.facts import (
    AccessPoint,
    Assurance,
    Booking,
    CardKind,
    Certification,
    HeldCertification,
    Holder,
    Level,
    Name,
    Plan,
    PointKind,
    Requirement,
    Risk,
    Schedule,
    ScheduleException,
    SessionRules,
    WeeklyWindow,
    Window,
    Zone,
)
from controller.wire.base64url import b64encode
from controller.wire.examples import example_values
from controller.wire.rows import CardRow, HubKey, Row, SiteRow
from controller.wire.signatures import Signer
from controller.wire.values import make_row, removed_row

# The hub's key in the examples. It is public, so nobody may use it.

SIGNER = Signer(Ed25519PrivateKey.from_private_bytes(example_values.PRIVATE_KEY))

_SITE = SiteRow(
    id="lab",
    name=Name(fr="Le Labo", en="The Lab"),
    time_zone="Europe/Paris",
    opening="opening",
    hub_keys=(HubKey(kid=SIGNER.kid, public_key=b64encode(SIGNER.public_key_bytes)),),
)
_SCHEDULE = Schedule(
    weekly=(WeeklyWindow(weekday=1, start=time(9), end=time(18, 30)),),
    exceptions=(
        ScheduleException(date=date(2026, 12, 24), windows=((time(9), time(12)),)),
        ScheduleException(date=date(2026, 12, 25)),
    ),
)
_LASER = AccessPoint(
    id=example_values.LASER,
    kind=PointKind.MACHINE,
    agent=example_values.AGENT,
    name=Name(fr="Découpe laser", en="Laser cutter"),
    icon="zap",
    zone="workshop",
    commissioned=True,
    risk=Risk.DANGEROUS,
    requirement=Requirement(
        certifications=(("laser",), ("rules-2026", "rules-2025")), assurance=Assurance.AES
    ),
    session=SessionRules(idle_timeout_s=600.0, cool_down_s=120.0),
)
_HOLDER = Holder(
    member=example_values.ADA,
    assurance=Assurance.AES,
    plan="maker",
    subscription_from=example_values.LAST_YEAR,
    subscription_until=example_values.NEXT_YEAR,
    grace_days=7,
    categories=("entrepreneur",),
    certifications=(
        HeldCertification(
            certification="laser",
            level=Level.TRAINER,
            valid_from=example_values.LAST_YEAR,
            valid_until=example_values.NEXT_YEAR,
        ),
        HeldCertification(certification="rules-2026"),
    ),
    maintains=(example_values.LASER,),
    supervises=("workshop",),
)

ROWS: dict[str, Row] = {
    "site": make_row("lab", 1, _SITE),
    "zone": make_row("workshop", 2, Zone(name=Name(fr="Atelier", en="Workshop"), capacity=12)),
    "plan": make_row("maker", 3, Plan(name=Name(fr="Atelier"), schedule="opening")),
    "schedule": make_row("opening", 4, _SCHEDULE),
    "certification": make_row(
        "laser",
        5,
        Certification(name=Name(fr="Laser", en="Laser"), next_session=example_values.LATER),
    ),
    "point": make_row(example_values.LASER, 6, _LASER),
    "holder": make_row(example_values.KEY, 7, _HOLDER),
    "booking": make_row(
        "01938f5e-c3c0-7796-9075-4b8c9daebfc0",
        8,
        Booking(
            access_point=example_values.LASER,
            member=example_values.ADA,
            starts_at=example_values.AT,
            ends_at=example_values.LATER,
        ),
    ),
    "window": make_row(
        example_values.WINDOW,
        9,
        Window(
            zone="workshop",
            supervisor=example_values.GRACE,
            opened_at=example_values.AT,
            until=example_values.LATER,
        ),
    ),
    "card": make_row(
        example_values.KEY,
        11,
        CardRow(kind=CardKind.NTAG424, assurance=Assurance.AES, key=example_values.DOOR_KEY),
    ),
}
"""Example rows by table."""
REMOVED: Row = removed_row("zone", "garage", 10)
"""An example of a row that tells agents to delete another one."""

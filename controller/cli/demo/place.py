"""La Fabrique, the demo's place: its rooms, plans, certifications and machines, as plain data."""

from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from controller.domain.facts import (
    AccessPoint,
    BookingRule,
    Certification,
    CertificationKind,
    DoorRules,
    Name,
    OnEnd,
    OnRevoke,
    Plan,
    PointKind,
    Requirement,
    Risk,
    SessionRules,
    Supervisor,
    Zone,
)
from controller.domain.ids import AccessPointId
from controller.domain.time import Utc

SITE_ID = "la-fabrique"
SITE_NAME = "La Fabrique"
PUBLISHER, SIRET = "Communauté d’agglomération de Béthune", "26620001700017"
STREET, POSTCODE, TOWN = "6 place du Beffroi", "62400", "Béthune"
"""Who runs the place, issues its statements and publishes its data, and at which address."""

ZONES = {
    "atelier": Zone(name=Name(fr="Atelier", en="Workshop"), capacity=24),
    "coworking": Zone(name=Name(fr="Coworking", en="Coworking"), capacity=36),
}
"""Zones by id."""

WEEKDAY_HOURS = ("08:00", "20:00")
"""Hours of the coworking plan.

The site itself is always open, so that the demo works at any time.
"""

PLANS = {
    "atelier": Plan(name=Name(fr="Atelier", en="Workshop"), outside_opening=True),
    "coworking": Plan(
        name=Name(fr="Coworking", en="Coworking"), schedule="bureau", zones=("coworking",)
    ),
}
"""Plans by id."""

CERTIFICATIONS = {
    "reglement": Certification(
        name=Name(fr="Règlement intérieur signé", en="House rules signed"),
        kind=CertificationKind.DOCUMENT,
    ),
    "laser": Certification(name=Name(fr="Découpe laser", en="Laser cutting")),
    "impression-3d": Certification(name=Name(fr="Impression 3D", en="3D printing")),
    "decoupe-vinyle": Certification(name=Name(fr="Découpe vinyle", en="Vinyl cutting")),
    "bois": Certification(name=Name(fr="Machines à bois", en="Woodworking machines")),
    "fraisage": Certification(name=Name(fr="Fraisage numérique", en="CNC milling")),
}
"""Certifications by id."""

IDLE_AFTER_S = 2.0
"""Seconds without draw after which a machine is idle; shorter than usual, for people who try it."""


@dataclass(frozen=True, slots=True)
class WiredPoint:
    """An access point and how its agent is wired to it: BCM pins and the machine's draw."""

    point: AccessPoint
    power_pin: int
    led_pins: tuple[int, int, int]
    watts: float = 0.0
    cooling_pin: int | None = None
    estop_pin: int | None = None
    start_pin: int | None = None
    """Pin of the contact that must be closed at a start: the axis at its reference switch."""
    contact_pin: int | None = None
    exit_pin: int | None = None
    bridged: bool = False
    """Whether power, E-stop and meter are at a microcontroller; `power_pin` is then its relay."""


def _machine(
    id_: str,
    agent: str,
    fr: str,
    en: str,
    icon: str,
    certification: str,
    *,
    dangerous: bool = False,
    supervisor: Supervisor = Supervisor.NO,
    cool_down_s: float = 0.0,
    idle_timeout_s: float = 900.0,
) -> AccessPoint:
    return AccessPoint(
        id=AccessPointId(id_),
        kind=PointKind.MACHINE,
        agent=agent,
        zone="atelier",
        name=Name(fr=fr, en=en),
        icon=icon,
        commissioned=True,
        risk=Risk.DANGEROUS if dangerous else Risk.LOW,
        requirement=Requirement(
            certifications=(("reglement",), (certification,)),
            plans=("atelier",),
            supervisor=supervisor,
            booking=BookingRule.RESPECTED,
        ),
        session=SessionRules(
            on_end=OnEnd.WAIT_IDLE,
            on_revoke=OnRevoke.FINISH,
            hold_s=IDLE_AFTER_S,
            cool_down_s=cool_down_s,
            idle_timeout_s=idle_timeout_s,
        ),
    )


def _door(id_: str, fr: str, en: str, zone: str, plans: tuple[str, ...] = ()) -> AccessPoint:
    return AccessPoint(
        id=AccessPointId(id_),
        kind=PointKind.DOOR,
        agent="accueil",
        zone=zone,
        name=Name(fr=fr, en=en),
        icon="door-closed",
        commissioned=True,
        risk=Risk.DOOR,
        requirement=Requirement(plans=plans),
        door=DoorRules(pulse_s=5.0),
    )


AGENTS = {
    "accueil": Name(fr="Boîtier de l’accueil", en="Front desk box"),
    "atelier-laser": Name(fr="Boîtier laser et vinyle", en="Laser and vinyl box"),
    "atelier-3d": Name(fr="Boîtier des imprimantes", en="Printers box"),
    "atelier-bois": Name(fr="Boîtier du bois", en="Woodshop box"),
}
"""Names of the agents by id."""

POINTS = (
    WiredPoint(
        _door("porte-principale", "Porte principale", "Main door", "atelier"),
        power_pin=17,
        led_pins=(5, 6, 13),
        contact_pin=22,
        exit_pin=23,
    ),
    WiredPoint(
        _door("porte-coworking", "Porte coworking", "Coworking door", "coworking"),
        power_pin=18,
        led_pins=(16, 20, 21),
        contact_pin=24,
        exit_pin=25,
    ),
    WiredPoint(
        _machine(
            "laser-co2",
            "atelier-laser",
            "Découpe laser CO₂",
            "CO₂ laser cutter",
            "zap",
            "laser",
            dangerous=True,
            cool_down_s=120,
        ),
        power_pin=0,
        led_pins=(5, 6, 13),
        watts=1150,
        cooling_pin=27,
        bridged=True,
    ),
    WiredPoint(
        _machine(
            "plotter",
            "atelier-laser",
            "Plotter de découpe",
            "Vinyl cutter",
            "scissors",
            "decoupe-vinyle",
        ),
        power_pin=18,
        led_pins=(16, 20, 21),
        watts=60,
    ),
    WiredPoint(
        _machine(
            "imprimante-1",
            "atelier-3d",
            "Imprimante 3D n° 1",
            "3D printer 1",
            "printer",
            "impression-3d",
        ),
        power_pin=17,
        led_pins=(5, 6, 13),
        watts=240,
    ),
    WiredPoint(
        _machine(
            "imprimante-2",
            "atelier-3d",
            "Imprimante 3D n° 2",
            "3D printer 2",
            "printer",
            "impression-3d",
        ),
        power_pin=18,
        led_pins=(16, 20, 21),
        watts=240,
    ),
    WiredPoint(
        _machine(
            "imprimante-3",
            "atelier-3d",
            "Imprimante 3D n° 3",
            "3D printer 3",
            "printer",
            "impression-3d",
        ),
        power_pin=27,
        led_pins=(12, 19, 26),
        watts=260,
    ),
    WiredPoint(
        _machine(
            "perceuse",
            "atelier-bois",
            "Perceuse à colonne",
            "Pillar drill",
            "drill",
            "bois",
            dangerous=True,
        ),
        power_pin=17,
        led_pins=(5, 6, 13),
        watts=550,
        estop_pin=22,
    ),
    WiredPoint(
        _machine(
            "fraiseuse",
            "atelier-bois",
            "Fraiseuse numérique",
            "CNC router",
            "cog",
            "fraisage",
            dangerous=True,
            cool_down_s=60,
        ),
        power_pin=18,
        led_pins=(16, 20, 21),
        watts=1500,
        cooling_pin=27,
        estop_pin=23,
        start_pin=25,
    ),
    WiredPoint(
        _machine(
            "tour",
            "atelier-bois",
            "Tour à bois",
            "Wood lathe",
            "cog",
            "bois",
            dangerous=True,
            supervisor=Supervisor.WINDOW,
        ),
        power_pin=4,
        led_pins=(12, 19, 26),
        watts=750,
        estop_pin=24,
    ),
)
"""All doors and machines, with their wiring."""


def on_open_day(at: Utc, step: int = -1) -> Utc:
    """Return that time; if that is a Sunday, when the place is closed, `step` days later."""
    is_sunday = at.astimezone(ZoneInfo("Europe/Paris")).weekday() == 6
    return Utc.of(at + timedelta(days=step)) if is_sunday else at

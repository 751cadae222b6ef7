"""Maintenance of the demo's machines, with its log, and user reports."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select

from controller.capabilities.accounts.identity import actor_of
from controller.capabilities.accounts.models import AccountRow
from controller.capabilities.agents import away
from controller.capabilities.agents.models import AgentRow
from controller.capabilities.machines import commissioning
from controller.capabilities.machines.shapes import NewTick
from controller.capabilities.maintenance import maintenance
from controller.capabilities.maintenance.shapes import NewDone, NewMaintenance
from controller.capabilities.user_reports import user_reports
from controller.capabilities.user_reports.models import ToldKind
from controller.capabilities.user_reports.shapes import Dealt, NewUserReport
from controller.cli.demo.place import on_open_day
from controller.cli.demo.texts import translate, translate_optional
from controller.domain.commissioning import StepName
from controller.domain.time import Utc
from controller.kernel.actor import Actor
from controller.kernel.database import Database, Session
from controller.kernel.shapes import Label


@dataclass(frozen=True, slots=True, kw_only=True)
class _Maintenance:
    """Maintenance of a machine; `done`: how many days ago, by which account, with which remark."""

    point: str
    fr: str
    en: str
    every_h: int | None = None
    every_days: int | None = None
    done: tuple[tuple[int, str, str | None], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Report:
    """A user report, and the answer to it."""

    point: str
    kind: ToldKind
    text: str
    ago: timedelta
    answer: str | None = None
    contact: str | None = None


_LASER = "laser-co2"
_BEGAN = timedelta(days=42)
_MAINTENANCE = (
    _Maintenance(
        point=_LASER,
        fr="Filtre d’extraction",
        en="Extraction filter",
        every_h=12,
        done=((24, "manager", None),),
    ),
    _Maintenance(
        point=_LASER,
        fr="Nettoyage des lentilles",
        en="Cleaning of the lenses",
        every_h=10,
        done=((31, "desk", None), (17, "manager", "miroir 2 réglé"), (6, "desk", None)),
    ),
    _Maintenance(point="tour", fr="Courroie à vérifier", en="Check the belt", every_days=90),
    _Maintenance(point="imprimante-1", fr="Graissage des axes", en="Grease the axes", every_h=40),
)
_REPORTS = (
    _Report(
        point=_LASER,
        kind=ToldKind.FAULT,
        text="Le capot frotte à gauche, il faut forcer pour le fermer.",
        ago=timedelta(hours=20),
        contact="03 21 99 00 17",
    ),
    _Report(
        point=_LASER,
        kind=ToldKind.FAULT,
        text="L’aspiration siffle.",
        ago=timedelta(days=9),
        answer="Collier resserré.",
    ),
    _Report(
        point="plotter",
        kind=ToldKind.NEED,
        text="Il n’y a plus de vinyle noir.",
        ago=timedelta(days=2),
    ),
)


_OUTAGES = {
    "atelier-bois": ((6.2, 0.1), (4.5, 0.1), (3.1, 0.2), (0.9, 0.1)),
    "atelier-3d": ((9.0, 5.2),),
}
"""Outages of boxes on the last days: how many hours ago, and for how many hours."""
_REMARKS = {
    StepName.BADGE: "bip et lumière",
    StepName.POWER_ON: "machine débranchée, le contacteur claque",
    StepName.POWER_OFF: "il retombe",
    StepName.ESTOP: "coupé aussitôt",
    StepName.ESTOP_RESET: "rien ne repart seul",
    StepName.AGENT_KILLED: "coupé en moins d’une seconde",
}
"""Remarks of the commissioning checks."""


def add_boxes(database: Database, now: Utc) -> None:
    """Add when the boxes were enrolled and offline, and today's commissioning of the laser.

    Call it once the boxes have connected.
    """
    began = Utc.of(now - _BEGAN)
    with database.write() as db:
        for row in db.scalars(select(AgentRow)):
            row.enrolled_at = began
            for ago, hours in _OUTAGES.get(row.id, ()):
                offline_at = Utc.of(now - timedelta(hours=ago))
                away.record_absence(db, row.id, offline_at)
                away.record_return(db, [row.id], Utc.of(offline_at + timedelta(hours=hours)))
        login = select(AccountRow).where(AccountRow.login.startswith("admin@"))
        admin = actor_of(db, db.scalars(login).one())
        for step in commissioning.get(db, _LASER, actor=admin).steps:
            tick = NewTick(remark=translate(_REMARKS.get(step.step, "vu")))
            commissioning.tick(db, _LASER, step.step, tick, actor=admin, now=now)


def add_maintenance(database: Database, now: Utc) -> None:
    """Add the maintenance and user reports, by the demo's accounts."""
    with database.write() as db:
        rows = db.scalars(select(AccountRow))
        actors = {row.login.partition("@")[0]: actor_of(db, row) for row in rows}
        for care in _MAINTENANCE:
            _schedule_maintenance(db, care, actors, now)
        for report in _REPORTS:
            _report(db, report, actors, now)


def _schedule_maintenance(
    db: Session, care: _Maintenance, actors: dict[str, Actor], now: Utc
) -> None:
    new = NewMaintenance(
        access_point=care.point,
        name=Label(fr=care.fr, en=care.en),
        every_h=care.every_h,
        every_days=care.every_days,
        starts_at=Utc.of(now - _BEGAN),
    )
    created = maintenance.create(db, new, actor=actors["manager"], now=now)
    for days, by, remark in care.done:
        at = on_open_day(Utc.of(now - timedelta(days=days)))
        log = NewDone(at=at, remark=translate_optional(remark))
        maintenance.log_maintenance(db, created.id, log, actor=actors[by], now=now)


def _report(db: Session, report: _Report, actors: dict[str, Actor], now: Utc) -> None:
    at = on_open_day(Utc.of(now - report.ago))
    new = NewUserReport(
        kind=report.kind,
        text=translate(report.text),
        access_point=report.point,
        contact=report.contact,
    )
    created = user_reports.create(db, new, actor=actors["desk"], now=at)
    if report.answer is not None:
        later = on_open_day(Utc.of(at + timedelta(days=1)), 1)
        answer = Dealt(remark=translate(report.answer))
        user_reports.settle(db, created.id, answer, actor=actors["manager"], now=later)

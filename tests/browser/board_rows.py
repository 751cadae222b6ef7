"""What agents would have told of La Fabrique, put straight into the database: a busy afternoon."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.accounts import accounts
from controller.capabilities.agents.models import AgentState
from controller.capabilities.alarms.models import Alarm
from controller.capabilities.groups.models import WindowRow
from controller.capabilities.machines.models import AccessPointRow, PointStateRow
from controller.capabilities.members.models import MemberRow
from controller.capabilities.places import sites
from controller.capabilities.places.shapes import NewSite
from controller.capabilities.usage import totals
from controller.capabilities.usage.models import SessionRow
from controller.cli.demo.seed import Account
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Role
from controller.kernel.shapes import Label
from controller.wire.ids import uuid7

LONG_NAME = "Association des amis de la récupération créative et solidaire du pays d’Artois"
LONG_MACHINE = "Fraiseuse numérique cinq axes pour bois massif et composites"
LONG_SITE = "Maison des pratiques numériques et artisanales du bassin minier"
HERE, SECOND = "la-fabrique", "maison"
BOOT = "0190a000-0000-7000-8000-000000000001"


def busy_board(db: Session, now: Utc) -> None:
    """One machine or door in each state, two alarms, a supervision window, an agent away."""
    all_along = Utc.of(now + timedelta(days=1))  # however long the tests take, none falls silent
    for agent in ("accueil", "atelier-laser", "atelier-3d"):
        _agent(db, agent, all_along, online=True)
    _agent(db, "atelier-bois", Utc.of(now - timedelta(minutes=20)), online=False)
    _longest_names(db)
    people = {row.display_name: row.ref for row in db.scalars(select(MemberRow))}
    _state(db, "laser-co2", "fault", now, minutes=6, faults=["estop"])
    _state(db, "plotter", "out_of_service", now, minutes=1500)
    _state(db, "imprimante-1", "running", now, minutes=95, who=people[LONG_NAME])
    _state(db, "imprimante-2", "armed", now, minutes=11, who=people["Yanis Lemaire"], left_s=40)
    _state(db, "imprimante-3", "off", now, minutes=30)
    _state(db, "porte-principale", "held", now, minutes=2)
    _state(db, "porte-coworking", "released", now, minutes=50)
    _alarm(db, "estop", "laser-co2", "atelier-laser", now, minutes=6)
    _alarm(db, "door_held", "porte-principale", "accueil", now, minutes=2)
    _worked(db, now)
    db.add(
        WindowRow(
            id=uuid7(),
            site_id="la-fabrique",
            agent_id="atelier-laser",
            zone_id="atelier",
            supervisor=people["Karim Benali"],
            opened_at=Utc.of(now - timedelta(hours=1)),
            until=Utc.of(now + timedelta(hours=2)),
            closed_at=None,
        )
    )


def second_site(db: Session, now: Utc) -> list[Account]:
    """A site with a long name and nothing in it; accounts of both, and of roles that see little."""
    boss = Actor.system("test")
    sites.create(db, NewSite(id=SECOND, name=Label(fr=LONG_SITE)), actor=boss, now=now)
    both = dict.fromkeys((HERE, SECOND), frozenset({Role.MANAGER}))
    of_one = {role.value: {HERE: frozenset({role})} for role in (Role.MEMBER, Role.DPO)}
    made = [Account(who, f"{who}@test.example", "longer than long") for who in ("both", *of_one)]
    for account in made:
        accounts.create(
            db,
            login=account.email,
            password=account.password,
            roles={"both": both, **of_one}[account.role],
            actor=boss,
            now=now,
        )
    return made


def _worked(db: Session, now: Utc) -> None:
    """Each machine an hour ago: before that there is no chart of its weeks."""
    for point in db.scalars(select(AccessPointRow).where(AccessPointRow.kind == "machine")):
        row = SessionRow(
            id=uuid7(),
            site_id=point.site_id,
            agent_id=point.agent_id,
            access_point_id=point.id,
            started_at=Utc.of(now - timedelta(hours=1)),
            active_s=1800.0,
            idle_s=600.0,
            powered_s=2400.0,
            gap_s=0.0,
        )
        db.add(row)
    db.flush()
    totals.recount(db, "la-fabrique")


def _longest_names(db: Session) -> None:
    """Eighty letters for a person, sixty for a machine: they wrap, and are never cut."""
    row = db.scalars(
        select(MemberRow).where(MemberRow.display_name == "Association Récup’Art")
    ).one()
    row.display_name = LONG_NAME
    machine = db.get_one(AccessPointRow, "imprimante-1")
    machine.name = {"fr": LONG_MACHINE, "en": LONG_MACHINE}
    plotter = db.get_one(AccessPointRow, "plotter")
    plotter.in_service, plotter.service_reason = False, "Lame cassée, pièce commandée"
    db.flush()


def _agent(db: Session, agent: str, seen: Utc, *, online: bool) -> None:
    db.add(
        AgentState(
            agent_id=agent,
            online=online,
            boot_id=BOOT,
            connection=1,
            version="0.1.0",
            protocols=["1"],
            epoch=1,
            policy_version=1,
            stream=BOOT,
            started_at=seen,
            seen_at=seen,
            telemetry=None,
        )
    )


def _state(
    db: Session,
    point: str,
    state: str,
    now: Utc,
    *,
    minutes: int,
    who: str | None = None,
    left_s: int | None = None,
    faults: list[str] | None = None,
) -> None:
    row = db.get_one(AccessPointRow, point)
    since = Utc.of(now - timedelta(minutes=minutes))
    session = uuid7() if who else None
    if session:
        db.add(
            SessionRow(
                id=session,
                site_id=row.site_id,
                agent_id=row.agent_id,
                access_point_id=point,
                member_ref=who,
                started_at=since,
                state=state,
                state_at=since,
                ended_at=None,
                active_s=0,
                idle_s=0,
                powered_s=0,
                gap_s=0,
                cause=None,
                state_order=None,
            )
        )
    db.add(
        PointStateRow(
            access_point_id=point,
            agent_id=row.agent_id,
            state=state,
            since=since,
            session_id=session,
            available=state in ("off", "locked"),
            ends_at=None if left_s is None else Utc.of(now + timedelta(seconds=left_s)),
            warning=left_s is not None,
            faults=faults or [],
            received_at=now,
        )
    )


def _alarm(db: Session, kind: str, point: str, agent: str, now: Utc, *, minutes: int) -> None:
    db.add(
        Alarm(
            id=uuid7(),
            key=f"test:{kind}",
            site_id="la-fabrique",
            agent_id=agent,
            access_point_id=point,
            kind=kind,
            detail={},
            cleared_at=None,
            taken_by=None,
            raised_at=Utc.of(now - timedelta(minutes=minutes)),
            taken_at=None,
        )
    )

"""Every text that a display can show, with people, machines and moments to fill it in."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from controller.domain.access.decision import Decision, DenyReason, Detail, Notice, NoticeKind
from controller.domain.facts import (
    AccessPoint,
    Assurance,
    Certification,
    Language,
    Name,
    OnEnd,
    PointKind,
    PresenceMode,
    SessionRules,
    Site,
    Supervisor,
    Zone,
)
from controller.domain.facts import Plan as PlanFacts
from controller.domain.ids import AccessPointId, MemberRef
from controller.domain.locale.catalogue import Translator
from controller.domain.locale.decision import Text, explain, notice_text, refusal_text, warning_text
from controller.domain.locale.point import door_text, machine_text
from controller.domain.machine.state import Latch, MachineState, OpenInput, Session
from controller.domain.states import (
    Cuts,
    DoorPhase,
    FaultKind,
    InputKind,
    MachinePhase,
    Refusal,
    WarningKind,
)
from controller.domain.time import Utc
from devices.agent.translation import read_catalogues
from devices.drivers.display.wording import message_for
from devices.ports import Flash, Look, Message

_NOW = Utc.of(datetime(2026, 12, 8, 14, 30, tzinfo=UTC))
_LASER = Name(fr="Découpeuse laser", en="Laser cutter")
_DOOR = Name(fr="Porte de l’atelier", en="Workshop door")
SITE = Site(
    id="site",
    name=Name(fr="Fabrique", en="Fabrique"),
    zones={"workshop": Zone(name=Name(fr="l’atelier bois", en="the wood shop"))},
    plans={"full": PlanFacts(name=Name(fr="Atelier", en="Workshop"))},
    certifications={
        "laser": Certification(name=Name(fr="Découpe laser", en="Laser cutting")),
        "rules": Certification(name=Name(fr="Règlement signé", en="House rules signed")),
    },
)
POINT = AccessPoint(id=AccessPointId("laser"), kind=PointKind.MACHINE, name=_LASER)


def _after(**time: float) -> Utc:
    return Utc.of(_NOW + timedelta(**time))


DETAIL = Detail(
    certifications=(("laser",),),
    next_session=_after(days=4),
    valid_from=_after(days=1),
    expired_since=_after(days=-1),
    assurance=Assurance.AES,
    policy_age_s=4 * 86_400.0,
    plans=("full",),
    reopens_at=_after(days=1),
    service_reason="Lentille cassée",
    supervisor=Supervisor.WINDOW,
    company=2,
    booked_until=_after(hours=2),
    zone="workshop",
    capacity=10,
)


@dataclass(frozen=True, slots=True)
class DisplayedText:
    """A text, and the code by which people who look for it will know it."""

    code: str
    what: Look | Flash
    message: Message


def families(language: Language) -> dict[str, tuple[DisplayedText, ...]]:
    """All of them, by what they are about."""
    words = read_catalogues().of(language)
    return {
        "machine": tuple(_machines(words)),
        "door": tuple(_doors(words)),
        "granted": tuple(_granted(words)),
        "denied": tuple(_denied(words)),
        "told": tuple(_told(words)),
    }


def _said(text: Text, translator: Translator, name: str = "") -> Message:
    return Message(text.title, text.lines, translator.language, name=name)


def _machines(translator: Translator) -> Iterator[DisplayedText]:
    held = Session(id="s", member=MemberRef("m"), started_s=0.0)
    base = MachineState(at_s=0.0, metered=True)
    off, armed, running = MachinePhase.OFF, MachinePhase.ARMED, MachinePhase.RUNNING
    guard = OpenInput(name="lid", kind=InputKind.INTERLOCK, cuts=Cuts.MAIN)
    slot, refuse = SessionRules(presence=PresenceMode.SLOT), SessionRules(on_end=OnEnd.REFUSE)
    rules = SessionRules()
    cases: list[tuple[str, Look, MachineState, SessionRules, float | None]] = [
        ("free", Look.FREE, base, rules, None),
        ("guard open", Look.FREE, replace(base, open_inputs=(guard,)), rules, None),
        ("armed", Look.ARMED, replace(base, phase=armed, session=held), rules, 0.75),
        ("armed, slot", Look.ARMED, replace(base, phase=armed, session=held), slot, 0.75),
        ("running", Look.RUNNING, replace(base, phase=running, session=held), rules, None),
        ("running, refuse", Look.RUNNING, replace(base, phase=running, session=held), refuse, None),
        (
            "idle warning",
            Look.IDLE_WARNING,
            replace(base, phase=armed, session=replace(held, warned_s=0.0)),
            rules,
            0.4,
        ),
        ("cooling", Look.COOLING, replace(base, phase=MachinePhase.COOLING), rules, 0.9),
        (
            "out of service",
            Look.OUT_OF_SERVICE,
            replace(base, phase=MachinePhase.OUT_OF_SERVICE),
            rules,
            None,
        ),
        *(
            (
                f"fault {kind}",
                Look.FAULT,
                replace(base, phase=off, latches=(Latch(kind=kind),)),
                rules,
                None,
            )
            for kind in FaultKind
            if kind is not FaultKind.JOB_UNKNOWN
        ),
    ]
    for code, look, state, how, full in cases:
        text = machine_text(state, how, translator, "Courroie cassée")
        message = _said(text, translator, _LASER.read(translator.language))
        if full is not None:
            message = replace(message, left_s=full * 120, of_s=120.0)
        yield DisplayedText(code, look, message)
    yield DisplayedText("starting", Look.STARTING, _bare(Look.STARTING, translator))


def _bare(what: Look | Flash, translator: Translator) -> Message:
    return message_for(what, None, translator)


def _doors(translator: Translator) -> Iterator[DisplayedText]:
    looks = {DoorPhase.LOCKED: Look.FREE, DoorPhase.HELD: Look.FAULT, DoorPhase.FORCED: Look.FAULT}
    name = _DOOR.read(translator.language)
    for phase in DoorPhase:
        look = looks.get(phase, Look.RELEASED)
        yield DisplayedText(
            phase.value, look, _said(door_text(phase, translator), translator, name)
        )
    closed = door_text(DoorPhase.LOCKED, translator, in_service=False, service_reason="Clé cassée")
    yield DisplayedText("out of service", Look.OUT_OF_SERVICE, _said(closed, translator, name))
    fire = door_text(DoorPhase.RELEASED, translator, fire=True)
    yield DisplayedText("fire", Look.RELEASED, _said(fire, translator, name))


def _granted(translator: Translator) -> Iterator[DisplayedText]:
    until = Detail(hours_until=_after(hours=3.5))
    for code, detail in (("granted", Detail()), ("granted, until", until)):
        decision = Decision(granted=True, at=_NOW, detail=detail)
        text = explain(decision, POINT, SITE, translator)
        yield DisplayedText(code, Flash.GRANTED, _said(text, translator))
    for kind in NoticeKind:
        notice = Notice(kind=kind, at=_after(hours=3), days=12, certification="laser")
        line = notice_text(notice, SITE, translator)
        welcome = explain(Decision(granted=True, at=_NOW), POINT, SITE, translator).title
        yield DisplayedText(
            kind.value, Flash.GRANTED, Message(welcome, (line,), translator.language)
        )
    yield DisplayedText("noted", Flash.NOTED, _bare(Flash.NOTED, translator))
    yield DisplayedText("identify", Flash.IDENTIFY, _bare(Flash.IDENTIFY, translator))


def _denied(translator: Translator) -> Iterator[DisplayedText]:
    more: dict[DenyReason, tuple[Detail, ...]] = {
        DenyReason.SUPERVISOR_REQUIRED: (
            replace(DETAIL, supervisor=Supervisor.EACH_START),
            replace(DETAIL, host_needed=True),
        ),
        DenyReason.OUT_OF_SERVICE: (Detail(not_commissioned=True),),
        DenyReason.FAULT_LATCHED: (Detail(can_reset=True),),
    }
    for reason in DenyReason:
        first = DETAIL
        if reason is DenyReason.DOCUMENT_MISSING:
            first = replace(DETAIL, certifications=(("rules",),), expired_since=None)
        for detail in (first, *more.get(reason, ())):
            decision = Decision(granted=False, at=_NOW, reason=reason, detail=detail)
            text = explain(decision, POINT, SITE, translator)
            yield DisplayedText(reason.value, Flash.DENIED, _said(text, translator))


def _told(translator: Translator) -> Iterator[DisplayedText]:
    left_s = {
        WarningKind.IDLE: 60.0,
        WarningKind.MAX_DURATION: 3600.0,
        WarningKind.HOURS_END: 900.0,
    }
    for warning in WarningKind:
        if warning is not WarningKind.IDLE:
            text = warning_text(warning, left_s[warning], translator)
            yield DisplayedText(f"warning {warning}", Flash.NOTED, _said(text, translator))
    for refusal in Refusal:
        text = refusal_text(refusal, translator)
        yield DisplayedText(f"refused {refusal}", Flash.DENIED, _said(text, translator))

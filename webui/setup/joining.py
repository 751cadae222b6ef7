"""The new box: its line, and three ticks that come by themselves, each with its mend."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from controller.capabilities.agents.shapes import Agent
from controller.capabilities.setup.kits import SERIAL, USB_PORT, Reader
from controller.capabilities.setup.progress import devices_of
from controller.domain.time import Utc
from webui.agents.joining import JoinPage
from webui.i18n import _
from webui.i18n.dates import Zone, ago, day
from webui.naming import read_label
from webui.parts import Option
from webui.setup.drawing import Drawing, reader_drawing, reader_options, relay_drawing

OK, WRONG, WAIT = "ok", "no", "wait"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """One of the three: `ok`, `no` with its mend, or `wait`."""

    name: str
    state: str
    word: str
    says: str
    mend: tuple[str, ...] = ()
    drawing: Drawing | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Click:
    """What became of closing the relay for a moment."""

    command: str
    says: str
    failed: bool = False


def click_words(reason: str | None, *, done: bool) -> str:
    """Whether it was heard; else why not, and the mend."""
    if done:
        return _("Fermé, puis ouvert : rien entendu ? Vérifiez ses trois fils sur le dessin.")
    return {
        "barred": _("Un arrêt d’urgence, un capot ou un défaut le retient : réarmez d’abord."),
        "in_use": _("Un badge l’a mis sous tension : badgez de nouveau, puis réessayez."),
        "holds": _("Ce relais reste fermé si le Pi s’arrête : essayez-le à l’étape 7, sur place."),
        "commissioned": _("La machine est en service : seul un badge accordé le ferme."),
        "not_understood": _("L’agent de ce Pi est plus ancien : mettez-le à jour."),
    }.get(reason or "", _("Le Pi n’a pas répondu. Attendez qu’il soit connecté, puis réessayez."))


@dataclass(frozen=True, slots=True, kw_only=True)
class Joining:
    """What the step of the box shows."""

    agent: str
    name: str
    held: bool
    """Whether the box is the machine's already."""
    line: JoinPage | None
    received: str
    readers: tuple[Option, ...]
    reader: str
    drawings: tuple[Drawing, ...]
    ticks: tuple[Tick, ...]
    machine: str
    click: Click | None
    instead: str
    """What the Pi's configuration says of another reader that was chosen; empty: none was."""
    usb: str
    """The port at which a reader that does not answer is tried by USB; empty: not by that."""
    can_click: bool
    """Whether its relay may be closed for a moment: not once the machine is in service."""

    @property
    def is_ready(self) -> bool:
        """Whether all three have come."""
        return all(each.state == OK for each in self.ticks)


def joining(
    agent: Agent | None,
    line: JoinPage | None,
    *,
    held: bool,
    chosen: str,
    told: str,
    before: str,
    instead: str,
    point: str,
    machine: str,
    now: Utc,
    zone: Zone,
    click: Click | None = None,
    can_click: bool = False,
) -> Joining:
    """The step in the current language; `chosen`: the reader of the form, which a Pi that tells
    another does not have yet; `told`: the one that its Pi or its line names; `before`: the one
    that was chosen here last."""
    reader = _known(chosen) or _known(told) or _known(before) or Reader.RC522
    drawing = reader_drawing(reader)
    drawings = tuple(each for each in (drawing, relay_drawing()) if each)
    enrolled = agent.enrolled_at if agent else None
    three = ticks(agent, point, told, drawing, now, zone)
    return Joining(
        agent=agent.id if agent else "",
        name=read_label(agent.name) if agent else "",
        held=held,
        line=line,
        received=ago(enrolled, now) if enrolled else "",
        readers=reader_options(),
        reader=reader,
        drawings=drawings,
        ticks=three,
        machine=machine,
        click=click,
        instead=instead,
        usb=USB_PORT if reader in SERIAL and three[1].state == WRONG else "",
        can_click=can_click and three[2].state == OK,
    )


def _known(name: str) -> Reader | None:
    return Reader(name) if name in tuple(Reader) else None


def ticks(
    agent: Agent | None, point: str, driver: str, drawing: Drawing | None, now: Utc, zone: Zone
) -> tuple[Tick, Tick, Tick]:
    """Connected, reader, relay of a machine: what is seen of each by now."""
    online = agent is not None and bool(agent.online) and agent.enrolled_at is not None
    by_kind = devices_of(agent, point) if online else {}
    return (
        _connected(agent, online, now, zone),
        _reader(by_kind.get("reader"), online, driver, drawing),
        _relay(by_kind.get("power"), online),
    )


def _connected(agent: Agent | None, online: bool, now: Utc, zone: Zone) -> Tick:
    name = _("Connecté")
    if agent is None or agent.enrolled_at is None:
        return Tick(name=name, state=WAIT, word=_("attendu"), says=_("La ligne n’a pas servi."))
    if not online:
        mend = (
            _("Sur le Pi, lancez l’agent : systemctl enable --now loquet-agent"),
            _("S’il s’arrête, « loquet doctor » dit ce qui manque, en une ligne."),
            _("Pas de réseau : regardez le câble ou le Wi-Fi, et le port 8883 du serveur."),
        )
        says = _("Le Pi a pris la ligne, mais il ne parle pas encore.")
        return Tick(name=name, state=WRONG, word=_("muet"), says=says, mend=mend)
    until = agent.certificate_until
    said = [read_label(agent.name), _("version %(version)s", version=agent.program_version or "?")]
    if until is not None:
        when = day(until, now, zone)
        said.append(_("certificat jusqu’au %(day)s, renouvelé seul", day=when))
    return Tick(name=name, state=OK, word=_("connecté"), says=", ".join(said))


def _reader(
    told: Mapping[str, Any] | None, online: bool, driver: str, drawing: Drawing | None
) -> Tick:
    name = _("Lecteur")
    if not online:
        return Tick(name=name, state=WAIT, word=_("attendu"), says=_("Après la connexion."))
    if told is None:
        return _not_wired(name)
    if told.get("ok", True):
        return Tick(name=name, state=OK, word=_("il répond"), says=_("Il répond."))
    mend = (
        _("Coupez le Pi et attendez que sa lampe verte s’éteigne."),
        _("Comparez chaque fil avec le dessin : presque toujours, deux sont à échanger."),
        _("Rallumez : la coche vient seule en moins d’une minute."),
    )
    says = _("Aucun lecteur ne répond : pilote %(driver)s.", driver=driver or "?")
    return Tick(name=name, state=WRONG, word=_("muet"), says=says, mend=mend, drawing=drawing)


def _relay(told: Mapping[str, Any] | None, online: bool) -> Tick:
    name = _("Relais")
    if not online:
        return Tick(name=name, state=WAIT, word=_("attendu"), says=_("Après la connexion."))
    if told is None:
        return _not_wired(name)
    if told.get("ok", True):
        says = _("Il répond. Si le Pi s’arrête, il retombe seul.")
        return Tick(name=name, state=OK, word=_("il répond"), says=says)
    mend = (
        _("Coupez le Pi, puis vérifiez les trois fils du relais sur le dessin."),
        _("Un autre programme tient peut-être la broche : « loquet doctor » le dit."),
    )
    says = _("Le relais ne répond pas.")
    return Tick(
        name=name, state=WRONG, word=_("muet"), says=says, mend=mend, drawing=relay_drawing()
    )


def _not_wired(name: str) -> Tick:
    mend = (
        _("Écrivez-le dans config.toml du Pi, sous l’identifiant de la machine (docs/wiring.md)."),
        _("Puis relancez l’agent : systemctl restart loquet-agent"),
    )
    return Tick(
        name=name,
        state=WRONG,
        word=_("pas câblé"),
        says=_("La configuration du Pi n’en dit rien."),
        mend=mend,
    )

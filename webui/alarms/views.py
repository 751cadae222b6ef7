"""Alarms in words: what, where, since, taken by whom."""

from collections.abc import Mapping
from zoneinfo import ZoneInfo

from controller.capabilities.alarms.alarms import Alarm as Raised
from controller.domain.facts import AccessPoint
from controller.domain.states import FaultKind
from controller.domain.time import Utc
from controller.domain.words.decision import fault_text
from webui import i18n
from webui.i18n import _, current
from webui.i18n.dates import ago, moment, said
from webui.live.views import Alarm
from webui.parts import Part, plain, strong, timed


def alarm(
    raised: Raised,
    points: Mapping[str, AccessPoint],
    agents: Mapping[str, str],
    now: Utc,
    zone: ZoneInfo,
    may_take: bool,
) -> Alarm:
    """One alarm as the bar shows it; `agents` are names by id."""
    where = _where(raised, points, agents)
    what, todo = words(raised.kind)
    since = f"{said(raised.raised_at, now, zone)}, {ago(raised.raised_at, now)}"
    parts: list[Part] = [timed("", moment(since, raised.raised_at, zone))]
    if name := _name(raised):
        parts.append(plain(name))
    if todo:
        parts.append(plain(todo))
    if raised.taken_by:
        parts.append(strong(_("%(name)s s’en occupe", name=raised.taken_by)))
    return Alarm(
        id=raised.id,
        title=_("%(where)s : %(what)s", where=where, what=what) if where else what,
        parts=tuple(parts),
        taken=raised.taken_by is not None,
        take=may_take and raised.taken_by is None,
    )


def words(kind: str) -> tuple[str, str]:
    """What an alarm of this kind is called, and what to do."""
    if kind in tuple(FaultKind):
        text = fault_text(FaultKind(kind), i18n.words())
        return text.title, " ".join(text.lines)
    return _other_words().get(kind, (kind.replace("_", " "), ""))


def _other_words() -> Mapping[str, tuple[str, str]]:
    return {
        "door_forced": (_("Porte forcée"), _("Allez voir la porte.")),
        "door_held": (_("Porte restée ouverte"), _("Fermez la porte.")),
        "reader_unplugged": (_("Lecteur débranché"), _("Vérifiez le câble du lecteur.")),
        "reader_tampered": (
            _("Lecteur ouvert"),
            _("Allez voir le lecteur : son capot est ouvert."),
        ),
        "meter_silent": (_("Compteur muet"), _("La machine compte comme en marche.")),
        "switch_unreachable": (_("Contacteur injoignable"), _("Appelez la maintenance.")),
        "switch_dropped": (_("Contacteur retombé seul"), _("Appelez la maintenance.")),
        "switch_welded": (
            _("Contacteur collé"),
            _("Coupez au sectionneur, appelez la maintenance."),
        ),
        "strike_unreachable": (_("Gâche injoignable"), _("Appelez la maintenance.")),
        "input_unreachable": (_("Entrée injoignable"), _("Appelez la maintenance.")),
        "indicator_unreachable": (_("Voyant injoignable"), _("Appelez la maintenance.")),
        "power_cut": (
            _("Coupure de courant"),
            _("Voyez quelles machines travaillaient : leurs travaux sont perdus."),
        ),
        "journal_degraded": (
            _("Journal abîmé"),
            _("Le boîtier continue ; remplacez sa carte mémoire."),
        ),
        "policy_rejected": (_("Droits refusés par le boîtier"), _("Prévenez un administrateur.")),
        "journal_fork": (
            _("Journal en double"),
            _("La carte mémoire a été copiée ou remise à un état ancien."),
        ),
        "journal_chain": (_("Journal altéré"), _("Prévenez un administrateur.")),
        "quarantine": (_("Message mis de côté"), _("Prévenez un administrateur.")),
        "badge_guessing": (
            _("Beaucoup de badges inconnus"),
            _("Allez voir : quelqu’un essaie peut-être des badges."),
        ),
        "job_failing": (
            _("Tâche du serveur en échec"),
            _("Prévenez un administrateur : le journal du serveur dit pourquoi."),
        ),
        "maintenance_due": (_("Entretien à faire"), _("Faites-le, puis notez-le comme fait.")),
        "told_dangerous": (
            _("Signalé dangereux"),
            _("Allez voir la machine avant de la laisser servir."),
        ),
        "certification_refused": (
            _("Habilitation au lecteur refusée"),
            _("Donnez-la depuis la page de la personne."),
        ),
    }


def _name(raised: Raised) -> str:
    """What is to be done, of a maintenance that is due, or what a job does that fails."""
    name = raised.detail.get("name")
    if not isinstance(name, dict):
        return ""
    return str(name.get(current()) or name.get("en") or name.get("fr") or "")


def _where(raised: Raised, points: Mapping[str, AccessPoint], agents: Mapping[str, str]) -> str:
    point = points.get(raised.access_point or "")
    if point is not None:
        return point.name.read(current())
    return agents.get(raised.agent_id or "", raised.agent_id or "")

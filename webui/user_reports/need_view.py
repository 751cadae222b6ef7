"""A need in words: for the public, and for those in charge."""

from dataclasses import dataclass

from controller.capabilities.user_reports import needs
from controller.capabilities.user_reports.models import NeedState
from controller.capabilities.user_reports.shapes import Need
from webui.i18n import _, plural


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedView:
    """One need."""

    title: str
    theme: str
    times: str
    look: str
    icon: str
    state: str
    outcome: str


def theme_words() -> dict[str, str]:
    """The seven pillars."""
    return {
        "rights": _("Accès aux droits"),
        "training": _("Apprendre"),
        "machines": _("Machines et matières"),
        "hours": _("Horaires"),
        "families": _("Familles"),
        "accessibility": _("Accessibilité"),
        "projects": _("Projets et entraide"),
    }


def state_words() -> dict[NeedState, tuple[str, str, str]]:
    """Of each state: how it looks, its icon, its name."""
    return {
        NeedState.OPEN: ("wait", "hourglass", _("Pas encore étudié")),
        NeedState.STUDIED: ("wait", "hourglass", _("À l’étude")),
        NeedState.STARTED: ("wait", "hourglass", _("En cours")),
        NeedState.DONE: ("done", "circle-check", _("Fait")),
        NeedState.DECLINED: ("no", "circle-slash", _("Non")),
    }


def need_view(need: Need, is_exact: bool = False) -> NeedView:
    """A need; how often it was told is exact for those in charge alone."""
    look, sign, state = state_words()[need.state]
    few = need.times < needs.FEWER_THAN and not is_exact
    return NeedView(
        title=need.title,
        theme=theme_words().get(need.theme, need.theme),
        times=_("moins de 11") if few else plural("%(n)s fois", "%(n)s fois", need.times),
        look=look,
        icon=sign,
        state=state,
        outcome=need.outcome or "",
    )

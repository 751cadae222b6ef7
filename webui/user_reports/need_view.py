"""A need as text, for the public and for people in charge."""

from dataclasses import dataclass

from controller.capabilities.user_reports import needs
from controller.capabilities.user_reports.models import NeedState
from controller.capabilities.user_reports.shapes import Need
from webui.i18n import _, pgettext, plural


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedView:
    """A need as pages show it, in words."""

    title: str
    theme: str
    times: str
    look: str
    icon: str
    state: str
    outcome: str


def theme_words() -> dict[str, str]:
    """Return the labels of the seven themes."""
    return {
        "rights": _("Access to rights"),
        "training": _("Learning"),
        "machines": _("Machines and materials"),
        "hours": pgettext("opening", "Hours"),
        "families": _("Families"),
        "accessibility": _("Accessibility"),
        "projects": _("Projects and mutual help"),
    }


THEME_ICONS = {
    "rights": "file-check",
    "training": "graduation-cap",
    "machines": "wrench",
    "hours": "clock",
    "families": "users",
    "accessibility": "accessibility",
    "projects": "folder-kanban",
}


def state_words() -> dict[NeedState, tuple[str, str, str]]:
    """Return look, icon and label of each state."""
    return {
        NeedState.OPEN: ("new", "circle-dashed", _("No reply yet")),
        NeedState.STUDIED: ("wait", "scale", _("Being looked at")),
        NeedState.STARTED: ("wait", "loader", _("In progress")),
        NeedState.DONE: ("done", "circle-check", _("Done")),
        NeedState.DECLINED: ("no", "circle-slash", _("No")),
    }


def need_view(need: Need, is_exact: bool = False) -> NeedView:
    """Return a need in words; the exact count is only for those in charge."""
    look, sign, state = state_words()[need.state]
    few = need.times < needs.PUBLIC_MINIMUM and not is_exact
    return NeedView(
        title=need.title,
        theme=theme_words().get(need.theme, need.theme),
        times=_("fewer than 11") if few else plural("%(n)s time", "%(n)s times", need.times),
        look=look,
        icon=sign,
        state=state,
        outcome=need.outcome or "",
    )

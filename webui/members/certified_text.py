"""The message after a certification was given: that it applies, or what is still missing."""

from controller.capabilities.access import explain
from controller.domain.time import Utc
from controller.kernel.database import Session
from webui.guard import actor, site
from webui.i18n import _
from webui.members.holdings import certification_names
from webui.members.sentence import lack_in_sentence


def certified_text(db: Session, member: str, certification: str, now: Utc) -> str:
    """Return whether the certification applies at once, or what its machines still require.

    For a document, the text says only that it was handed in.
    """
    if certification_names(db)[certification].document:
        return _("Recorded as handed in.")
    why = missing_text(db, member, certification, now)
    if not why:
        return _("Certification given. It applies from the next tap.")
    return _("Certification given. It can’t be used yet: %(why)s.", why=why)


def missing_text(db: Session, member: str, certification: str, now: Utc) -> str:
    """Return what the member still lacks to use the certification; empty: nothing.

    If several machines require it, the text is about the one at which the member lacks least.
    """
    point_decisions = [
        verdict
        for verdict in explain.decisions_of_member(db, member, actor=actor(), now=now)
        if verdict.site.id == site().id
        and any(certification in group for group in verdict.point.requirement.certifications)
    ]
    nearest = min(point_decisions, key=lambda verdict: len(verdict.missing_rights), default=None)
    if nearest is None or not nearest.missing_rights:
        return ""
    names = {key: text.name for key, text in certification_names(db).items()}
    return ", ".join(
        lack_in_sentence(nearest.with_decision(lack), names) for lack in nearest.missing_rights
    )

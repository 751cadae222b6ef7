"""What a site makes public: its screen, and the fragment that other web sites may frame."""

from typing import Annotated

import msgspec
from sqlalchemy.orm import Session

from controller.capabilities.places.models import SiteRow
from controller.capabilities.screen.models import ScreenRule
from controller.domain.ids import END
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor, Permission
from controller.kernel.rows import get_or_404
from controller.kernel.shapes import Shape

Origin = Annotated[
    str,
    msgspec.Meta(
        max_length=200, pattern=r"^https?://[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?" + END
    ),
]
"""The origin of a web site, without a path; it is put into a header unchanged."""


class ScreenRules(Shape, frozen=True, kw_only=True):
    """Whether the screen is public, and which web sites may frame the fragment."""

    is_public: bool = False
    framed_by: Annotated[tuple[Origin, ...], msgspec.Meta(max_length=10)] = ()


def screen_rules(db: Session, site_id: str) -> ScreenRules:
    """Return the site's rules; nothing is public by default, or for an unknown site."""
    row = db.get(ScreenRule, site_id)
    if row is None:
        return ScreenRules()
    return ScreenRules(is_public=row.is_public, framed_by=tuple(row.frame_origins))


def change(db: Session, site_id: str, new: ScreenRules, *, actor: Actor, now: Utc) -> ScreenRules:
    """Set the site's rules; return the previous ones. Raises NotFound, Forbidden."""
    actor.require(Permission.RULES_WRITE, site_id)
    get_or_404(db, SiteRow, site_id, "site")
    before = screen_rules(db, site_id)
    row = db.get(ScreenRule, site_id) or ScreenRule(site_id=site_id)
    row.is_public, row.frame_origins = new.is_public, list(new.framed_by)
    db.add(row)
    db.flush()
    details = {"public": new.is_public, "framed_by": list(new.framed_by)}
    audit.record(db, actor, now, "screen_rule_set", f"site:{site_id}", site_id, **details)
    return before

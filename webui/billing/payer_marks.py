"""Marks that distinguish the payers of a month whose names look the same."""

from collections import Counter
from collections.abc import Collection

from controller.capabilities.billing.payers import PayerKey, names_besides_members
from controller.capabilities.billing.shapes import Payer, PayerKind
from controller.kernel.database import Session
from controller.kernel.lookalikes import skeleton
from webui.billing.formatting import payer_name
from webui.i18n import _
from webui.members import namesakes


def payer_marks(db: Session, payers: Collection[Payer]) -> dict[PayerKey, str]:
    """Return a mark for each payer whose name looks like that of another one.

    They are compared with each other, with all organisations and projects, and with the rows of
    sales at the counter and of erased people (decision 0330).
    """
    people = {
        payer.id or "": payer_name(payer) for payer in payers if payer.kind is PayerKind.MEMBER
    }
    not_people = names_besides_members(db) + [
        payer_name(Payer(kind=kind, id=None, name={}))
        for kind in (PayerKind.COUNTER, PayerKind.ERASED)
    ]
    people_marks = namesakes.distinguishing_marks(db, people, others=not_people)
    marks = {PayerKey(PayerKind.MEMBER, key): mark for key, mark in people_marks.items()}
    looks = Counter(map(skeleton, [*people.values(), *not_people]))
    kinds = {PayerKind.ORGANISATION: _("organisation"), PayerKind.PROJECT: _("project")}
    for payer in payers:
        if payer.kind in kinds and looks[skeleton(payer_name(payer))] > 1:
            marks[PayerKey(payer.kind, payer.id or "")] = kinds[payer.kind]
    return marks

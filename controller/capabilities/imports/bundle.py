"""Imports a bundle of people, certifications and machines, after a preview.

Adds only missing records and changes none, so that a second run does nothing.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.badges.vault import Vault
from controller.capabilities.imports.convert import convert_table
from controller.capabilities.imports.mapping import ColumnMapping
from controller.capabilities.imports.tables import Table
from controller.capabilities.machines import access_points, mistakes
from controller.capabilities.machines.models import AccessPointRow
from controller.capabilities.machines.shapes import NewAccessPoint, RequirementShape
from controller.capabilities.member_files.already_here import LineRemark, PossibleDuplicate
from controller.capabilities.member_files.columns import Line as PersonLine
from controller.capabilities.member_files.import_csv import (
    ImportOutcome,
    Progress,
    import_members,
    try_members,
)
from controller.capabilities.member_files.problems import Problem
from controller.capabilities.member_files.reading import ImportRefused
from controller.capabilities.member_files.undo import ImportTakenBack
from controller.capabilities.training import certifications, scope
from controller.capabilities.training.models import CertificationRow, Scope
from controller.capabilities.training.shapes import NewCertification
from controller.domain.facts import PointKind
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Permission
from controller.kernel.database import Database
from controller.kernel.errors import Conflict, NotFound
from controller.kernel.models import AuditEntry
from controller.kernel.shapes import Label, Line, Shape, Slug


class NamedRecord(Shape, frozen=True, kw_only=True):
    """A certification or a machine to which people have rights."""

    id: Slug
    name: Line


class ImportedMachine(NamedRecord, frozen=True, kw_only=True):
    """A machine to import; it can't be used before it is commissioned here."""

    certification: Slug | None = None
    subscription: bool = True
    blocked: bool = False
    """Whether it was out of service in the other program."""
    number: int | None = None
    """The machine's number in the other program."""


class SkipReason(StrEnum):
    """Why something is not imported, or imported differently."""

    DELETED = "deleted"
    """People who were deleted in the other program."""
    SHORT_BADGE = "short_badge"
    """Badges of which the other program may have only four of seven bytes; they have to be read
    here."""
    NO_BADGE = "no_badge"
    """Badges with an unreadable number."""
    FACTORY_BADGE = "factory_badge"
    """Default badges of the other program, whose number is in its manual."""
    NOBODY = "nobody"
    """Rights of people who are missing in the list of people."""


class SkippedRecords(Shape, frozen=True, kw_only=True):
    """What is not imported, and why."""

    why: SkipReason
    names: tuple[str, ...]


class Equipment(Shape, frozen=True, kw_only=True):
    """Machines of another program and the certifications for them; empty for a spreadsheet."""

    certifications: tuple[NamedRecord, ...] = ()
    machines: tuple[ImportedMachine, ...] = ()
    skipped: tuple[SkippedRecords, ...] = ()


class Bundle(Equipment, frozen=True, kw_only=True):
    """All data of an import; `people` is a members' file (CSV)."""

    people: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramData:
    """The data of another program: people as a spreadsheet with our headings, and its
    equipment."""

    table: Table
    equipment: Equipment


@dataclass(frozen=True, slots=True, kw_only=True)
class BundlePreview:
    """The preview of an import."""

    people: int = 0
    existing_people: Sequence[PossibleDuplicate] = ()
    remarks: Sequence[LineRemark] = ()
    sample: Sequence[PersonLine] = ()
    """The first lines of new people."""
    plans: Sequence[tuple[str, Utc]] = ()
    """Plan id and start of each new person's subscription."""
    certifications: Sequence[NamedRecord] = ()
    machines: Sequence[ImportedMachine] = ()
    existing_equipment: Sequence[NamedRecord] = ()
    problems: Sequence[Problem] = ()

    @property
    def new_people(self) -> int:
        """Return how many people are new."""
        return self.people - len(self.existing_people)

    @property
    def is_nothing(self) -> bool:
        """Return whether there is nothing to import and no problem."""
        return not (self.new_people or self.certifications or self.machines or self.problems)


@dataclass(frozen=True, slots=True, kw_only=True)
class AddedRecords:
    """What an import added."""

    imported: ImportOutcome
    certifications: int
    machines: int


NO_EQUIPMENT = Equipment()


def bundle(
    table: Table, mapping: ColumnMapping, now: Utc, equipment: Equipment = NO_EQUIPMENT
) -> Bundle:
    """Convert a spreadsheet to a bundle. Raises ImportRefused for a mapping that does not fit."""
    people = convert_table(table, mapping, now.date()).decode()
    return Bundle(
        people=people,
        certifications=equipment.certifications,
        machines=equipment.machines,
        skipped=equipment.skipped,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportContext:
    """Who imports, to which site, and when."""

    database: Database
    vault: Vault
    actor: Actor
    now: Utc
    site_id: str


def preview(imported_bundle: Bundle, context: ImportContext) -> BundlePreview:
    """Return the preview of an import; writes nothing. Raises Forbidden."""
    with context.database.read() as db:
        missing, machines, existing = _missing_things(db, imported_bundle, context.site_id)
    also = frozenset(record.id for record in missing)
    try:
        tried = try_members(
            context.database,
            imported_bundle.people.encode(),
            vault=context.vault,
            actor=context.actor,
            now=context.now,
            site_id=context.site_id,
            new_only=True,
            also=also,
        )
    except ImportRefused as refused:
        return BundlePreview(problems=refused.problems)
    return BundlePreview(
        people=tried.members,
        existing_people=tried.possible_duplicates,
        remarks=tried.remarks,
        sample=tried.sample,
        plans=tried.plans,
        certifications=missing,
        machines=machines,
        existing_equipment=existing,
    )


def import_bundle(
    imported_bundle: Bundle,
    context: ImportContext,
    *,
    add_machines: Callable[[Session, Sequence[ImportedMachine]], None] = lambda db, machines: None,
    progress: Progress = lambda what, count: None,
) -> AddedRecords:
    """Import the missing records. `add_machines` is called with the new machines, in their
    transaction.

    Raises ImportRefused and Conflict before writing anything; ImportStopped, DatabaseUnavailable,
    Forbidden.
    """
    bundle_preview = preview(imported_bundle, context)
    if bundle_preview.problems:
        raise ImportRefused(bundle_preview.problems)
    if imported_bundle.certifications or imported_bundle.machines:
        with context.database.edit() as db:
            _make(db, bundle_preview, context)
            add_machines(db, bundle_preview.machines)
    members_import = import_members(
        context.database,
        imported_bundle.people.encode(),
        vault=context.vault,
        actor=context.actor,
        now=context.now,
        site_id=context.site_id,
        new_only=True,
        progress=progress,
    )
    return AddedRecords(
        imported=members_import,
        certifications=len(bundle_preview.certifications),
        machines=len(bundle_preview.machines),
    )


def take_machines_back(db: Session, event: ImportTakenBack) -> None:
    """Remove the machines of an undone import, unless they were commissioned or used since."""
    imported = event.imported
    created_machines = select(AuditEntry.subject).where(
        AuditEntry.at == imported.begun,
        AuditEntry.site_id == imported.site_id,
        AuditEntry.action == "access_point_created",
    )
    for subject in db.scalars(created_machines).all():
        with suppress(Conflict, NotFound):
            key = subject.partition(":")[2]
            mistakes.take_back(db, key, version=None, actor=event.actor, now=event.now)


def _missing_things(
    db: Session, imported_bundle: Bundle, site: str
) -> tuple[list[NamedRecord], list[ImportedMachine], list[NamedRecord]]:
    """Return the certifications and machines to create, and those that exist already."""
    counts = scope.counts_at(CertificationRow, [site])
    existing_ids = set(db.scalars(select(CertificationRow.id).where(counts)))
    points = set(db.scalars(select(AccessPointRow.id).where(AccessPointRow.site_id == site)))
    certifications = [
        certification
        for certification in imported_bundle.certifications
        if certification.id not in existing_ids
    ]
    machines = [machine for machine in imported_bundle.machines if machine.id not in points]
    existing = [
        certification
        for certification in imported_bundle.certifications
        if certification.id in existing_ids
    ]
    existing += [machine for machine in imported_bundle.machines if machine.id in points]
    return certifications, machines, existing


def _make(db: Session, bundle_preview: BundlePreview, context: ImportContext) -> None:
    if bundle_preview.certifications or bundle_preview.machines:
        context.actor.require(Permission.RULES_WRITE, context.site_id)
    for certification in bundle_preview.certifications:
        new = NewCertification(
            id=certification.id,
            site_id=context.site_id,
            name=Label(fr=certification.name),
            scope=Scope.SITE,
        )
        certifications.create(db, new, actor=context.actor, now=context.now)
    for machine in bundle_preview.machines:
        access_points.create(
            db, _point(machine, context.site_id), actor=context.actor, now=context.now
        )


def _point(machine: ImportedMachine, site: str) -> NewAccessPoint:
    required = (machine.certification,) if machine.certification else ()
    return NewAccessPoint(
        id=machine.id,
        site_id=site,
        kind=PointKind.MACHINE,
        name=Label(fr=machine.name),
        requirement=RequirementShape(certifications=required, subscription=machine.subscription),
        in_service=not machine.blocked,
        service_reason="Bloquée avant la reprise" if machine.blocked else None,
    )

"""Tables of statistics: visitors by month, their stated traits, totals, and annual answers."""

from datetime import date
from enum import StrEnum

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import mapped_column

from controller.domain.time import Utc
from controller.store.base import Base
from controller.store.data_kinds import (
    About,
    ActorRef,
    FreeText,
    MemberId,
    MemberRef,
    OrganisationText,
    Plain,
)
from controller.store.types import Json, Slug, Text, Uuid, Word

# Traits of people, with the values of the *Coop de la médiation numérique*.


class Genre(StrEnum):
    """Values of `Genre` of the Coop."""

    FEMININ = "feminin"
    MASCULIN = "masculin"
    NON_COMMUNIQUE = "non_communique"


class TrancheAge(StrEnum):
    """Values of `TrancheAge` (age range) of the Coop."""

    MOINS_DE_DOUZE = "moins_de_douze"
    DOUZE_DIX_HUIT = "douze_dix_huit"
    DIX_HUIT_VINGT_QUATRE = "dix_huit_vingt_quatre"
    VINGT_CINQ_TRENTE_NEUF = "vingt_cinq_trente_neuf"
    QUARANTE_CINQUANTE_NEUF = "quarante_cinquante_neuf"
    SOIXANTE_SOIXANTE_NEUF = "soixante_soixante_neuf"
    SOIXANTE_DIX_PLUS = "soixante_dix_plus"
    NON_COMMUNIQUE = "non_communique"


class StatutSocial(StrEnum):
    """Values of `StatutSocial` (social status) of the Coop."""

    SCOLARISE = "scolarise"
    SANS_EMPLOI = "sans_emploi"
    EN_EMPLOI = "en_emploi"
    RETRAITE = "retraite"
    NON_COMMUNIQUE = "non_communique"


class Trait(StrEnum):
    """Traits that visitors may state."""

    GENRE = "genre"
    TRANCHE_AGE = "tranche_age"
    STATUT_SOCIAL = "statut_social"
    COMMUNE = "commune"


NOT_STATED = "non_communique"
"""Not stated; people who did not answer and people who were not asked are not distinguished."""


class Visitor(Base):
    """A member who came to a site at least once in a month; neither when nor how often is stored.

    Stored only as long as the events that show it; then counted (`VisitorPast`).
    """

    __tablename__ = "visitor"

    site_id: Plain[Slug] = mapped_column(ForeignKey("site.id"), primary_key=True)
    month: About[str] = mapped_column(primary_key=True)
    """In the site's time zone, such as `2026-11`."""
    ref: MemberRef[Uuid] = mapped_column(primary_key=True, index=True)
    public: About[Word]
    """Category to which they belonged when they first came in that month; empty: none."""
    by_event: Plain[bool]
    """Whether a door or a machine reported it."""
    by_desk: Plain[int]
    """How often the desk checked them in."""
    traits_counted: Plain[bool]
    """Whether their stated traits are already part of the totals."""


class VisitorPast(Base):
    """How many people of a category came in a month, of those whose rows were deleted."""

    __tablename__ = "visitor_past"

    site_id: Plain[Slug] = mapped_column(ForeignKey("site.id"), primary_key=True)
    month: Plain[str] = mapped_column(primary_key=True)
    public: Plain[Word] = mapped_column(primary_key=True)
    people: Plain[int]


class VisitorBorder(Base):
    """The first month of a site with stored visitors; earlier ones are only counted."""

    __tablename__ = "visitor_border"

    site_id: Plain[Slug] = mapped_column(ForeignKey("site.id"), primary_key=True)
    month: Plain[str]


class PersonTraits(Base):
    """What members stated about themselves for statistics, by consent."""

    __tablename__ = "person_traits"

    member_id: MemberId[Uuid] = mapped_column(ForeignKey("member.id"), primary_key=True)
    since: Plain[str]
    """The month from which it counts, in which it was stated."""
    genre: About[Genre]
    tranche_age: About[TrancheAge]
    statut_social: About[StatutSocial]
    commune: About[Word | None]
    consented_at: Plain[Utc]
    asked_by: ActorRef[str]
    """Who entered it: the member, or somebody at the desk."""


class TraitPast(Base):
    """How many visitors of a month had stated this value, of those whose rows were deleted."""

    __tablename__ = "trait_past"

    site_id: Plain[Slug] = mapped_column(ForeignKey("site.id"), primary_key=True)
    month: Plain[str] = mapped_column(primary_key=True)
    trait: Plain[Trait] = mapped_column(primary_key=True)
    value: Plain[Word] = mapped_column(primary_key=True)
    people: Plain[int]


class PartnerRow(Base):
    """A partner who funds projects of the place."""

    __tablename__ = "partner"

    id: Plain[Uuid] = mapped_column(primary_key=True)
    site_id: Plain[Slug] = mapped_column(ForeignKey("site.id"), index=True)
    name: OrganisationText[Json]
    created_at: Plain[Utc]


class Funding(Base):
    """A partner funds a project."""

    __tablename__ = "funding"

    partner_id: Plain[Uuid] = mapped_column(ForeignKey("partner.id"), primary_key=True)
    project_id: Plain[Uuid] = mapped_column(ForeignKey("project.id"), primary_key=True, index=True)


class VolunteerTime(Base):
    """Time that volunteers gave, as somebody recorded it, without names."""

    __tablename__ = "volunteer_time"

    id: Plain[Uuid] = mapped_column(primary_key=True)
    site_id: Plain[Slug] = mapped_column(ForeignKey("site.id"))
    day: Plain[date]
    people: Plain[int]
    minutes: Plain[int]
    """Total of all volunteers."""
    what: FreeText[Text]
    by: ActorRef[str]
    noted_at: Plain[Utc]
    taken_back_at: Plain[Utc | None]

    __table_args__ = (Index("ix_volunteer_time_site_id_day", "site_id", "day"),)


class AnnualAnswer(Base):
    """A typed answer for a year's *dossier annuel*, about something that is not measured."""

    __tablename__ = "annual_answer"

    site_id: Plain[Slug] = mapped_column(ForeignKey("site.id"), primary_key=True)
    year: Plain[int] = mapped_column(primary_key=True, autoincrement=False)
    question: Plain[Word] = mapped_column(primary_key=True)
    text: FreeText[str]
    by: ActorRef[str]
    at: Plain[Utc]

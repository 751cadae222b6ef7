"""The catalogue as DCAT (https://www.w3.org/TR/vocab-dcat-2/), in JSON-LD and in Turtle."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from controller.capabilities.opendata.catalogue import LICENCE_NAMES, Addresses, FullCatalogue
from controller.capabilities.opendata.models import DataLicence
from controller.capabilities.opendata.shapes import Published
from controller.domain.time import Utc

PREFIXES = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "hydra": "http://www.w3.org/ns/hydra/core#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
_EU = "http://publications.europa.eu/resource/authority"
_FRENCH, _ENGLISH = f"{_EU}/language/FRA", f"{_EU}/language/ENG"
_LICENCES = {
    DataLicence.ETALAB: "https://spdx.org/licenses/etalab-2.0",
    DataLicence.ODBL: "https://spdx.org/licenses/ODbL-1.0",
    DataLicence.CC_BY: "https://spdx.org/licenses/CC-BY-4.0",
    DataLicence.CC0: "https://spdx.org/licenses/CC0-1.0",
}
RANGES = {
    "dcat:mediaType": "dct:MediaType",
    "dcat:theme": "skos:Concept",
    "dct:accrualPeriodicity": "dct:Frequency",
    "dct:conformsTo": "dct:Standard",
    "dct:language": "dct:LinguisticSystem",
    "dct:license": "dct:LicenseDocument",
    "foaf:homepage": "foaf:Document",
}
"""The range classes that DCAT-AP 3 requires, so that a validator need not fetch anything."""
_THEME = "Gouvernement et secteur public", "Government and public sector"


@dataclass(frozen=True, slots=True)
class Iri:
    """A node with an IRI (RFC 3987)."""

    value: str

    def safe(self) -> str:
        """Return the IRI with characters that RFC 3987 forbids percent-encoded."""
        return quote(self.value, safe="/:?#[]@!$&'()*+,;=%-._~")


@dataclass(frozen=True, slots=True)
class Literal:
    """A text with a language or a data type."""

    value: str
    language: str = ""
    type: str = ""


Object = Iri | Literal
Triple = tuple[Iri, str, Object]
"""Subject, predicate such as `dct:title`, object. The predicate `a` gives the type."""


@dataclass(frozen=True, slots=True)
class View:
    """A page of the datasets, and the URLs of the first and the next page."""

    address: str
    items: Sequence[Published]
    total: int
    first: str
    next: str | None


def triples(full_catalogue: FullCatalogue, at: Addresses, view: View) -> Iterator[Triple]:
    """Yield the triples about these datasets, and the type of each external resource once."""
    typed: set[Object] = set()
    for subject, predicate, object_ in _all_triples(full_catalogue, at, view):
        yield subject, predicate, object_
        if predicate in RANGES and isinstance(object_, Iri) and object_ not in typed:
            typed.add(object_)
            yield object_, "a", _iri(RANGES[predicate])


def _all_triples(full_catalogue: FullCatalogue, at: Addresses, view: View) -> Iterator[Triple]:
    catalogue, agent = Iri(at.base + at.query), Iri(f"{at.page}#lieu")
    yield from _catalogue(full_catalogue, catalogue, agent, at)
    yield from _paging(catalogue, view)
    yield agent, "a", _iri("foaf:Agent")
    yield agent, "foaf:name", Literal(full_catalogue.publisher)
    yield from _texts(Iri(f"{_EU}/data-theme/GOVE"), "skos:prefLabel", *_THEME)
    for item in view.items:
        dataset = Iri(f"{at.base}/{item.id}{at.query}")
        yield catalogue, "dcat:dataset", dataset
        yield from _dataset(dataset, item, agent, full_catalogue)


def _catalogue(
    full_catalogue: FullCatalogue, catalogue: Iri, agent: Iri, at: Addresses
) -> Iterator[Triple]:
    for kind in ("dcat:Catalog", "hydra:Collection"):
        yield catalogue, "a", _iri(kind)
    yield from _texts(catalogue, "dct:title", full_catalogue.name.fr, full_catalogue.name.en)
    yield catalogue, "dct:description", Literal(full_catalogue.description, "fr")
    yield catalogue, "dct:publisher", agent
    yield catalogue, "foaf:homepage", Iri(at.page)
    yield catalogue, "dct:license", Iri(_LICENCES[DataLicence.ETALAB])
    for language in (_FRENCH, _ENGLISH):
        yield catalogue, "dct:language", Iri(language)
    yield catalogue, "dct:issued", _moment(full_catalogue.first_at)
    yield catalogue, "dct:modified", _moment(full_catalogue.updated_at)


def _paging(catalogue: Iri, view: View) -> Iterator[Triple]:
    page = Iri(view.address)
    yield catalogue, "hydra:totalItems", Literal(f"{view.total}", type="xsd:integer")
    yield catalogue, "hydra:view", page
    yield page, "a", _iri("hydra:PartialCollectionView")
    yield page, "hydra:first", Iri(view.first)
    if view.next is not None:
        yield page, "hydra:next", Iri(view.next)


def _dataset(
    dataset: Iri, entry: Published, agent: Iri, full_catalogue: FullCatalogue
) -> Iterator[Triple]:
    yield dataset, "a", _iri("dcat:Dataset")
    yield dataset, "dct:identifier", Literal(entry.id)
    yield from _texts(dataset, "dct:title", entry.name.fr, entry.name.en)
    yield from _texts(dataset, "dct:description", entry.description.fr, entry.description.en)
    yield dataset, "dct:issued", _moment(entry.first_at)
    yield dataset, "dct:modified", _moment(entry.updated_at)
    frequency = "MONTHLY" if entry.months else "IRREG"
    yield dataset, "dct:accrualPeriodicity", Iri(f"{_EU}/frequency/{frequency}")
    yield dataset, "dcat:theme", Iri(f"{_EU}/data-theme/GOVE")
    for word in ("tiers-lieu", entry.id):
        yield dataset, "dcat:keyword", Literal(word, "fr")
    if entry.publisher == full_catalogue.publisher:
        yield dataset, "dct:publisher", agent
    else:
        project = Iri(f"{dataset.value}#project")
        yield dataset, "dct:publisher", project
        yield project, "a", _iri("foaf:Agent")
        yield project, "foaf:name", Literal(entry.publisher)
    yield from _contact(dataset, entry)
    yield from _distributions(dataset, entry)


def _contact(dataset: Iri, entry: Published) -> Iterator[Triple]:
    if not entry.contact:
        return
    contact = Iri(f"{dataset.value}#contact")
    yield dataset, "dcat:contactPoint", contact
    yield contact, "a", _iri("vcard:Kind")
    yield contact, "vcard:fn", Literal(entry.publisher)
    if "@" in entry.contact and " " not in entry.contact:
        yield contact, "vcard:hasEmail", Iri(f"mailto:{entry.contact}")


def _distributions(dataset: Iri, entry: Published) -> Iterator[Triple]:
    licence = next(key for key, name in LICENCE_NAMES.items() if name == entry.licence)
    for part, address, media in (
        ("csv", entry.csv, "text/csv"),
        ("rows", entry.rows, "application/json"),
    ):
        if address is None:
            continue
        file = Iri(f"{dataset.value}#{part}")
        yield dataset, "dcat:distribution", file
        yield file, "a", _iri("dcat:Distribution")
        yield from _texts(file, "dct:title", f"{entry.name.fr}, {part}", f"{entry.name.en}, {part}")
        yield file, "dcat:accessURL", Iri(address)
        yield file, "dcat:downloadURL", Iri(address)
        yield file, "dcat:mediaType", Iri(f"https://www.iana.org/assignments/media-types/{media}")
        yield file, "dct:license", Iri(_LICENCES[licence])
        yield file, "dct:modified", _moment(entry.updated_at)
        if entry.schema is not None:
            yield file, "dct:conformsTo", Iri(entry.schema)


def _iri(name: str) -> Iri:
    prefix, _, local_name = name.partition(":")
    return Iri(PREFIXES[prefix] + local_name)


def _texts(subject: Iri, predicate: str, fr: str | None, en: str | None) -> Iterator[Triple]:
    for language, text in (("fr", fr), ("en", en)):
        if text:
            yield subject, predicate, Literal(text, language)


def _moment(at: Utc) -> Literal:
    return Literal(at.text(), type="xsd:dateTime")


def as_json_ld(statements: Iterable[Triple]) -> bytes:
    """Encode triples as JSON-LD, one node per subject, with the context included."""
    nodes: defaultdict[str, defaultdict[str, list[object]]]
    nodes = defaultdict(lambda: defaultdict(list))
    for subject, predicate, object_ in statements:
        key = "@type" if predicate == "a" else predicate
        nodes[subject.safe()][key].append(_json(object_, predicate == "a"))
    nodes_with_ids = [{"@id": address, **properties} for address, properties in nodes.items()]
    graph = {"@context": PREFIXES, "@graph": nodes_with_ids}
    return json.dumps(graph, ensure_ascii=False).encode()


def _json(object_: Object, is_type: bool) -> object:
    if isinstance(object_, Iri):
        return object_.safe() if is_type else {"@id": object_.safe()}
    if object_.language:
        return {"@value": object_.value, "@language": object_.language}
    return {"@value": object_.value} | ({"@type": object_.type} if object_.type else {})


def as_turtle(statements: Iterable[Triple]) -> bytes:
    """Encode triples as Turtle, one statement per line (https://www.w3.org/TR/turtle/)."""
    lines = [f"@prefix {name}: <{address}> ." for name, address in PREFIXES.items()]
    lines += [f"<{s.safe()}> {p} {_in_turtle(o)} ." for s, p, o in statements]
    return ("\n".join(lines) + "\n").encode()


def _in_turtle(object_: Object) -> str:
    if isinstance(object_, Iri):
        return f"<{object_.safe()}>"
    text = json.dumps(object_.value, ensure_ascii=False)
    if object_.language:
        return f"{text}@{object_.language}"
    return f"{text}^^{object_.type}" if object_.type else text

"""A data set as Croissant 1.0 (JSON-LD of MLCommons) with its responsible-AI extension.

The way back of `imports/croissant.py`: what an import put into a text of the record under a word of its own
goes back to where it came from. What the format requires and nobody recorded is left out and told by
`lacking`, never made up.
"""

from __future__ import annotations

import datetime
import mimetypes
from collections.abc import Iterator
from typing import Any

from inventory.exports.labels import Labelled, name_and_place, taken_apart
from inventory.exports.resource import ExportedResource
from inventory.imports.croissant import SAID

#: The terms of the format that a file of the portal uses.
CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "dct": "http://purl.org/dc/terms/",
    "isLiveDataset": "cr:isLiveDataset",
    "md5": "cr:md5",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "sc": "https://schema.org/",
}
CONFORMS = "http://mlcommons.org/croissant/1.0"
#: Key of the format -> its label, by the text of the record that holds it.
LABELS = {
    field: {label: key for key, (of, label) in SAID.items() if of == field and label}
    for field in ("provenance", "preparation", "bias_checks", "limitations")
}
TYPED = {"Creator", "Author", "Publisher", "Published", "Created", "Modified", "Keywords", "Live data set"}
FILES, COLLECTED = "Files", "Collected"
#: Those of the format; an algorithm that it does not know stays in the portal.
ALGORITHMS = ("sha256", "md5")
#: Words of the format that stand under the prefix of the extension.
EXTENSION = {key for key in SAID if key.startswith(("data", "annot", "machineAnnotation"))} - {
    "datePublished",
    "dateCreated",
    "dateModified",
}
REQUIRED = {
    "description": "a description (say “Description: …” in the provenance)",
    "license": "a licence",
    "url": "the address of the data set as its source",
    "creator": "who made it (a supplier, or “Creator: …” in the provenance)",
    "datePublished": "the day of publication (say “Published: 2027-01-31” in the provenance)",
    "distribution": "its files (say “Files: name (address)” in the provenance), or hashes",
}


def croissant(record: ExportedResource) -> dict[str, Any]:
    return {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": CONFORMS,
        "name": record.name,
        **dict(_entries(record)),
    }


def lacking(record: ExportedResource) -> list[str]:
    """What the format requires of every data set and this record does not say."""
    written = croissant(record)
    return [words for key, words in REQUIRED.items() if not written.get(key)]


def _entries(record: ExportedResource) -> Iterator[tuple[str, Any]]:
    provenance = taken_apart(record.provenance, {*LABELS["provenance"], FILES, COLLECTED})
    described = (provenance.all("Description"), provenance.rest, provenance.kept([COLLECTED]))
    if any(described):
        yield "description", "\n".join(filter(None, described))
    if record.version:
        yield "version", record.version
    if record.licence:
        yield "license", {"@type": "sc:CreativeWork", "name": record.licence}
    if record.source.startswith(("https://", "http://")):
        yield "url", record.source
    yield from _people(record, provenance)
    yield from _days(provenance)
    if keywords := [*_words(provenance.first("Keywords")), *record.categories]:
        yield "keywords", keywords
    if live := provenance.first("Live data set"):
        yield "isLiveDataset", live == "yes"
    for label, key in LABELS["provenance"].items():
        if label not in {*TYPED, "Description"} and label in provenance.said:
            yield _prefixed(key), provenance.all(label)
    if distribution := _distribution(record, provenance):
        yield "distribution", distribution
    yield from _extension(record)


def _people(record: ExportedResource, provenance: Labelled) -> Iterator[tuple[str, Any]]:
    """A supplier made it, unless the record says who did; then it is the publisher."""
    supplier = {"@type": "sc:Organization", "name": record.supplier}
    creator = provenance.first("Creator")
    if creator:
        yield "creator", _named(creator)
    elif record.supplier:
        yield "creator", supplier
    if author := provenance.first("Author"):
        yield "author", _named(author)
    publisher = provenance.first("Publisher")
    if publisher:
        yield "publisher", _named(publisher)
    elif creator and record.supplier:
        yield "publisher", supplier


def _named(text: str) -> dict[str, str]:
    name, place = name_and_place(text)
    return {"@type": "sc:Organization", "name": name, **({"url": place} if place else {})}


def _days(provenance: Labelled) -> Iterator[tuple[str, str]]:
    for label, key in (
        ("Published", "datePublished"),
        ("Created", "dateCreated"),
        ("Modified", "dateModified"),
    ):
        if _is_day(said := provenance.first(label)):
            yield key, said


def _is_day(text: str) -> bool:
    try:
        datetime.date.fromisoformat(text[:10])
    except ValueError:
        return False
    return True


def _distribution(record: ExportedResource, provenance: Labelled) -> list[dict[str, Any]]:
    """Which file a hash is of is on record only where there is one file and one hash of each kind."""
    files = [_file(*name_and_place(text)) for text in provenance.first(FILES).split("; ") if text]
    hashes = [each for each in record.hashes if each["algorithm"] in ALGORITHMS]
    kinds = {each["algorithm"] for each in hashes}
    if len(files) == 1 and len(kinds) == len(hashes):
        files[0].update({each["algorithm"]: each["value"] for each in hashes})
        return files
    return [*files, *(_known_by_hash(each["algorithm"], each["value"]) for each in hashes)]


def _file(name: str, address: str) -> dict[str, Any]:
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    place = {"contentUrl": address} if address else {}
    return {"@type": "cr:FileObject", "@id": name, "name": name, **place, "encodingFormat": kind}


def _known_by_hash(algorithm: str, digits: str) -> dict[str, Any]:
    return {**_file(f"{algorithm}-{digits[:12]}", ""), algorithm: digits}


def _extension(record: ExportedResource) -> Iterator[tuple[str, Any]]:
    if record.special_categories:
        yield "rai:personalSensitiveInformation", list(record.special_categories)
    if record.collected_from and record.collected_until:
        days = [record.collected_from.isoformat(), record.collected_until.isoformat()]
        yield "rai:dataCollectionTimeframe", days
    for field, usual in (
        ("preparation", "dataPreprocessingProtocol"),
        ("bias_checks", "dataBiases"),
        ("limitations", "dataLimitations"),
    ):
        text = taken_apart(getattr(record, field), LABELS[field])
        said = {key: text.all(label) for label, key in LABELS[field].items() if label in text.said}
        if text.rest:
            said[usual] = "\n".join(filter(None, [text.rest, said.get(usual, "")]))
        for key, words in said.items():
            yield _prefixed(key), words


def _prefixed(key: str) -> str:
    return f"rai:{key}" if key in EXTENSION else key


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]

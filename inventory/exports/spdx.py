"""SPDX 3.0.1 with the AI and Dataset profiles, in JSON-LD.

Each system is an `ai_AIPackage` whose primary purpose is `application`; what it is made of hangs on it by
`contains`, its services and data sets by `dependsOn`; where a file said that a model was trained or tested on
one of them, `trainedOn` and `testedOn` say so. A licence nobody recorded is said to be unknown (NoAssertion).
Where the entries of a system come from is an annotation, as is what a file said of a part and SPDX has no
property for.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator, Mapping
from typing import Any

from inventory.exports.details import Details
from inventory.exports.record import ExportedComponent, ExportedSystem, Register
from inventory.exports.spdx_details import properties, unvalued
from inventory.imports.spdx import DATASET_LINKS

SPEC_VERSION = "3.0.1"
CONTEXT = f"https://spdx.org/rdf/{SPEC_VERSION}/spdx-context.jsonld"
CREATION = "_:creation"
Element = dict[str, Any]
NO_LICENCE = "https://spdx.org/rdf/3.0.1/terms/ExpandedLicensing/NoAssertion"
TYPES = {"model": "ai_AIPackage", "dataset": "dataset_DatasetPackage"}
PURPOSES = {"model": "model", "dataset": "data", "library": "library"}
HASHES = (
    *("md5", "sha1", "sha224", "sha256", "sha384", "sha512", "sha3_224", "sha3_256", "sha3_384", "sha3_512"),
    *("blake2b256", "blake2b384", "blake2b512", "blake3"),
)
HASH_BY_WORD = {name.replace("_", ""): name for name in HASHES}
AI_TYPES = {
    "predictive_ml": "predictive machine learning",
    "generative_llm": "generative",
    "agentic": "agent",
    "computer_vision": "computer vision",
    "speech_audio": "speech and audio",
    "recommender": "recommender",
    "nlp_classifier": "text classification",
    "automated_decision": "automated decision",
    "biometric": "biometric",
    "robotics_control": "robotics",
}
#: Whether it acts without a person; every other recorded degree has one involved.
AUTONOMY = {"": "noAssertion", "full": "yes"}


def spdx(register: Register) -> dict[str, Any]:
    elements = list(_Elements(register).all())
    created = {
        "type": "CreationInfo",
        "@id": CREATION,
        "specVersion": SPEC_VERSION,
        "created": register.moment,
        "createdBy": [elements[0]["spdxId"]],
    }
    base = _base(register)
    document = {
        "type": "SpdxDocument",
        "spdxId": f"{base}document",
        "creationInfo": CREATION,
        "name": f"AI systems of {register.organization}",
        "profileConformance": ["core", "software", "simpleLicensing", "ai", "dataset"],
        "rootElement": [f"{base}{system.reference}" for system in register.systems]
        or [f"{base}organization"],
        "element": [element["spdxId"] for element in elements],
    }
    return {"@context": CONTEXT, "@graph": [created, document, *elements]}


def _base(register: Register) -> str:
    return f"{register.address}spdx/{register.identity}#"


class _Elements:
    """The elements of one document; an agent or a licence that several name is written once."""

    def __init__(self, register: Register) -> None:
        self.register = register
        self.base = _base(register)
        self.shared: dict[tuple[str, str], str] = {}

    def all(self) -> Iterator[dict[str, Any]]:
        yield self._element("Organization", "organization", name=self.register.organization)
        for system in self.register.systems:
            yield from self._system(system)

    def _system(self, system: ExportedSystem) -> Iterator[dict[str, Any]]:
        supplier = yield from self._supplier(system.supplier)
        yield self._element(
            "ai_AIPackage",
            system.reference,
            name=system.name,
            description=system.purpose,
            suppliedBy=supplier,
            software_packageVersion=system.version,
            software_primaryPurpose="application",
            ai_informationAboutApplication=system.intended_use,
            ai_limitation=system.excluded_uses,
            ai_domain=[system.business_process] if system.business_process else [],
            ai_typeOfModel=[AI_TYPES[system.ai_type]] if system.ai_type else [],
            ai_autonomyType=AUTONOMY.get(system.automation_degree, "no"),
            ai_useSensitivePersonalInformation="yes" if system.special_categories else "noAssertion",
            externalIdentifier=list(_identifiers(system)),
        )
        yield from self._licences(system.reference, "")
        origins = "\n".join(f"{name}: {origin}" for name, origin in system.origins)
        yield from self._annotation(system.reference, "origins", origins)
        numbered = [
            (component, f"{system.reference}-component-{number}")
            for number, component in enumerate(_components(system), start=1)
        ]
        data_sets = {each.name: f"{self.base}{key}" for each, key in numbered if each.kind == "dataset"}
        for component, key in numbered:
            yield from self._component(system, component, key, data_sets)

    def _component(
        self, system: ExportedSystem, component: ExportedComponent, key: str, data_sets: Mapping[str, str]
    ) -> Iterator[dict[str, Any]]:
        details = Details(component)
        trained = {
            link: [data_sets[name] for name in details.all(detail, data_sets.__contains__)]
            for detail, link in DATASET_LINKS.items()
            if component.kind == "model"
        }
        supplier = yield from self._supplier(component.supplier)
        yield self._element(
            TYPES.get(component.kind, "software_Package"),
            key,
            name=component.name,
            description=component.description,
            suppliedBy=supplier,
            software_packageVersion=component.version,
            software_primaryPurpose=PURPOSES.get(component.kind, "other"),
            verifiedUsing=[_hash(*item) for item in component.hashes.items()],
            **properties(component, details),
        )
        yield from self._annotation(key, "details", details.rest_in_words(unvalued(component)))
        yield from self._licences(key, component.licence)
        kind = "dependsOn" if component.kind in ("dataset", "service") else "contains"
        yield self._relationship(system.reference, kind, f"{self.base}{key}", f"{key}-part")
        for link, targets in trained.items():
            for number, target in enumerate(targets, start=1):
                yield self._relationship(key, link, target, f"{key}-{link}-{number}")

    def _annotation(self, key: str, word: str, statement: str) -> Iterator[dict[str, Any]]:
        if statement:
            yield self._element(
                "Annotation",
                f"{key}-{word}",
                annotationType="other",
                contentType="text/plain",
                subject=f"{self.base}{key}",
                statement=statement,
            )

    def _licences(self, key: str, licence: str) -> Iterator[dict[str, Any]]:
        target = NO_LICENCE
        if licence:
            target = yield from self._once("simplelicensing_SimpleLicensingText", "licence", licence)
        yield self._relationship(key, "hasDeclaredLicense", target, f"{key}-declared-licence")
        yield self._relationship(key, "hasConcludedLicense", NO_LICENCE, f"{key}-concluded-licence")

    def _supplier(self, name: str) -> Generator[Element, None, str]:
        if not name:
            return ""
        return (yield from self._once("Organization", "supplier", name))

    def _once(self, type_: str, word: str, name: str) -> Generator[Element, None, str]:
        known = self.shared.get((word, name))
        if known is None:
            key = f"{word}-{len(self.shared) + 1}"
            text = {"simplelicensing_licenseText": name} if word == "licence" else {}
            element = self._element(type_, key, name=name, **text)
            known = self.shared[word, name] = element["spdxId"]
            yield element
        return known

    def _relationship(self, key: str, kind: str, to: str, own: str) -> dict[str, Any]:
        start = f"{self.base}{key}"
        return self._element("Relationship", own, **{"from": start}, relationshipType=kind, to=[to])

    def _element(self, type_: str, key: str, **values: Any) -> dict[str, Any]:
        said = {name: value for name, value in values.items() if value}
        return {"type": type_, "spdxId": f"{self.base}{key}", "creationInfo": CREATION, **said}


def _components(system: ExportedSystem) -> Iterator[ExportedComponent]:
    names = {component.name for component in system.components if component.kind == "model"}
    if system.model_name and system.model_name not in names:
        yield ExportedComponent("model", system.model_name, system.model_version)
    yield from system.components


def _identifiers(system: ExportedSystem) -> Iterator[dict[str, str]]:
    known = (("Reference in the register", system.reference), ("Identifier elsewhere", system.external_id))
    for comment, identifier in known:
        if identifier:
            yield {
                "type": "ExternalIdentifier",
                "externalIdentifierType": "other",
                "identifier": identifier,
                "comment": comment,
            }


def _hash(algorithm: str, value: str) -> dict[str, str]:
    name = HASH_BY_WORD.get(re.sub(r"[^a-z0-9]", "", algorithm.lower()), "other")
    comment = {"comment": algorithm} if name == "other" else {}
    return {"type": "Hash", "algorithm": name, "hashValue": value, **comment}

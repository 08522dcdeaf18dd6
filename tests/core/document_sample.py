"""A document of any length for tests of layout and packs. The words mean nothing."""

import random
from datetime import date

from aims.core.charts import matrix
from aims.core.documents import Column, Cover, Facts, Heat, Prose, Record, Records, Section, Table

TEXT = """model data review owner drift label threshold escalation reviewer clinic queue supplier sample
override monitor rollback purpose limit measure register boundary approval change record interval training"""
WORDS = TEXT.split()

PEOPLE = ("A. Novak", "M. Okafor", "S. Lindqvist")


def cover() -> Cover:
    return Cover(
        title="Stage 1 evidence pack",
        organization="Meridian Health",
        scope="Development and operation of AI systems that support triage and scheduling in all clinics",
        as_of=date(2026, 10, 1),
        pack_id="PK-0007",
        facts=(("Kind", "Stage 1"),),
    )


def sections(scale: float = 1.0) -> list[Section]:
    chance = random.Random(42)

    def words(count: int) -> str:
        return " ".join(chance.choice(WORDS) for _ in range(count)).capitalize()

    def many(count: int) -> range:
        return range(1, max(1, int(count * scale)) + 1)

    def day() -> date:
        return date(2026, chance.randint(1, 9), chance.randint(1, 28))

    systems = [
        Record(
            title=f"AIS-{number:03d} {words(3)}",
            anchor=f"system-{number}",
            blocks=(
                Facts(rows=(("Owner", chance.choice(PEOPLE)), ("Purpose", words(24)), ("Go-live", day()))),
                Prose(text=f"{words(25)}.\n\n{words(12)}."),
            ),
        )
        for number in many(50)
    ]
    risks = Table(
        columns=(
            Column("Reference", 9, "code"),
            Column("Risk", 23),
            Column("System", 10),
            Column("Level", 10, "badge"),
            Column("Plan", 27),
            Column("Owner", 12),
            Column("Residual", 9, "number"),
        ),
        rows=[
            (f"R-{n:04d}", words(8), f"AIS-{n % 50:03d}", "High", words(16), chance.choice(PEOPLE), n % 25)
            for n in many(200)
        ],
    )
    applicability = Table(
        columns=(Column("Control", 9), Column("Title", 22), Column("Applies", 9), Column("Reason", 60)),
        rows=[(f"A.{2 + n // 4}.{1 + n % 4}", words(5), n % 7 != 0, words(22)) for n in many(38)],
    )
    evidence = Table(
        columns=(
            Column("Reference", 10, "code"),
            Column("Title", 34),
            Column("Date", 11),
            Column("Verified by", 15),
            Column("SHA-256", 30, "hash"),
        ),
        rows=[
            (f"EV-{n:04d}", words(7), day(), chance.choice(PEOPLE), f"{chance.getrandbits(256):064x}")
            for n in many(300)
        ],
    )
    heat = Heat(
        title="Residual risk",
        matrix=matrix(
            likelihoods=("Rare", "Unlikely", "Possible", "Likely", "Almost certain"),
            impacts=("Negligible", "Minor", "Moderate", "Major", "Severe"),
            level_of=lambda likelihood, impact: min(4, 1 + likelihood * impact // 6),
            counts={(1, 1): 4, (3, 4): 2, (5, 5): 1},
        ),
    )
    return [
        Section("context", "2", "Context", ("4.1",), {"text": Prose(words(80))}, ("No climate decision.",)),
        Section("systems", "8", "AI systems", ("4.3", "A.4.2"), {"systems": Records(systems)}),
        Section("risks", "10", "Risk register", ("6.1.2", "8.2"), {"heat": heat, "risks": risks}),
        Section("soa", "12", "Statement of Applicability", ("6.1.3",), {"rows": applicability}),
        Section("evidence", "17", "Evidence", ("7.5",), {"evidence": evidence}),
    ]

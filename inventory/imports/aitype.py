"""From the words a model card uses for its task to an AI type of the inventory. A person checks the guess."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from inventory.imports.text import one_line

# In this order: the more specific kind wins over the broader one its words also contain.
KINDS: tuple[tuple[str, str], ...] = (
    ("biometric", r"biometric|face.?recognition|facial|speaker.?(verification|identification)|fingerprint"),
    ("agentic", r"\bagent(s|ic)?\b|tool.?use|multi.?agent"),
    ("robotics_control", r"robot|autonomous.?driving|reinforcement.?learning|\bcontrol policy"),
    ("speech_audio", r"speech|audio|voice|music"),
    (
        "generative_llm",
        r"text.?generation|text2text|causal.?lm|conversational|chat|large language|\bllms?\b|generative|"
        r"text.?to.?(image|video|3d)|image.?text.?to.?text|any.?to.?any|diffusion|summari[sz]ation",
    ),
    ("recommender", r"recommend|collaborative.?filter|\branking\b"),
    (
        "computer_vision",
        r"image|vision|object.?detection|segmentation|video|depth.?estimation|handwrit|keypoint|\bocr\b",
    ),
    (
        "nlp_classifier",
        r"text.?classification|token.?classification|named.?entity|sentiment|fill.?mask|translation|"
        r"question.?answering|sentence.?similarity|feature.?extraction|zero.?shot.?classification|\bnlp\b",
    ),
    (
        "predictive_ml",
        r"tabular|time.?series|forecast|regression|classification|prediction|anomaly|supervised",
    ),
)


class Guess(NamedTuple):
    ai_type: str
    word: str

    @property
    def notice(self) -> str:
        return f"The AI type was derived from “{one_line(self.word, limit=60)}”: check it."


def guess_ai_type(words: Iterable[str]) -> Guess | None:
    """The inventory's AI type for the first word that tells one."""
    for word in words:
        for kind, pattern in KINDS:
            if re.search(pattern, word[:500], re.IGNORECASE):
                return Guess(kind, word)
    return None

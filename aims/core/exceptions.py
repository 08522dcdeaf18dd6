"""What a verb may raise. The sentence is for the person on the screen and says what to do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to put right: where (a control, a risk, a question), in which field, and what to do.

    url: where it is mended, when that is not the page itself.
    """

    ref: str
    field: str
    sentence: str
    url: str = ""


class RuleBroken(Exception):
    """The act breaks a rule of the standard or of the organization; nothing was changed."""

    def __init__(
        self,
        sentence: str,
        *,
        field: str | None = None,
        code: str = "rule",
        problems: Iterable[Problem] = (),
        url: str = "",
    ) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.field = field
        self.code = code
        self.problems = tuple(problems)
        self.url = url  # where it is mended, when that is not the page itself


class NotAllowed(Exception):
    """The actor may not do this, whatever the state of the record."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class StaleState(Exception):
    """Somebody else changed the record first; both values are carried so that a page can show them."""

    def __init__(self, sentence: str, yours: object = None, theirs: object = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.yours = yours
        self.theirs = theirs

from __future__ import annotations

import json
from typing import Any

from rest_framework import exceptions, parsers


class StrictJSONParser(parsers.JSONParser):
    """UTF-8 only, each name once, no numbers that JSON does not know, no deeper than any record."""

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        try:
            return json.loads(
                stream.read().decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_constant
            )
        except RecursionError as error:
            raise exceptions.ParseError("The body is nested too deeply.") from error
        except ValueError as error:
            raise exceptions.ParseError(f"The body is not JSON: {error}") from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    named = dict(pairs)
    if len(named) != len(pairs):
        raise exceptions.ParseError("The body names a field twice.")
    return named


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no number")

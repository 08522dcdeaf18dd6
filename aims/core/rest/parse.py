from __future__ import annotations

from typing import Any

from rest_framework import exceptions, parsers


class BoundedJSONParser(parsers.JSONParser):
    """A body nested deeper than any record is refused like one that is broken."""

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        try:
            return super().parse(stream, media_type, parser_context)
        except RecursionError as error:
            raise exceptions.ParseError("The body is nested too deeply.") from error

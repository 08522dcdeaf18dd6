from __future__ import annotations

import json
from typing import Any

import orjson
from rest_framework import renderers


class FastJSONRenderer(renderers.JSONRenderer):
    """orjson: 0.009 ms for 50 rows where the standard renderer takes 0.135 (stack.md section 7)."""

    charset = None

    def render(self, data: Any, accepted_media_type: Any = None, renderer_context: Any = None) -> bytes:
        if data is None:
            return b""
        try:
            return orjson.dumps(data, default=str, option=orjson.OPT_NON_STR_KEYS)
        except TypeError:  # half a surrogate pair, echoed by a refusal
            return json.dumps(data, default=str).encode()

"""Rows that a page showed and gets back in a hidden field."""

from __future__ import annotations

import json
from typing import Any

from django import forms


class _Decoder(json.JSONDecoder):
    """Whatever cannot be read is no JSON: too many digits, or lists in lists without end."""

    def decode(self, s: str, *args: Any) -> Any:
        try:
            return super().decode(s, *args)
        except json.JSONDecodeError:
            raise
        except (ValueError, RecursionError) as unread:
            raise json.JSONDecodeError("Cannot be read", s[:40], 0) from unread


class SentRows(forms.JSONField):
    widget = forms.HiddenInput

    def __init__(self, **options: Any) -> None:
        super().__init__(decoder=_Decoder, **options)

"""Shape and cleaning of what people type about prompts and agents."""

from __future__ import annotations

from typing import Any

from django import forms

from inventory.enums import PromptKind
from inventory.forms.fields import LONG, WordsField
from inventory.forms.resources import ResourceForm
from inventory.queries.resources import models_to_name


class PromptForm(ResourceForm):
    kind = forms.ChoiceField(choices=PromptKind.choices)
    ai_model: Any = forms.ModelChoiceField(
        label="AI model", queryset=None, required=False, empty_label="Not recorded"
    )
    text = forms.CharField(
        required=False,
        widget=LONG,
        max_length=100_000,
        help_text="May stay outside the portal; its hash says then which text was meant.",
    )
    text_sha256 = forms.CharField(
        label="SHA-256 of the text",
        required=False,
        max_length=64,
        help_text="64 hexadecimal digits. Where the text stands here, it is worked out.",
    )
    tools = WordsField(label="Tools it may use", longest=60)
    limits = forms.CharField(
        required=False,
        widget=LONG,
        max_length=10_000,
        help_text="What it must not do, where it stops, who is asked first.",
    )
    field_order = [
        "name",
        "version",
        "kind",
        "ai_model",
        "owner",
        "text",
        "text_sha256",
        "tools",
        "limits",
        "supplier",
        "licence",
        "provenance",
        "measures",
        "limitations",
        "hashes",
    ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["ai_model"].queryset = models_to_name()


class PromptEditForm(PromptForm):
    row_version = forms.IntegerField(widget=forms.HiddenInput)

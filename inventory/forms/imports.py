from __future__ import annotations

from django import forms

from inventory.imports.formats import Format

FORMATS = [
    ("", "Recognize by itself"),
    (Format.CSV, "CSV"),
    (Format.XLSX, "Excel workbook"),
    (Format.CYCLONEDX, "CycloneDX ML-BOM"),
    (Format.SPDX, "SPDX 3.0 AI profile"),
    (Format.HF, "Hugging Face model card"),
]


class UploadForm(forms.Form):
    file = forms.FileField(
        label="Inventory file",
        help_text="CSV, Excel (.xlsx), CycloneDX JSON, SPDX 3.0 JSON-LD or a Hugging Face model card (.md).",
    )
    format = forms.ChoiceField(choices=FORMATS, required=False)

    def clean_format(self) -> Format | None:
        return Format(self.cleaned_data["format"]) if self.cleaned_data["format"] else None

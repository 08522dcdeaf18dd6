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
    (Format.CROISSANT, "Croissant data set"),
    (Format.MODEL_CARD, "Model card of the Model Card Toolkit"),
    (Format.MLFLOW, "Earlier reading of an MLflow registry"),
]


class UploadForm(forms.Form):
    file = forms.FileField(
        label="Inventory file",
        help_text="CSV, Excel (.xlsx), CycloneDX JSON, SPDX 3.0 JSON-LD, a Hugging Face card (.md), "
        "Croissant JSON-LD or a model card of the Model Card Toolkit (.json).",
    )
    format = forms.ChoiceField(choices=FORMATS, required=False)

    def clean_format(self) -> Format | None:
        return Format(self.cleaned_data["format"]) if self.cleaned_data["format"] else None

"""What the bodies of edits of many records have in common."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from inventory.services.bulk import MOST, Register


class ChosenRecord(serializers.Serializer):
    id = serializers.IntegerField(min_value=1)
    row_version = serializers.IntegerField(min_value=1)


def body_of(register: Register, changes: type[Any]) -> Any:
    """The shape of: what is said of many records; all of them are changed, or none."""
    name = "".join(word.capitalize() for word in register.field.split("_"))
    fields = {
        "__doc__": f"What is said of many {register.plural}: all of them are changed, or none.",
        register.field: ChosenRecord(many=True, allow_empty=False, help_text=f"At most {MOST}"),
        "changes": changes(),
    }
    return type(f"{name}Change", (serializers.Serializer,), fields)


def chosen_in(register: Register, values: dict[str, Any]) -> dict[int, int]:
    return {each["id"]: each["row_version"] for each in values[register.field]}

from __future__ import annotations

from typing import Any

from django import forms

from aims.core.actor import Actor
from aims.core.enums import HUMAN_ROLES, Role
from aims.core.forms.evidence import day
from aims.core.models import Member
from aims.core.registry import Owned, registry
from aims.core.services.delegations import NEVER
from aims.core.services.handing_over import Holding


class MemberField(forms.ModelChoiceField):
    """One of the active members."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(queryset=None, **kwargs)

    def of(self, actor: Actor) -> None:
        self.queryset = Member.objects.active().exclude(pk=actor.member_id or 0)


class ExceptionForm(forms.Form):
    act = forms.ChoiceField(label="The person may", help_text="The act that the rule keeps apart")
    member = MemberField(label="Person", help_text="Who may stand on both sides; not yourself")
    record = forms.CharField(
        required=False,
        max_length=40,
        label="Only this record",
        help_text="Its reference or version, such as R-012; empty means every record of the kind",
    )
    reason = forms.CharField(
        widget=forms.Textarea({"rows": 3}), help_text="Why the duties cannot be kept apart now"
    )
    compensating_check = forms.CharField(
        widget=forms.Textarea({"rows": 3}),
        label="Check instead",
        help_text="What takes the place of the second person: who looks at what, and when",
    )
    ends_on = day("Last day", required=True, help_text="At most a year from now")

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        acts = [
            (f"{each.rule} {each.object_type}", f"{each.title} ({each.rule})")
            for each in sorted(registry.separated_acts, key=lambda each: (each.rule, each.title))
        ]
        self.fields["act"].choices = [("", "Choose …"), *acts]
        self.fields["member"].of(actor)


class HandOverForm(forms.Form):
    """One choice for everything, and one for each record that goes elsewhere."""

    reason = forms.CharField(max_length=300, required=False, help_text="Needed to end access")
    everything = MemberField(
        label="Everything to", required=False, help_text="Whatever is not chosen otherwise below"
    )

    def __init__(self, *args: Any, actor: Actor, member: Member, held: list[Holding], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        takers = list(Member.objects.active().exclude(pk=member.pk))
        self.fields["everything"].queryset = Member.objects.active().exclude(pk=member.pk)
        self.takers = {str(taker.pk): taker for taker in takers}
        self.records: list[tuple[Holding, list[tuple[Any, str]]]] = []
        for holding in held:
            self.records.append((holding, [(each, self._add(holding, each)) for each in holding.records]))

    def _add(self, holding: Holding, owned: Owned) -> str:
        """The select of one record, or nothing where it has to be ended instead."""
        if holding.ownership.give is None:
            return ""
        roles = holding.ownership.roles
        fitting = [
            (pk, taker.name) for pk, taker in self.takers.items() if not roles or roles & set(taker.roles)
        ]
        name = f"to-{holding.name_of(owned)}"
        self.fields[name] = forms.ChoiceField(
            label=owned.label, required=False, choices=[("", "As above"), *fitting]
        )
        return name

    def groups(self) -> list[dict[str, Any]]:
        return [
            {
                "title": holding.ownership.title,
                "records": [
                    {"label": owned.label, "url": owned.url, "field": self[name] if name else None}
                    for owned, name in rows
                ],
            }
            for holding, rows in self.records
        ]

    def chosen(self) -> dict[str, Member]:
        """Record name -> who takes it."""
        found = {}
        for _, rows in self.records:
            for _, name in rows:
                pick = self.cleaned_data.get(name) if name else ""
                taker = self.takers.get(pick) if pick else self.cleaned_data.get("everything")
                if name and taker is not None:
                    found[name.removeprefix("to-")] = taker
        return found


class DelegationForm(forms.Form):
    role = forms.ChoiceField(help_text="One of your own roles")
    delegate = MemberField(label="To")
    starts_on = day("First day", required=True)
    ends_on = day("Last day", required=True, help_text="At most half a year after the first")
    reason = forms.CharField(max_length=300)

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = [
            (role.value, role.label) for role in HUMAN_ROLES if role in actor.own_roles and role not in NEVER
        ]
        self.fields["role"].choices = own
        self.fields["delegate"].of(actor)


class RoleRequestForm(forms.Form):
    roles = forms.MultipleChoiceField(widget=forms.CheckboxSelectMultiple())
    reason = forms.CharField(max_length=300)

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        missing = [
            (role.value, role.label)
            for role in HUMAN_ROLES
            if role not in actor.own_roles and role is not Role.EXTERNAL_AUDITOR
        ]
        self.fields["roles"].choices = missing

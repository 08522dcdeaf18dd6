from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.shortcuts import get_object_or_404
from django.utils.functional import cached_property

from aims.core.generic import FormPage
from aims.core.numbers import whole_number
from controls import forms, queries, services
from risk import taxonomy
from risk.enums import RiskState
from risk.models import Risk


class Treatment(FormPage):
    """Choosing how a risk is treated and by which controls; those its scenario suggests come first."""

    verb = "controls.plan_treatment"
    form_class = forms.TreatmentForm
    template_name = "controls/treatment.html"

    @cached_property
    def risk(self) -> Risk:
        found: Risk = get_object_or_404(
            Risk.objects.select_related("system", "organization"), pk=self.kwargs["pk"]
        )
        return found

    @cached_property
    def choices(self) -> list[queries.Choice]:
        return queries.treatment_choices(risk_id=self.risk.pk, suggested=self._suggested())

    def _suggested(self) -> tuple[str, ...]:
        try:
            return taxonomy.scenario(self.risk.scenario).suggested_controls
        except KeyError:
            return ()

    @property
    def is_revision(self) -> bool:
        return self.risk.state in (RiskState.TREATMENT_PLANNED, RiskState.IN_TREATMENT)

    def form_kwargs(self) -> dict[str, Any]:
        return {"choices": self.choices}

    def initial(self) -> dict[str, Any]:
        risk = self.risk
        return {
            "option": risk.option or "modify",
            "plan": risk.treatment_plan,
            "due_date": risk.treatment_due_date,
            "controls": [choice.control.pk for choice in self.choices if choice.is_chosen],
        }

    def perform(self, cleaned: dict[str, Any]) -> str:
        control_ids = cleaned.pop("controls")
        if self.is_revision:
            cleaned.pop("option")
            services.revise_treatment(
                actor=self.actor, risk=self.risk, control_ids=control_ids, now=self.now, **cleaned
            )
        else:
            services.plan_treatment(
                actor=self.actor, risk=self.risk, control_ids=control_ids, now=self.now, **cleaned
            )
        return self.cancel_url()

    def context(self) -> Mapping[str, Any]:
        return {
            **super().context(),
            "risk": self.risk,
            "choices": self.choices,
            "suggested": [choice for choice in self.choices if choice.is_suggested],
            "others": [choice for choice in self.choices if not choice.is_suggested],
            "is_revision": self.is_revision,
        }

    def show(self, *, status: int = 200, **extra: Any) -> Any:
        form = extra["form"]
        bound = form["controls"].value() or []
        return super().show(status=status, chosen={whole_number(str(pk)) for pk in bound}, **extra)

    def cancel_url(self) -> str:
        return self.risk.get_absolute_url()

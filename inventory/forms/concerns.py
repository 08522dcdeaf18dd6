"""Shape and cleaning of what people type about concerns."""

from __future__ import annotations

from typing import Any

from django import forms

from aims.core.models import Member
from inventory.enums import ConcernOutcome
from inventory.forms.fields import BLANK, PeopleField, PersonField

TEXT = forms.Textarea(attrs={"rows": 8})
SHORT = forms.Textarea(attrs={"rows": 4})
LONGEST = 20_000


class ConcernForm(forms.Form):
    text = forms.CharField(
        label="What worries you",
        widget=TEXT,
        max_length=LONGEST,
        help_text="Which AI, what you saw or expect, since when, and who could say more.",
    )
    about = PeopleField(
        label="People it is about",
        help_text="Whoever you tick never reads or handles this concern.",
    )
    is_anonymous = forms.BooleanField(
        label="Without my name",
        required=False,
        help_text="Nobody can see who you are. A code is shown once; it alone leads you back to the answers.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["about"].queryset = Member.objects.active()


class MessageForm(forms.Form):
    text = forms.CharField(label="Message", widget=SHORT, max_length=LONGEST)


class HandlerForm(forms.Form):
    member = PersonField(label="Person")

    def __init__(self, *args: Any, people: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["member"].queryset = people
        self.fields["member"].required = True
        self.fields["member"].empty_label = "Choose"


#: step -> its fields
STEP_FIELDS = {
    "acknowledge": ("late_reason",),
    "assess": ("has_no_conflict",),
    "investigate": (),
    "conclude": ("outcome", "conclusion", "measures", "feedback"),
    "close": ("handover",),
}


class ConcernStepForm(forms.Form):
    """One step; each asks only for what is its own."""

    late_reason = forms.CharField(
        label="Reason, if more than seven days have passed", widget=SHORT, required=False, max_length=LONGEST
    )
    has_no_conflict = forms.BooleanField(
        label="I have no conflict of interest in this concern", required=False
    )
    outcome = forms.ChoiceField(choices=BLANK + ConcernOutcome.choices, required=False)
    conclusion = forms.CharField(
        label="What was found, and why", widget=SHORT, required=False, max_length=LONGEST
    )
    measures = forms.CharField(
        label="Measures, or why none is needed", widget=SHORT, required=False, max_length=LONGEST
    )
    feedback = forms.CharField(
        label="Feedback",
        widget=SHORT,
        required=False,
        max_length=LONGEST,
        help_text="The reporter reads this.",
    )
    handover = forms.CharField(
        label="To whom the measures were handed over", widget=SHORT, required=False, max_length=LONGEST
    )

    def __init__(self, *args: Any, action: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in list(self.fields):
            if name not in STEP_FIELDS[action]:
                del self.fields[name]


class CodeForm(forms.Form):
    """The way back for whoever reported without a name."""

    code = forms.CharField(
        label="Your code", max_length=60, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    text = forms.CharField(label="Message", widget=SHORT, max_length=LONGEST, required=False)

"""The register of all questionnaires to suppliers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from aims.core.columns import Column
from aims.core.generic import ColumnCsv, ColumnRegister
from inventory.columns.questionnaires import COLUMNS
from inventory.forms.questionnaires import QuestionnaireFilterForm
from inventory.queries import questionnaire_register as queries


class Register(ColumnRegister):
    """What the register and its CSV share: filters and order."""

    verb = "inventory.view_suppliers"
    has_past = True
    url_name = "questionnaires"
    filter_form_class = QuestionnaireFilterForm
    views = queries.VIEWS
    sorts = queries.SORTS

    def filter_kwargs(self) -> dict[str, Any]:
        return {"suppliers": queries.suppliers_asked()}

    def columns_offered(self) -> Sequence[Column]:
        return COLUMNS

    def rows(self) -> Any:
        found = queries.filtered(queries.QuestionnaireFilters(**self.asked), on=self.today)
        return queries.rows(found, self.choice.reads)


class QuestionnairesPage(Register):
    template_name = "inventory/questionnaires.html"

    def view_counts(self) -> Mapping[str, int]:
        return queries.view_counts(on=self.today)

    def context(self) -> Mapping[str, Any]:
        context = super().context()
        lines = self.choice.lines(queries.questionnaire_rows(context["rows"], on=self.today))
        return {**context, "lines": lines}


class QuestionnairesCsv(ColumnCsv, Register):
    file_name = "questionnaires.csv"

    def exported_rows(self) -> Iterable[queries.QuestionnaireRow]:
        return queries.questionnaire_rows(self.sorted_rows(), on=self.today)

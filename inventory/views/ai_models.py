"""Pages of the register of AI models."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from inventory.forms.resources import ModelEditForm, ModelForm
from inventory.models import AIModel
from inventory.queries import resources as queries
from inventory.views import resources


class Models:
    """What the pages of this register have in common."""

    model: ClassVar[Any] = AIModel
    url_name: ClassVar[str] = "models"
    title: ClassVar[str] = "AI models"
    lead: ClassVar[str] = (
        "The models that AI systems are made of, with their origin, licence, measures and limits;"
        " a new version is a record of its own."
    )
    about: ClassVar[str] = "Kind"
    views: ClassVar[Mapping[str, str]] = queries.views_of(AIModel)
    facts_template: ClassVar[str] = "inventory/_model_facts.html"


class ModelsPage(Models, resources.ResourcesPage):
    pass


class ModelsCsv(Models, resources.ResourcesCsv):
    file_name = "models.csv"


class ModelPage(Models, resources.ResourcePage):
    pass


class ModelHistory(Models, resources.ResourceHistory):
    pass


class RegisterModel(Models, resources.RegisterNew):
    form_class = ModelForm


class EditModel(Models, resources.Edit):
    form_class = ModelEditForm


class NewModelVersion(Models, resources.NewVersion):
    pass


class LinkModel(Models, resources.LinkSystem):
    pass


class UnlinkModel(Models, resources.UnlinkSystem):
    pass

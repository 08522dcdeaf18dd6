"""Pages of the register of prompts and agents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from inventory.forms.prompts import PromptEditForm, PromptForm
from inventory.models import Prompt
from inventory.queries import resources as queries
from inventory.views import resources


class Prompts:
    """What the pages of this register have in common."""

    model: ClassVar[Any] = Prompt
    url_name: ClassVar[str] = "prompts"
    title: ClassVar[str] = "Prompts and agents"
    lead: ClassVar[str] = (
        "What models are told and what they may reach: instructions, agents, their tools and their limits;"
        " a new version is a record of its own."
    )
    about: ClassVar[str] = "Kind"
    views: ClassVar[Mapping[str, str]] = queries.views_of(Prompt)
    facts_template: ClassVar[str] = "inventory/_prompt_facts.html"


class PromptsPage(Prompts, resources.ResourcesPage):
    pass


class PromptsCsv(Prompts, resources.ResourcesCsv):
    file_name = "prompts-and-agents.csv"


class PromptPage(Prompts, resources.ResourcePage):
    pass


class PromptHistory(Prompts, resources.ResourceHistory):
    pass


class RegisterPrompt(Prompts, resources.RegisterNew):
    form_class = PromptForm


class EditPrompt(Prompts, resources.Edit):
    form_class = PromptEditForm


class NewPromptVersion(Prompts, resources.NewVersion):
    pass


class LinkPrompt(Prompts, resources.LinkSystem):
    pass


class UnlinkPrompt(Prompts, resources.UnlinkSystem):
    pass

"""Pages of the register of data sets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from inventory.forms.resources import DataSetEditForm, DataSetForm
from inventory.models import DataSet
from inventory.queries import resources as queries
from inventory.views import resources


class DataSets:
    """What the pages of this register have in common."""

    model: ClassVar[Any] = DataSet
    url_name: ClassVar[str] = "data_sets"
    title: ClassVar[str] = "Data sets"
    lead: ClassVar[str] = (
        "The data that AI systems are built, tested and run with: where it comes from, what is in it,"
        " how it was prepared and looked at."
    )
    about: ClassVar[str] = "Source"
    views: ClassVar[Mapping[str, str]] = queries.views_of(DataSet)
    facts_template: ClassVar[str] = "inventory/_data_set_facts.html"


class DataSetsPage(DataSets, resources.ResourcesPage):
    pass


class DataSetsCsv(DataSets, resources.ResourcesCsv):
    file_name = "data-sets.csv"


class DataSetPage(DataSets, resources.ResourcePage):
    pass


class DataSetHistory(DataSets, resources.ResourceHistory):
    pass


class RegisterDataSet(DataSets, resources.RegisterNew):
    form_class = DataSetForm


class EditDataSet(DataSets, resources.Edit):
    form_class = DataSetEditForm


class NewDataSetVersion(DataSets, resources.NewVersion):
    pass


class LinkDataSet(DataSets, resources.LinkSystem):
    pass


class UnlinkDataSet(DataSets, resources.UnlinkSystem):
    pass

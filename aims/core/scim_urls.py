"""SCIM 2.0, below /scim/v2/organizations/<organization>/."""

from __future__ import annotations

from django.urls import path, re_path

from aims.core.views import scim

urlpatterns = [
    path("Users", scim.Users.as_view(), name="scim_users"),
    path("Users/<int:pk>", scim.OneUser.as_view(), name="scim_user"),
    path("Groups", scim.Groups.as_view(), name="scim_groups"),
    path("Groups/<int:pk>", scim.OneGroup.as_view(), name="scim_group"),
    path("ServiceProviderConfig", scim.Service.as_view(), name="scim_service"),
    path("ResourceTypes", scim.ResourceTypes.as_view(), name="scim_resource_types"),
    path("ResourceTypes/<str:name>", scim.ResourceTypes.as_view(), name="scim_resource_type"),
    path("Schemas", scim.Schemas.as_view(), name="scim_schemas"),
    path("Schemas/<str:name>", scim.Schemas.as_view(), name="scim_schema"),
    re_path("", scim.Nothing.as_view(), name="scim_nothing"),
]

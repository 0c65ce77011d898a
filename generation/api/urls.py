from django.urls import path, re_path

from generation.api import changes, openapi, views
from generation.api.base import NoSuchRoute

urlpatterns = [
    path("images/generations", views.ImageGenerations.as_view(), name="api-image-generations"),
    path("images/edits", changes.ImageEdits.as_view(), name="api-image-edits"),
    path("images/variations", changes.ImageVariations.as_view(), name="api-image-variations"),
    path("models", views.Models.as_view(), name="api-models"),
    path("models/<str:name>", views.Model.as_view(), name="api-model"),
    path("usage", views.Usage.as_view(), name="api-usage"),
    path("credits", views.Credits.as_view(), name="api-credits"),
    path("openapi.json", openapi.OpenApi.as_view(), name="api-openapi"),
    re_path("", NoSuchRoute.as_view()),
]

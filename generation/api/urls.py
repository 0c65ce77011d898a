from django.urls import path, re_path

from generation.api import batches, changes, openapi, videos, views
from generation.api.base import NoSuchRoute

urlpatterns = [
    path("images/generations", views.ImageGenerations.as_view(), name="api-image-generations"),
    path("images/edits", changes.ImageEdits.as_view(), name="api-image-edits"),
    path("images/variations", changes.ImageVariations.as_view(), name="api-image-variations"),
    path("batches", batches.Batches.as_view(), name="api-batches"),
    path("batches/<uuid:pk>", batches.OneBatch.as_view(), name="api-batch"),
    path("batches/<uuid:pk>/cancel", batches.CancelBatch.as_view(), name="api-batch-cancel"),
    path("batches/<uuid:pk>/results", batches.BatchResults.as_view(), name="api-batch-results"),
    path("videos/generations", videos.VideoGenerations.as_view(), name="api-video-generations"),
    path("videos/<str:name>", videos.Video.as_view(), name="api-video"),
    path("models", views.Models.as_view(), name="api-models"),
    path("models/<str:name>", views.Model.as_view(), name="api-model"),
    path("usage", views.Usage.as_view(), name="api-usage"),
    path("credits", views.Credits.as_view(), name="api-credits"),
    path("openapi.json", openapi.OpenApi.as_view(), name="api-openapi"),
    re_path("", NoSuchRoute.as_view()),
]

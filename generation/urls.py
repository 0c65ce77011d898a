from django.urls import path

from generation import downloads, media

urlpatterns = [
    path("media/<path:key>", media.picture, name="media"),
    path("w/<slug:slug>/developers/batches/<uuid:pk>/results", downloads.results, name="batch_results"),
]

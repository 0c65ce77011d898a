from django.urls import path

from generation import media

urlpatterns = [path("media/<path:key>", media.picture, name="media")]

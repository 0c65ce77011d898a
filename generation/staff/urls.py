"""Addresses of the staff panel. `frame.needs` says of each view who may see it."""

from django.urls import URLPattern

from generation.staff import moderation_urls

app_name = "staff"
urlpatterns: list[URLPattern] = [*moderation_urls.urlpatterns]

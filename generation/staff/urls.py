"""Addresses of the staff panel. `frame.needs` says of each view who may see it."""

from django.urls import URLPattern

app_name = "staff"
urlpatterns: list[URLPattern] = []

"""Addresses of the pages about people and workspaces."""

from django.urls import URLPattern

app_name = "accounts"
urlpatterns: list[URLPattern] = []

"""Addresses of the staff panel. `frame.needs` says of each view who may see it."""

from django.urls import URLPattern, URLResolver, include, path

app_name = "staff"
urlpatterns: list[URLPattern | URLResolver] = [
    path("money/", include("generation.staff.money.urls")),
    path("operations/", include("generation.staff.operations.urls")),
]

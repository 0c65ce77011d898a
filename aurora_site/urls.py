"""Every URL of the site. `/events/` is answered before Django (asgi.py)."""

from django.contrib import admin
from django.urls import include, path

from aurora_site import health

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("admin/", admin.site.urls),
    path("accounts/", include("allauth.urls")),
    path("v1/", include("generation.api.urls")),
    path("", include("generation.urls")),
    path("", include("generation.pages.urls")),
]

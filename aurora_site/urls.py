"""Every URL of the site. `/events/` is answered before Django (asgi.py), `/healthz` and `/readyz` in middleware.py."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path

from accounts.pages.confirm import confirm_email

# Staff come in by the one door that asks for the second step and counts the tries.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

urlpatterns = [
    # Before the admin, which takes everything below its address.
    path("admin/panel/", include("generation.staff.urls")),
    path("admin/", admin.site.urls),
    # Before allauth's own view of the same name.
    path("accounts/confirm-email/<str:key>/", confirm_email, name="account_confirm_email"),
    path("accounts/", include("allauth.urls")),
    path("", include("accounts.pages.urls")),
    path("", include("billing.pages.urls")),
    path("v1/", include("generation.api.urls")),
    path("", include("generation.urls")),
    path("", include("generation.pages.urls")),
]

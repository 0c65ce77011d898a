"""Addresses of the pages about people and workspaces."""

from django.urls import URLPattern, path

from accounts.pages import avatar, profile, sessions

app_name = "accounts"
urlpatterns: list[URLPattern] = [
    path("account/profile", profile.profile, name="profile"),
    path("account/theme", profile.theme, name="theme"),
    path("account/sessions/<int:pk>/end", sessions.end, name="end_session"),
    path("account/avatars/<uuid:user_id>/<str:name>", avatar.avatar, name="avatar"),
]

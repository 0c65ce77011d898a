"""Addresses of the pages about people and workspaces."""

from django.urls import URLPattern, path

from accounts.pages import avatar, data, profile, sessions, trail, workspace_data

app_name = "accounts"
urlpatterns: list[URLPattern] = [
    path("account/profile", profile.profile, name="profile"),
    path("account/theme", profile.theme, name="theme"),
    path("account/sessions/<int:pk>/end", sessions.end, name="end_session"),
    path("account/avatars/<uuid:user_id>/<str:name>", avatar.avatar, name="avatar"),
    path("account/activity", trail.activity, name="activity"),
    path("account/data", data.show, name="data"),
    path("account/data/export", data.export, name="export"),
    path("account/data/exports/<uuid:pk>", data.download, name="download"),
    path("account/data/delete", data.delete, name="delete_account"),
    path("account/data/keep", data.keep, name="keep_account"),
    path("w/<slug:slug>/audit/", trail.audit, name="audit"),
    path("w/<slug:slug>/audit/csv", trail.as_csv, name="audit_csv"),
    path("w/<slug:slug>/data/", workspace_data.show, name="workspace_data"),
    path("w/<slug:slug>/data/export", workspace_data.export, name="workspace_export"),
    path("w/<slug:slug>/data/exports/<uuid:pk>", workspace_data.download, name="workspace_download"),
    path("w/<slug:slug>/data/delete", workspace_data.delete, name="delete_workspace"),
    path("w/<slug:slug>/data/keep", workspace_data.keep, name="keep_workspace"),
]

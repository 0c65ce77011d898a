"""Addresses of the pages about people and workspaces."""

from django.urls import URLPattern, path

from accounts.pages import (
    avatar,
    invitations,
    invite,
    members,
    profile,
    sessions,
    workspace_settings,
    workspaces,
)

app_name = "accounts"
urlpatterns: list[URLPattern] = [
    path("account/profile", profile.profile, name="profile"),
    path("account/theme", profile.theme, name="theme"),
    path("account/sessions/<int:pk>/end", sessions.end, name="end_session"),
    path("account/avatars/<uuid:user_id>/<str:name>", avatar.avatar, name="avatar"),
    path("workspaces/", workspaces.index, name="workspaces"),
    path("workspaces/new", workspaces.new, name="new_workspace"),
    path("workspaces/<uuid:pk>/join", workspaces.join, name="join"),
    path("workspaces/invitations/<uuid:pk>/accept", workspaces.accept, name="accept_invitation"),
    path("invite/<str:token>", invite.show, name="invite"),
    path("w/<slug:slug>/settings/", workspace_settings.general, name="settings"),
    path("w/<slug:slug>/settings/logo", workspace_settings.logo, name="set_logo"),
    path("w/<slug:slug>/logo", workspace_settings.show_logo, name="logo"),
    path("w/<slug:slug>/members/", members.index, name="members"),
    path("w/<slug:slug>/members/leave", members.leave, name="leave"),
    path("w/<slug:slug>/members/<uuid:person>/", members.member, name="member"),
    path("w/<slug:slug>/members/<uuid:person>/remove", members.remove, name="remove_member"),
    path("w/<slug:slug>/members/<uuid:person>/transfer", members.transfer, name="transfer"),
    path("w/<slug:slug>/invitations/", invitations.index, name="invitations"),
    path("w/<slug:slug>/invitations/mail", invitations.by_mail, name="invite_by_mail"),
    path("w/<slug:slug>/invitations/link", invitations.by_link, name="invite_by_link"),
    path("w/<slug:slug>/invitations/<uuid:pk>/revoke", invitations.revoke, name="revoke_invitation"),
    path("w/<slug:slug>/invitations/domain", invitations.domain, name="join_domain"),
]

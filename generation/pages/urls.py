"""Addresses of the pages. Below `/w/<slug>/` a middleware has checked the membership before any view runs."""

from django.urls import path

from generation.pages import batches, create, docs, feed, gallery, home, keys, plans, team, usage, webhooks
from generation.pages.developers import limits, overview, playground, requests

app_name = "pages"
urlpatterns = [
    path("", home.home, name="home"),
    path("plans", plans.plans, name="plans"),
    path("docs/", docs.show, name="docs"),
    path("docs/reference", docs.reference, name="docs_reference"),
    path("docs/<slug:slug>", docs.show, name="docs_page"),
    path("w/<slug:slug>/", home.workspace, name="workspace"),
    path("w/<slug:slug>/create", create.create, name="create"),
    path("w/<slug:slug>/generations/<uuid:pk>", create.generation, name="generation"),
    path("w/<slug:slug>/generations/<uuid:pk>/cancel", create.cancel, name="cancel"),
    path("w/<slug:slug>/generations/<uuid:pk>/share", create.share, name="share"),
    path("w/<slug:slug>/feeds", create.open_feed, name="feeds"),
    path("w/<slug:slug>/feeds/<uuid:pk>", feed.show, name="feed"),
    path("w/<slug:slug>/feeds/<uuid:pk>/read", feed.read, name="feed_read"),
    path("w/<slug:slug>/feeds/<uuid:pk>/prompt", feed.prompt, name="feed_prompt"),
    path("w/<slug:slug>/feeds/<uuid:pk>/pause", feed.pause, name="feed_pause"),
    path("w/<slug:slug>/feeds/<uuid:pk>/end", feed.end, name="feed_end"),
    path("w/<slug:slug>/gallery", gallery.gallery, name="gallery"),
    path("w/<slug:slug>/pictures/<uuid:pk>", gallery.picture, name="picture"),
    path("w/<slug:slug>/settings/pictures", team.settings, name="defaults"),
    path("w/<slug:slug>/members/<uuid:person>/limits", team.member, name="limits"),
    path("w/<slug:slug>/usage", usage.show, name="usage"),
    path("w/<slug:slug>/usage.csv", usage.as_csv, name="usage_csv"),
    path("w/<slug:slug>/keys/", keys.keys, name="keys"),
    path("w/<slug:slug>/keys/new", keys.new, name="key_new"),
    path("w/<slug:slug>/keys/<uuid:pk>/rotate", keys.rotate, name="key_rotate"),
    path("w/<slug:slug>/keys/<uuid:pk>/limits", keys.limits, name="key_limits"),
    path("w/<slug:slug>/keys/<uuid:pk>/revoke", keys.revoke, name="key_revoke"),
    path("w/<slug:slug>/developers/", overview.show, name="developers"),
    path("w/<slug:slug>/developers/requests", requests.index, name="requests"),
    path("w/<slug:slug>/developers/requests.csv", requests.as_csv, name="requests_csv"),
    path("w/<slug:slug>/developers/requests/<uuid:pk>", requests.show, name="request"),
    path("w/<slug:slug>/developers/playground", playground.show, name="playground"),
    path("w/<slug:slug>/developers/limits", limits.show, name="api_limits"),
    path("w/<slug:slug>/developers/webhooks", webhooks.index, name="webhooks"),
    path("w/<slug:slug>/developers/webhooks/new", webhooks.new, name="webhook_new"),
    path("w/<slug:slug>/developers/webhooks/<uuid:pk>", webhooks.show, name="webhook"),
    path("w/<slug:slug>/developers/webhooks/<uuid:pk>/edit", webhooks.edit, name="webhook_edit"),
    path("w/<slug:slug>/developers/webhooks/<uuid:pk>/rotate", webhooks.rotate, name="webhook_rotate"),
    path("w/<slug:slug>/developers/webhooks/<uuid:pk>/switch", webhooks.switch, name="webhook_switch"),
    path("w/<slug:slug>/developers/webhooks/<uuid:pk>/test", webhooks.test, name="webhook_test"),
    path("w/<slug:slug>/developers/webhooks/<uuid:pk>/delete", webhooks.delete, name="webhook_delete"),
    path("w/<slug:slug>/developers/deliveries/<uuid:pk>/replay", webhooks.replay, name="webhook_replay"),
    path("w/<slug:slug>/developers/batches", batches.index, name="batches"),
    path("w/<slug:slug>/developers/batches/<uuid:pk>/cancel", batches.cancel, name="batch_cancel"),
]

"""Addresses of the pages about plans and money. Below `/w/<slug>/` a middleware has checked the membership before."""

from django.urls import URLPattern, path

from billing.pages import buying, overview, webhook

app_name = "billing"
urlpatterns: list[URLPattern] = [
    path("billing/stripe/webhook", webhook.receive, name="webhook"),
    path("w/<slug:slug>/billing/", overview.show, name="overview"),
    path("w/<slug:slug>/billing/choose", buying.choose, name="choose"),
    path("w/<slug:slug>/billing/change", buying.change, name="change"),
    path("w/<slug:slug>/billing/portal", buying.portal, name="portal"),
    path("w/<slug:slug>/billing/done", buying.done, name="done"),
    path("w/<slug:slug>/billing/back", buying.back, name="back"),
]

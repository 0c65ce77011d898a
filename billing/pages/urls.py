"""Addresses of the pages about plans and money. Below `/w/<slug>/` a middleware has checked the membership before."""

from django.urls import URLPattern, path

from billing.pages import webhook

app_name = "billing"
urlpatterns: list[URLPattern] = [
    path("billing/stripe/webhook", webhook.receive, name="webhook"),
]

"""Addresses of the pages about money."""

from django.urls import URLPattern, path

from billing.pages import statement

app_name = "billing"
urlpatterns: list[URLPattern] = [
    path("w/<slug:slug>/billing/statement", statement.show, name="statement"),
    path("w/<slug:slug>/billing/statement.csv", statement.as_csv, name="statement_csv"),
    path("w/<slug:slug>/billing/statement.pdf", statement.as_pdf, name="statement_pdf"),
]

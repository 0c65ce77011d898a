"""Addresses of money in the staff panel."""

from django.urls import URLPattern, path

from generation.staff.money import adjustments, books, codes, payments, prices, stripe

urlpatterns: list[URLPattern] = [
    path("", books.trial, name="money"),
    path("prove", books.prove, name="money_prove"),
    path("ledger", books.ledger, name="money_ledger"),
    path("ledger/<uuid:pk>", books.movement, name="money_movement"),
    path("adjustments", adjustments.show, name="money_adjustments"),
    path("adjustments/<uuid:pk>/approve", adjustments.approve, name="money_approve"),
    path("adjustments/<uuid:pk>/refuse", adjustments.refuse, name="money_refuse"),
    path("payments", payments.purchases, name="money_purchases"),
    path("payments/<uuid:pk>", payments.refund, name="money_refund"),
    path("payments/picture", payments.picture, name="money_picture"),
    path("events", stripe.events, name="money_events"),
    path("events/<str:pk>/replay", stripe.replay, name="money_replay"),
    path("reconcile", stripe.reconcile, name="money_reconcile"),
    path("reconcile/run", stripe.run_reconcile, name="money_reconcile_run"),
    path("prices", prices.show, name="money_prices"),
    path("codes", codes.show, name="money_codes"),
    path("codes/<int:pk>", codes.code, name="money_code"),
]

"""Addresses of the pages about plans and money. Below `/w/<slug>/` a middleware has checked the membership before."""

from django.urls import URLPattern, path

from billing.pages import buying, credits, overview, sharing, statement, top_up, webhook

app_name = "billing"
urlpatterns: list[URLPattern] = [
    path("billing/stripe/webhook", webhook.receive, name="webhook"),
    path("w/<slug:slug>/billing/", overview.show, name="overview"),
    path("w/<slug:slug>/billing/choose", buying.choose, name="choose"),
    path("w/<slug:slug>/billing/change", buying.change, name="change"),
    path("w/<slug:slug>/billing/portal", buying.portal, name="portal"),
    path("w/<slug:slug>/billing/done", buying.done, name="done"),
    path("w/<slug:slug>/billing/back", buying.back, name="back"),
    path("w/<slug:slug>/billing/credits", credits.show, name="credits"),
    path("w/<slug:slug>/billing/credits/buy", credits.buy, name="buy_credit"),
    path("w/<slug:slug>/billing/credits/done", credits.done, name="credit_done"),
    path("w/<slug:slug>/billing/credits/code", credits.redeem, name="redeem"),
    path("w/<slug:slug>/billing/credits/top-up", top_up.edit, name="top_up"),
    path("w/<slug:slug>/billing/credits/card", top_up.card_saved, name="card_saved"),
    path("w/<slug:slug>/billing/credits/card/new", top_up.new_card, name="new_card"),
    path("w/<slug:slug>/billing/credits/card/remove", top_up.remove_card, name="remove_card"),
    path("w/<slug:slug>/billing/statement", statement.show, name="statement"),
    path("w/<slug:slug>/billing/statement.csv", statement.as_csv, name="statement_csv"),
    path("w/<slug:slug>/billing/statement.pdf", statement.as_pdf, name="statement_pdf"),
    path("w/<slug:slug>/settings/sharing", sharing.show, name="sharing"),
    path("w/<slug:slug>/settings/sharing/stop", sharing.stop, name="stop_sharing"),
    path("w/<slug:slug>/settings/sharing/withdraw", sharing.withdraw, name="withdraw_shared"),
]

"""Addresses of moderation in the staff panel."""

from django.urls import path

from generation.staff import moderation, moderation_rules

urlpatterns = [
    path("moderation/", moderation.index, name="moderation"),
    path("moderation/cases/<uuid:pk>", moderation.case, name="moderation_case"),
    path("moderation/cases/<uuid:pk>/decide", moderation.decide, name="moderation_decide"),
    path("moderation/cases/<uuid:pk>/picture", moderation.picture, name="moderation_picture"),
    path("moderation/rules/", moderation_rules.index, name="moderation_rules"),
    path("moderation/rules/new", moderation_rules.new, name="moderation_rule_new"),
    path("moderation/rules/<uuid:pk>", moderation_rules.rule, name="moderation_rule"),
    path("moderation/rules/<uuid:pk>/turn", moderation_rules.turn, name="moderation_turn"),
    path("moderation/statistics", moderation_rules.figures, name="moderation_statistics"),
    path("moderation/statistics.csv", moderation_rules.as_csv, name="moderation_csv"),
    path("moderation/locked", moderation.locked, name="moderation_locked"),
    path("moderation/locked/<uuid:pk>/unlock", moderation.unlock, name="moderation_unlock"),
]

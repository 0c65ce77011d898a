"""Generations and feeds for staff: to be read. What changes them are the services."""

from django.contrib import admin

from billing.admin import ReadOnlyAdmin
from generation.models import Feed, Generation, Outbox, Picture, StorageUse


@admin.register(Feed)
class FeedAdmin(ReadOnlyAdmin):
    list_display = ("id", "workspace", "person", "state", "asked", "seen", "last_seen", "created_at")
    list_filter = ("state",)
    list_select_related = ("workspace", "person")


@admin.register(Generation)
class GenerationAdmin(ReadOnlyAdmin):
    list_display = ("id", "workspace", "mode", "status", "attempt", "worker", "created_at")
    list_filter = ("status", "mode", "source")
    list_select_related = ("workspace",)


@admin.register(Picture)
class PictureAdmin(ReadOnlyAdmin):
    list_display = ("id", "workspace", "generation", "index", "seconds", "created_at")
    list_select_related = ("workspace", "generation")


@admin.register(Outbox)
class OutboxAdmin(ReadOnlyAdmin):
    list_display = ("task", "subject", "workspace", "created_at")
    list_select_related = ("workspace",)


@admin.register(StorageUse)
class StorageUseAdmin(ReadOnlyAdmin):
    list_display = ("workspace", "bytes")
    list_select_related = ("workspace",)

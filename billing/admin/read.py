"""What is only to be read."""

from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from accounts.admin_site import QuickPaginator
from billing.models import StripeEvent


class ReadOnlyAdmin(admin.ModelAdmin[Any]):
    paginator = QuickPaginator
    show_full_result_count = False
    list_per_page = 50

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(StripeEvent)
class StripeEventAdmin(ReadOnlyAdmin):
    list_display = ("id", "type", "object_id", "created_at", "received_at", "handled_at", "attempts")
    list_filter = (("handled_at", admin.EmptyFieldListFilter), "type")
    search_fields = ("=id", "=object_id")
    ordering = ("-received_at",)
    show_full_result_count = False
    list_per_page = 50

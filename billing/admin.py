"""The ledger for staff: to be read, never edited."""

from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django_scopes import scopes_disabled

from billing.models import Account, Posting, Transaction


class ReadOnlyAdmin(admin.ModelAdmin[Any]):
    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        with scopes_disabled():
            return super().get_queryset(request)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(Account)
class AccountAdmin(ReadOnlyAdmin):
    list_display = ("workspace", "kind", "balance")
    list_filter = ("kind",)
    list_select_related = ("workspace",)


@admin.register(Transaction)
class TransactionAdmin(ReadOnlyAdmin):
    list_display = ("key", "workspace", "kind", "created_at")
    list_filter = ("kind",)
    list_select_related = ("workspace",)
    search_fields = ("key", "hold")


@admin.register(Posting)
class PostingAdmin(ReadOnlyAdmin):
    list_display = ("transaction", "account", "amount")
    list_select_related = ("transaction", "account")

"""What is only to be read, and the field for amounts."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.http import HttpRequest

from accounts.admin_site import QuickPaginator
from billing import amounts
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


class KeptAdmin(admin.ModelAdmin[Any]):
    """Rows are added and then stay as they are."""

    paginator = QuickPaginator
    show_full_result_count = False
    list_per_page = 50

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class DollarsField(forms.CharField):
    """An amount in dollars; its value is micro-dollars."""

    def __init__(self, *, is_signed: bool = False, **options: Any) -> None:
        self.is_signed = is_signed
        super().__init__(max_length=20, **options)

    def clean(self, value: Any) -> int:
        try:
            micros = amounts.read(str(super().clean(value)))
        except ValueError as error:
            raise ValidationError(str(error)) from error
        if micros == 0 or (micros < 0 and not self.is_signed):
            raise ValidationError("Not nothing." if self.is_signed else "More than nothing.")
        return micros


@admin.register(StripeEvent)
class StripeEventAdmin(ReadOnlyAdmin):
    list_display = ("id", "type", "object_id", "created_at", "received_at", "handled_at", "attempts")
    list_filter = (("handled_at", admin.EmptyFieldListFilter), "type")
    search_fields = ("=id", "=object_id")
    ordering = ("-received_at",)
    show_full_result_count = False
    list_per_page = 50

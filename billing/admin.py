"""Billing for staff: the ledger is read, never edited; plans are granted, and ended by their date."""

from datetime import datetime
from typing import Any, cast

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Model
from django.forms import ModelForm
from django.http import HttpRequest

from accounts.models import User
from accounts.services import audit
from billing.models import Account, PlanGrant, Posting, Transaction


class ReadOnlyAdmin(admin.ModelAdmin[Any]):
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


class PlanGrantForm(ModelForm[PlanGrant]):
    def clean_ends_at(self) -> datetime:
        ends_at: datetime = self.cleaned_data["ends_at"]
        if ends_at <= self.instance.created_at:
            raise ValidationError("A grant must end after it was made.")
        return ends_at


@admin.register(PlanGrant)
class PlanGrantAdmin(admin.ModelAdmin[PlanGrant]):
    """Grants are kept: to take one back, let it end now."""

    form = PlanGrantForm
    list_display = ("workspace", "plan", "reason", "granted_by", "created_at", "ends_at")
    list_filter = ("plan",)
    list_select_related = ("workspace", "granted_by")
    search_fields = ("workspace__slug", "workspace__name", "reason")
    autocomplete_fields = ("workspace",)
    fields = ("workspace", "plan", "reason", "ends_at", "granted_by", "created_at")
    readonly_fields = ("granted_by", "created_at")

    def get_readonly_fields(self, request: HttpRequest, obj: PlanGrant | None = None) -> tuple[str, ...]:
        return ("workspace", "plan", "reason", *self.readonly_fields) if obj else self.readonly_fields

    def has_delete_permission(self, request: HttpRequest, obj: PlanGrant | None = None) -> bool:
        return False

    @transaction.atomic
    def save_model(self, request: HttpRequest, obj: PlanGrant, form: ModelForm[PlanGrant], change: bool) -> None:
        if not change:
            obj.granted_by = cast("User", request.user)
        super().save_model(request, obj, form, change)
        audit.record(
            "plan.changed" if change else "plan.granted",
            workspace=obj.workspace,
            target=obj.get_plan_display(),
            until=f"{obj.ends_at:%Y-%m-%d}",
        )


# At the end, as it builds on what is above.
from billing import admin_credit, admin_plans  # noqa: E402, F401

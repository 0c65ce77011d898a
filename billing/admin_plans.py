"""Plans and subscriptions for staff: single entitlements are granted; what Stripe says is read, never edited."""

from datetime import datetime
from typing import cast

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Model
from django.forms import ModelForm
from django.http import HttpRequest

from accounts.models import User
from accounts.services import audit
from billing.admin import ReadOnlyAdmin
from billing.models import Customer, EntitlementGrant, Reconciliation, StripeEvent, Subscription


class EntitlementGrantForm(ModelForm[EntitlementGrant]):
    def clean_ends_at(self) -> datetime:
        ends_at: datetime = self.cleaned_data["ends_at"]
        if ends_at <= self.instance.created_at:
            raise ValidationError("A grant must end after it was made.")
        return ends_at


@admin.register(EntitlementGrant)
class EntitlementGrantAdmin(admin.ModelAdmin[EntitlementGrant]):
    """Grants are kept: to take one back, let it end now."""

    form = EntitlementGrantForm
    list_display = ("workspace", "name", "amount", "reason", "granted_by", "created_at", "ends_at")
    list_filter = ("name",)
    list_select_related = ("workspace", "granted_by")
    search_fields = ("workspace__slug", "workspace__name", "reason")
    autocomplete_fields = ("workspace",)
    fields = ("workspace", "name", "amount", "reason", "ends_at", "granted_by", "created_at")
    readonly_fields = ("granted_by", "created_at")

    def get_readonly_fields(self, request: HttpRequest, obj: EntitlementGrant | None = None) -> tuple[str, ...]:
        return ("workspace", "name", "amount", "reason", *self.readonly_fields) if obj else self.readonly_fields

    def has_delete_permission(self, request: HttpRequest, obj: EntitlementGrant | None = None) -> bool:
        return False

    @transaction.atomic
    def save_model(
        self, request: HttpRequest, obj: EntitlementGrant, form: ModelForm[EntitlementGrant], change: bool
    ) -> None:
        if not change:
            obj.granted_by = cast("User", request.user)
        super().save_model(request, obj, form, change)
        audit.record(
            "entitlement.changed" if change else "entitlement.granted",
            workspace=obj.workspace,
            target=obj.get_name_display(),
            amount=obj.amount,
            until=f"{obj.ends_at:%Y-%m-%d}",
        )


@admin.register(Customer)
class CustomerAdmin(ReadOnlyAdmin):
    list_display = ("workspace", "stripe_id", "created_at")
    list_select_related = ("workspace",)
    search_fields = ("workspace__slug", "stripe_id")


@admin.register(Subscription)
class SubscriptionAdmin(ReadOnlyAdmin):
    list_display = ("workspace", "plan", "interval", "seats", "status", "period_end", "cancel_at", "stripe_id")
    list_filter = ("status", "plan", "interval")
    list_select_related = ("workspace",)
    search_fields = ("workspace__slug", "stripe_id")


@admin.register(StripeEvent)
class StripeEventAdmin(ReadOnlyAdmin):
    list_display = ("id", "type", "object_id", "received_at", "handled_at", "attempts", "last_error")
    list_filter = (("handled_at", admin.EmptyFieldListFilter), "type")
    search_fields = ("id", "object_id")


@admin.register(Reconciliation)
class ReconciliationAdmin(ReadOnlyAdmin):
    list_display = ("started_at", "finished_at", "found")

    @admin.display(description="put right")
    def found(self, row: Model) -> int:
        return len(cast("Reconciliation", row).findings)

"""Plans and single entitlements that staff grant: kept for ever. To take one back, let it end now."""

from datetime import datetime
from typing import Any, cast

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.forms import ModelForm
from django.http import HttpRequest

from accounts.models import User
from billing.models import EntitlementGrant, PlanGrant
from billing.services import grants


class GrantForm(ModelForm[Any]):
    def clean_ends_at(self) -> datetime:
        ends_at: datetime = self.cleaned_data["ends_at"]
        if ends_at <= self.instance.created_at:
            raise ValidationError("A grant must end after it was made.")
        return ends_at


class GrantAdmin(admin.ModelAdmin[Any]):
    form = GrantForm
    what: tuple[str, ...] = ()
    list_select_related = ("workspace", "granted_by")
    search_fields = ("workspace__slug", "workspace__name", "reason")
    autocomplete_fields = ("workspace",)
    readonly_fields = ("granted_by", "created_at")

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        return ("workspace", *self.what, "reason", "granted_by", "created_at", "ends_at")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("workspace", *self.what, "reason", "ends_at", "granted_by", "created_at")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("workspace", *self.what, "reason", *self.readonly_fields) if obj else self.readonly_fields

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: grants.Grant, form: ModelForm[Any], change: bool) -> None:
        staff = cast("User", request.user)
        if change:
            grants.end(obj, ends_at=obj.ends_at, by=staff)
        else:
            grants.give(obj, by=staff)


@admin.register(PlanGrant)
class PlanGrantAdmin(GrantAdmin):
    what = ("plan",)
    list_filter = ("plan",)


@admin.register(EntitlementGrant)
class EntitlementGrantAdmin(GrantAdmin):
    what = ("name", "amount")
    list_filter = ("name",)

"""Accounts for staff: who is there, in which workspace, with which keys."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm
from django.core.exceptions import ValidationError
from django.db import transaction
from django.forms import ModelForm
from django.http import HttpRequest

from accounts.admin_site import QuickPaginator
from accounts.models import ApiKey, AuditEntry, Export, Membership, StaffSession, User, Workspace
from accounts.services import audit, workspaces


class ReadOnlyAdmin(admin.ModelAdmin[Any]):
    """To be read."""

    paginator = QuickPaginator
    show_full_result_count = False
    list_per_page = 50

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class NewUserForm(AdminUserCreationForm[User]):
    class Meta:
        model = User
        fields = ("email",)

    def clean_email(self) -> str:
        email = str(self.cleaned_data["email"]).lower()
        if User.objects.filter(email=email).exists():
            raise ValidationError("This address has an account already.")
        return email


@admin.register(User)
class UserAdmin(DjangoUserAdmin[User]):
    list_display = ("email", "display_name", "is_active", "is_staff", "staff_role", "date_joined")
    list_filter = ("is_active", "is_staff", "is_superuser", "staff_role")
    paginator = QuickPaginator
    show_full_result_count = False
    list_per_page = 50
    search_fields = ("email", "display_name")
    ordering = ("email",)
    # Locks and roles have services, which tell the person and the trail.
    readonly_fields = ("is_active", "is_staff", "is_superuser", "staff_role", "date_joined", "last_login")
    filter_horizontal = ()
    fieldsets = (
        (None, {"fields": ("email", "display_name", "password")}),
        ("Rights", {"fields": ("is_active", "is_staff", "is_superuser", "staff_role")}),
        ("Dates", {"fields": ("date_joined", "last_login")}),
    )
    add_form = NewUserForm
    add_fieldsets = ((None, {"fields": ("email", "usable_password", "password1", "password2")}),)

    @transaction.atomic
    def save_model(self, request: HttpRequest, obj: User, form: ModelForm[User], change: bool) -> None:
        super().save_model(request, obj, form, change)
        if not change:
            workspaces.personal(obj)

    def log_addition(self, request: HttpRequest, obj: User, message: Any) -> Any:
        audit.record("user.added", workspace=None, target=obj, about=str(obj.pk))
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: User, message: Any) -> Any:
        fields = ", ".join(name for part in message for name in part.get("changed", {}).get("fields", ()))
        audit.record("user.changed", workspace=None, target=obj, about=str(obj.pk), fields=fields or "nothing")
        return super().log_change(request, obj, message)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """An account is closed by `is_active`; to delete one is its owner's, who may leave no workspace without one."""
        return False


class MembershipInline(admin.TabularInline[Membership, Workspace]):
    """Seen, not changed: who comes and goes does so by the services, which keep an owner and a trail."""

    model = Membership
    fields = readonly_fields = ("user", "role", "created_at")
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Workspace | None = None) -> bool:
        return False


@admin.register(Workspace)
class WorkspaceAdmin(ReadOnlyAdmin):
    list_display = ("name", "slug", "is_personal", "created_at")
    list_filter = ("is_personal",)
    search_fields = ("name", "slug", "members__email")
    readonly_fields = ("created_at",)
    inlines = (MembershipInline,)


@admin.register(Membership)
class MembershipAdmin(ReadOnlyAdmin):
    list_display = ("user", "workspace", "role", "created_at")
    list_filter = ("role",)
    list_select_related = ("user", "workspace")
    search_fields = ("user__email", "workspace__name", "workspace__slug")


@admin.register(ApiKey)
class ApiKeyAdmin(admin.ModelAdmin[ApiKey]):
    """Keys are made by the service, which shows the secret once; here they are seen and their end is set."""

    list_display = ("name", "key_id", "workspace", "created_by", "last_used_at", "expires_at", "revoked_at")
    list_select_related = ("workspace", "created_by")
    search_fields = ("key_id", "name", "workspace__slug", "created_by__email")
    readonly_fields = (
        "key_id",
        "workspace",
        "created_by",
        "scopes",
        "monthly_cap_micros",
        "created_at",
        "last_used_at",
    )
    fields = ("name", *readonly_fields, "expires_at", "revoked_at")
    paginator = QuickPaginator
    show_full_result_count = False
    list_per_page = 50

    def log_change(self, request: HttpRequest, obj: ApiKey, message: Any) -> Any:
        audit.record("key.changed", workspace=obj.workspace, target=obj)
        return super().log_change(request, obj, message)

    def has_delete_permission(self, request: HttpRequest, obj: ApiKey | None = None) -> bool:
        return False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "actor", "action", "target", "workspace", "address")
    list_select_related = ("actor", "workspace")
    search_fields = ("=action", "actor__email", "target", "workspace__slug", "=request_id", "=address")
    ordering = ("-id",)


@admin.register(StaffSession)
class StaffSessionAdmin(ReadOnlyAdmin):
    list_display = ("person", "reason", "address", "began_at", "seen_at", "ended_at")
    list_select_related = ("person",)
    search_fields = ("person__email", "reason")
    ordering = ("-began_at",)


@admin.register(Export)
class ExportAdmin(ReadOnlyAdmin):
    list_display = ("id", "person", "workspace", "status", "attempt", "byte_size", "created_at", "expires_at")
    list_filter = ("status",)
    list_select_related = ("person", "workspace")

"""Generations and feeds for staff: to be read. What changes them are the services."""

from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path

from accounts import staff
from accounts.admin_site import Fetched
from accounts.models import User
from accounts.staff import StaffAction
from billing import amounts, ledger
from billing.admin import ReadOnlyAdmin
from generation import catalog
from generation.models import ApiCall, Feed, Figure, Generation, Outbox, Picture, StorageUse
from generation.services.refund import refund


@admin.register(Feed)
class FeedAdmin(ReadOnlyAdmin):
    list_display = ("id", "workspace", "person", "state", "asked", "seen", "last_seen", "created_at")
    list_filter = ("state",)
    list_select_related = ("workspace", "person")


class PictureChoice(forms.ModelChoiceField[Picture]):
    def label_from_instance(self, obj: Picture) -> str:
        price = amounts.dollars(obj.generation.price_micros)
        return f"Picture {obj.index + 1} of {obj.generation.n}, {price}"


class RefundForm(forms.Form):
    """Which of a generation's pictures to refund, and why."""

    reason = forms.CharField(max_length=200, help_text="The workspace reads it on its statement.")
    field_order = ("picture", "reason")

    def __init__(self, *args: Any, generation: Generation) -> None:
        super().__init__(*args)
        pictures = Picture.objects.filter(generation=generation).select_related("generation")
        self.fields["picture"] = PictureChoice(pictures.order_by("index"))
        self.order_fields(self.field_order)


class ModeFilter(admin.SimpleListFilter):
    """By the catalog: to look up which modes there are takes all rows."""

    title = parameter_name = "mode"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(name, mode.label) for name, mode in catalog.MODES.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Generation]) -> QuerySet[Generation]:
        return queryset.filter(mode=self.value()) if self.value() else queryset


@admin.register(Generation)
class GenerationAdmin(ReadOnlyAdmin):
    list_display = ("id", "workspace", "mode", "status", "attempt", "worker", "created_at")
    list_filter = ("status", ModeFilter, "source")
    list_select_related = ("workspace",)
    ordering = ("-created_at",)
    search_fields = ("=id", "workspace__slug")

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.refund)
        return [path("<path:object_id>/refund/", view, name="generation_generation_refund"), *super().get_urls()]

    def refund(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Give back what one delivered picture cost."""
        if not staff.may(request.user, StaffAction.REFUND):
            raise PermissionDenied
        generation = self.get_object(request, object_id)
        if generation is None:
            raise Http404("No such generation.")
        form = RefundForm(request.POST or None, generation=generation)
        if form.is_valid() and self._give_back(request, form):
            return redirect("admin:generation_generation_change", generation.pk)
        context = self.admin_site.each_context(request) | {
            "form": form,
            "original": generation,
            "title": "Refund a picture",
        }
        return render(request, "admin/generation/generation/refund.html", context)

    def _give_back(self, request: HttpRequest, form: RefundForm) -> bool:
        picture = form.cleaned_data["picture"]
        try:
            micros = refund(picture=picture, reason=form.cleaned_data["reason"], by=cast("User", request.user))
        except ledger.LedgerError:
            form.add_error("picture", "This picture was not charged.")
            return False
        done = f"{amounts.dollars(micros)} went back." if micros else "This picture was refunded before."
        messages.success(request, done)
        return True


@admin.register(Picture)
class PictureAdmin(Fetched, ReadOnlyAdmin):
    list_display = ("id", "workspace", "generation", "index", "seconds", "created_at")
    fetched = ("workspace", "generation")


@admin.register(Outbox)
class OutboxAdmin(ReadOnlyAdmin):
    list_display = ("task", "subject", "workspace", "created_at")
    list_select_related = ("workspace",)


@admin.register(StorageUse)
class StorageUseAdmin(ReadOnlyAdmin):
    list_display = ("workspace", "bytes")
    list_select_related = ("workspace",)


@admin.register(ApiCall)
class ApiCallAdmin(ReadOnlyAdmin):
    list_display = ("request_id", "workspace", "api_key", "method", "path", "status", "error_code", "created_at")
    list_filter = ("outcome",)
    list_select_related = ("workspace", "api_key")
    search_fields = ("=request_id", "workspace__slug")


@admin.register(Figure)
class FigureAdmin(ReadOnlyAdmin):
    list_display = ("name", "span", "begins_at", "value", "counted_at")
    list_filter = ("span", "name")
    ordering = ("-begins_at", "name")

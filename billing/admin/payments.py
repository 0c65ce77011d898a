"""Payments, codes and prices for staff: read here, and changed on the pages of money."""

from django.contrib import admin

from billing import amounts
from billing.admin.read import ReadOnlyAdmin
from billing.models import Adjustment, DataSharing, Price, PromoCode, Purchase, Redemption, TopUp


@admin.register(Purchase)
class PurchaseAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "workspace", "kind", "status", "amount", "returned")
    list_filter = ("kind", "status")
    list_select_related = ("workspace",)
    search_fields = ("workspace__slug", "workspace__name", "session_id", "payment_id")
    date_hierarchy = "created_at"

    @admin.display(ordering="amount_micros")
    def amount(self, purchase: Purchase) -> str:
        return amounts.dollars(purchase.amount_micros)

    @admin.display(ordering="returned_micros", description="paid back")
    def returned(self, purchase: Purchase) -> str:
        return amounts.dollars(purchase.returned_micros) if purchase.returned_micros else ""


@admin.register(Redemption)
class RedemptionAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "code", "workspace", "person")
    list_select_related = ("code", "workspace", "person")
    search_fields = ("code__code", "workspace__slug")


@admin.register(TopUp)
class TopUpAdmin(ReadOnlyAdmin):
    list_display = ("workspace", "is_on", "threshold_micros", "amount_micros", "monthly_limit_micros", "failure")
    list_filter = ("is_on",)
    list_select_related = ("workspace",)


@admin.register(DataSharing)
class DataSharingAdmin(ReadOnlyAdmin):
    list_display = ("workspace", "started_at", "ended_at", "withdrawn_at")
    list_select_related = ("workspace",)
    search_fields = ("workspace__slug",)


@admin.display(description="price", ordering="micros")
def _price(price: Price) -> str:
    return amounts.dollars(price.micros)


@admin.register(Price)
class PriceAdmin(ReadOnlyAdmin):
    list_display = ("item", _price, "valid_from", "reason", "set_by", "created_at")
    list_filter = ("item",)
    list_select_related = ("set_by",)
    ordering = ("-valid_from", "item")


@admin.display(description="credit", ordering="amount_micros")
def _credit(code: PromoCode) -> str:
    return amounts.dollars(code.amount_micros)


@admin.register(PromoCode)
class PromoCodeAdmin(ReadOnlyAdmin):
    list_display = ("code", _credit, "credit_days", "uses", "max_uses", "ends_at", "reason", "made_by")
    list_select_related = ("made_by",)
    search_fields = ("code", "reason")
    ordering = ("-created_at",)


@admin.display(description="amount", ordering="micros")
def _adjusted(adjustment: Adjustment) -> str:
    return amounts.dollars(adjustment.micros)


@admin.register(Adjustment)
class AdjustmentAdmin(ReadOnlyAdmin):
    list_display = ("asked_at", "workspace", _adjusted, "state", "reason", "asked_by", "decided_by")
    list_filter = ("state",)
    list_select_related = ("workspace", "asked_by", "decided_by")
    search_fields = ("workspace__slug", "reason")
    ordering = ("-asked_at",)

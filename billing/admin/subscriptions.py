"""What Stripe says of workspaces, and what the nightly comparison found: read, never edited."""

from django.contrib import admin

from billing.admin.read import ReadOnlyAdmin
from billing.models import Customer, Reconciliation, Subscription


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


@admin.register(Reconciliation)
class ReconciliationAdmin(ReadOnlyAdmin):
    list_display = ("started_at", "finished_at", "found")
    ordering = ("-started_at",)

    @admin.display(description="put right")
    def found(self, row: Reconciliation) -> int:
        return len(row.findings)

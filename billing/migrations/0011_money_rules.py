"""Walls around what belongs to workspaces, and prices that are never changed."""

from django.db import migrations

from accounts.walls import wall

WALLED = ("customer", "subscription", "entitlementgrant", "purchase", "topup", "redemption", "datasharing")
KEEP_PRICES = """
create trigger billing_price_append_only before update or delete on billing_price
    for each row execute function billing_refuse_change()
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0010_money")]
    operations = [
        *(wall(f"billing_{table}") for table in WALLED),
        migrations.RunSQL(KEEP_PRICES, "drop trigger billing_price_append_only on billing_price"),
    ]

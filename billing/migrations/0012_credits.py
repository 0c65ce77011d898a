"""The card that automatic top-up charges."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("billing", "0012_subs")]
    operations = [
        migrations.AddField(
            model_name="topup",
            name="card_id",
            field=models.CharField(
                blank=True, default="", help_text="the payment method; empty: no card is saved", max_length=64
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="topup",
            name="card_brand",
            field=models.CharField(blank=True, default="", max_length=20),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="topup",
            name="card_last4",
            field=models.CharField(blank=True, default="", max_length=4),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="topup",
            name="card_made_at",
            field=models.DateTimeField(
                help_text="at Stripe: no late message brings an older card back", null=True
            ),
        ),
    ]

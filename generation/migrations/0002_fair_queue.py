from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):

    dependencies = [
        ("generation", "0001_initial"),
    ]

    operations = [
        migrations.RemoveField(model_name="generation", name="enqueued_at"),
        migrations.AddField(
            model_name="generation",
            name="turn",
            field=models.FloatField(default=0, help_text="start tag in the fair order of the queue, smaller first"),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="generation",
            name="turn_end",
            field=models.FloatField(
                default=0, help_text="finish tag: where the workspace's next generation starts at the earliest"
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="generation",
            name="lanes",
            field=models.PositiveSmallIntegerField(
                default=2, help_text="generations of the workspace that may run at once"
            ),
            preserve_default=False,
        ),
        migrations.RemoveIndex(model_name="generation", name="generation_open"),
        migrations.AddIndex(
            model_name="generation",
            index=models.Index(
                fields=["status", "turn"], condition=Q(status__in=["queued", "running"]), name="generation_open"
            ),
        ),
        migrations.AddIndex(
            model_name="generation",
            index=models.Index(fields=["turn"], condition=Q(started_at__isnull=False), name="generation_served"),
        ),
        migrations.AddIndex(
            model_name="generation",
            index=models.Index(fields=["workspace", "turn_end"], name="generation_turn_end"),
        ),
    ]

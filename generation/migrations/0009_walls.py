from django.db import migrations

from accounts.walls import wall


class Migration(migrations.Migration):
    dependencies = [("generation", "0004_privacy"), ("accounts", "0009_walls")]
    operations = [wall(f"generation_{table}") for table in ("feed", "generation", "picture", "outbox")]

from django.db import migrations

from accounts.walls import SEES, UNSEES, wall


class Migration(migrations.Migration):
    dependencies = [("accounts", "0006_trail")]
    operations = [
        migrations.RunSQL(SEES, UNSEES),
        wall("accounts_membership"),
        wall("accounts_apikey"),
        wall("accounts_auditentry"),
        wall("accounts_invitation"),
        wall("accounts_export"),
    ]


import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0001_initial'),
        ('generation', '0002_fair_queue'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Feed',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('prompt', models.TextField(help_text='of the next picture', max_length=1000)),
                ('width', models.PositiveIntegerField()),
                ('height', models.PositiveIntegerField()),
                ('seed', models.BigIntegerField(help_text='of the first picture')),
                ('state', models.CharField(choices=[('running', 'Running'), ('paused', 'Paused'), ('ended', 'Ended')], default='running', max_length=16)),
                ('asked', models.PositiveIntegerField(default=0, help_text="pictures asked for so far: the next one's index")),
                ('seen', models.PositiveIntegerField(default=0, help_text='of these, how many the reader has come to')),
                ('trouble', models.TextField(blank=True, help_text='why the next picture could not be asked for')),
                ('last_seen', models.DateTimeField(auto_now_add=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('person', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.workspace')),
            ],
        ),
        migrations.AddIndex(
            model_name='feed',
            index=models.Index(models.F('workspace'), models.OrderBy(models.F('created_at'), descending=True), name='feed_newest'),
        ),
        migrations.AddIndex(
            model_name='feed',
            index=models.Index(condition=models.Q(('state', 'ended'), _negated=True), fields=['last_seen'], name='feed_open'),
        ),
        migrations.AddField(
            model_name='generation',
            name='feed',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='generations', to='generation.feed'),
        ),
        migrations.AddField(
            model_name='generation',
            name='feed_index',
            field=models.PositiveIntegerField(blank=True, help_text='its place in the feed, from 0', null=True),
        ),
        migrations.AddConstraint(
            model_name='generation',
            constraint=models.UniqueConstraint(fields=('feed', 'feed_index'), name='generation_one_a_place_in_a_feed'),
        ),
    ]

import django.db.models.deletion
import django.db.models.functions.text
import django.utils.timezone
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0009_walls'),
        ('billing', '0009_walls'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Customer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('stripe_id', models.CharField(max_length=64, unique=True)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
            ],
        ),
        migrations.CreateModel(
            name='DataSharing',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('started_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('ended_at', models.DateTimeField(null=True)),
                ('withdrawn_at', models.DateTimeField(help_text='when what was shared in it was taken back', null=True)),
            ],
            options={
                'verbose_name_plural': 'data sharing',
            },
        ),
        migrations.CreateModel(
            name='EntitlementGrant',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(choices=[('pro', 'Pro pictures'), ('video', 'Video'), ('speed_a_day', 'Speed pictures a day'), ('quality_a_day', 'Quality pictures a day'), ('pro_a_day', 'Pro pictures a day'), ('running', 'Generations drawn at once'), ('queued', 'Generations open at once'), ('weight', 'Share of a busy site'), ('storage', 'Storage in GB'), ('members', 'Members'), ('adapters', 'Adapters')], max_length=20)),
                ('amount', models.PositiveIntegerField(default=1, help_text="the new value, where it is better than the plan's")),
                ('reason', models.CharField(max_length=200)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('ends_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='Price',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('item', models.CharField(choices=[('speed', 'Speed image'), ('quality', 'Quality image'), ('pro', 'Pro image'), ('video_second', 'Second of video'), ('lora_run', 'LoRA training run')], max_length=16)),
                ('micros', models.BigIntegerField(help_text='micro-dollars')),
                ('valid_from', models.DateTimeField()),
                ('reason', models.CharField(max_length=200)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
            ],
        ),
        migrations.CreateModel(
            name='PromoCode',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=40, unique=True)),
                ('amount_micros', models.BigIntegerField()),
                ('credit_days', models.PositiveIntegerField(default=365, help_text='how long the credit lasts')),
                ('max_uses', models.PositiveIntegerField(blank=True, help_text='empty: any number', null=True)),
                ('uses', models.PositiveIntegerField(default=0, editable=False)),
                ('ends_at', models.DateTimeField(blank=True, help_text='until when it can be redeemed; empty: always', null=True)),
                ('reason', models.CharField(max_length=200)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
            ],
        ),
        migrations.CreateModel(
            name='Purchase',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('plan', 'Plan'), ('credit', 'Credit'), ('top_up', 'Top Up')], max_length=8)),
                ('status', models.CharField(choices=[('open', 'Open'), ('paid', 'Paid'), ('failed', 'Failed'), ('expired', 'Expired')], default='open', max_length=8)),
                ('plan', models.CharField(blank=True, choices=[('super', 'Super'), ('team', 'Team')], max_length=16)),
                ('interval', models.CharField(blank=True, choices=[('month', 'Month'), ('year', 'Year')], max_length=8)),
                ('amount_micros', models.BigIntegerField(default=0)),
                ('returned_micros', models.BigIntegerField(default=0)),
                ('session_id', models.CharField(help_text='the checkout', max_length=120, null=True, unique=True)),
                ('session_url', models.TextField(blank=True)),
                ('payment_id', models.CharField(help_text='the payment intent', max_length=64, null=True, unique=True)),
                ('failure', models.CharField(blank=True, help_text='why it failed, for people', max_length=200)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('expires_at', models.DateTimeField(null=True)),
                ('settled_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Redemption',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
            ],
        ),
        migrations.CreateModel(
            name='StripeEvent',
            fields=[
                ('id', models.CharField(max_length=64, primary_key=True, serialize=False)),
                ('type', models.CharField(max_length=80)),
                ('api_version', models.CharField(blank=True, max_length=40)),
                ('object_id', models.CharField(blank=True, max_length=64)),
                ('created_at', models.DateTimeField(help_text='at Stripe')),
                ('received_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('handled_at', models.DateTimeField(null=True)),
                ('attempts', models.PositiveIntegerField(default=0)),
                ('last_error', models.TextField(blank=True)),
            ],
        ),
        migrations.CreateModel(
            name='Subscription',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('stripe_id', models.CharField(max_length=64, unique=True)),
                ('plan', models.CharField(choices=[('super', 'Super'), ('team', 'Team')], max_length=16)),
                ('interval', models.CharField(choices=[('month', 'Month'), ('year', 'Year')], max_length=8)),
                ('seats', models.PositiveIntegerField(default=1)),
                ('status', models.CharField(choices=[('incomplete', 'Incomplete'), ('incomplete_expired', 'Incomplete Expired'), ('trialing', 'Trialing'), ('active', 'Active'), ('past_due', 'Past Due'), ('unpaid', 'Unpaid'), ('canceled', 'Canceled'), ('paused', 'Paused')], max_length=20)),
                ('period_start', models.DateTimeField()),
                ('period_end', models.DateTimeField()),
                ('cancel_at', models.DateTimeField(blank=True, help_text='when it ends, where that is decided', null=True)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('past_due_since', models.DateTimeField(blank=True, help_text='the grace runs from here', null=True)),
                ('told_past_due_at', models.DateTimeField(blank=True, help_text='when owners were last written to', null=True)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('read_at', models.DateTimeField(help_text='when Stripe was last asked')),
            ],
        ),
        migrations.CreateModel(
            name='TopUp',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('threshold_micros', models.BigIntegerField()),
                ('amount_micros', models.BigIntegerField()),
                ('monthly_limit_micros', models.BigIntegerField()),
                ('is_on', models.BooleanField(default=True)),
                ('failure', models.CharField(blank=True, help_text='why it was turned off, for people', max_length=200)),
                ('set_at', models.DateTimeField(default=django.utils.timezone.now)),
            ],
        ),
        migrations.RemoveConstraint(
            model_name='account',
            name='billing_one_account_a_kind',
        ),
        migrations.RemoveConstraint(
            model_name='account',
            name='billing_never_below_zero',
        ),
        migrations.AddField(
            model_name='account',
            name='created_at',
            field=models.DateTimeField(default=django.utils.timezone.now, editable=False),
        ),
        migrations.AddField(
            model_name='account',
            name='expires_at',
            field=models.DateTimeField(blank=True, help_text='when a gift ends; empty: never', null=True),
        ),
        migrations.AddField(
            model_name='account',
            name='proved_at',
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name='account',
            name='proved_posting',
            field=models.BigIntegerField(default=0, editable=False),
        ),
        migrations.AddField(
            model_name='account',
            name='proved_sum',
            field=models.BigIntegerField(default=0, editable=False),
        ),
        migrations.AddField(
            model_name='account',
            name='source',
            field=models.CharField(blank=True, choices=[('welcome', 'Welcome gift'), ('sharing', 'Data sharing'), ('code', 'Promo code'), ('staff', 'From the people who run this site')], help_text='of a gift', max_length=16),
        ),
        migrations.AddField(
            model_name='transaction',
            name='made_by',
            field=models.ForeignKey(blank=True, db_constraint=False, help_text='the member of staff, where one moved it', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='transaction',
            name='reason',
            field=models.CharField(blank=True, help_text='as the workspace reads it', max_length=200),
        ),
        migrations.AddField(
            model_name='transaction',
            name='reference',
            field=models.CharField(blank=True, help_text='the payment at Stripe', max_length=120),
        ),
        migrations.AlterField(
            model_name='account',
            name='kind',
            field=models.CharField(choices=[('wallet', 'Wallet'), ('gift', 'Gift'), ('held', 'Held'), ('promo', 'Promo'), ('cash', 'Cash'), ('revenue', 'Revenue'), ('losses', 'Losses')], max_length=16),
        ),
        migrations.AlterField(
            model_name='plangrant',
            name='granted_by',
            field=models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AlterField(
            model_name='posting',
            name='transaction',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='postings', to='billing.transaction'),
        ),
        migrations.AlterField(
            model_name='transaction',
            name='created_at',
            field=models.DateTimeField(default=django.utils.timezone.now, editable=False),
        ),
        migrations.AlterField(
            model_name='transaction',
            name='kind',
            field=models.CharField(choices=[('grant', 'Gift'), ('purchase', 'Credit bought'), ('reserve', 'Reserved'), ('capture', 'Delivered'), ('release', 'Given back'), ('refund', 'Refund of a picture'), ('return', 'Paid back'), ('dispute', 'Taken back by the bank'), ('reinstate', 'Dispute won'), ('adjust', 'Adjustment'), ('expire', 'Gift ended')], max_length=16),
        ),
        migrations.AddIndex(
            model_name='account',
            index=models.Index(condition=models.Q(('balance__gt', 0), ('kind', 'gift')), fields=['expires_at'], name='billing_gift_ending'),
        ),
        migrations.AddIndex(
            model_name='posting',
            index=models.Index(fields=['account', 'id'], include=('amount',), name='billing_posting_of_account'),
        ),
        migrations.AddIndex(
            model_name='transaction',
            index=models.Index(fields=['workspace', '-created_at', '-id'], name='billing_newest'),
        ),
        migrations.AddConstraint(
            model_name='account',
            constraint=models.UniqueConstraint(condition=models.Q(('kind', 'gift'), _negated=True), fields=('workspace', 'kind'), name='billing_one_account_a_kind'),
        ),
        migrations.AddConstraint(
            model_name='account',
            constraint=models.UniqueConstraint(condition=models.Q(('source', 'welcome')), fields=('workspace',), name='billing_one_welcome_a_workspace'),
        ),
        migrations.AddConstraint(
            model_name='account',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind__in', ['wallet', 'held', 'gift']), _negated=True), ('balance__gte', 0), _connector='OR'), name='billing_never_below_zero'),
        ),
        migrations.AddConstraint(
            model_name='account',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(models.Q(('kind', 'gift')), models.Q(('source', ''), _negated=True)), models.Q(models.Q(('kind', 'gift'), _negated=True), models.Q(('expires_at', None), ('source', ''))), _connector='OR'), name='billing_gifts_have_a_source'),
        ),
        migrations.AddField(
            model_name='customer',
            name='workspace',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.workspace'),
        ),
        migrations.AddField(
            model_name='datasharing',
            name='ended_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='datasharing',
            name='started_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='datasharing',
            name='workspace',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.workspace'),
        ),
        migrations.AddField(
            model_name='entitlementgrant',
            name='granted_by',
            field=models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='entitlementgrant',
            name='workspace',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.workspace'),
        ),
        migrations.AddField(
            model_name='price',
            name='set_by',
            field=models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='promocode',
            name='made_by',
            field=models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='purchase',
            name='person',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='purchase',
            name='workspace',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.workspace'),
        ),
        migrations.AddField(
            model_name='redemption',
            name='code',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='billing.promocode'),
        ),
        migrations.AddField(
            model_name='redemption',
            name='person',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='redemption',
            name='workspace',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.workspace'),
        ),
        migrations.AddIndex(
            model_name='stripeevent',
            index=models.Index(condition=models.Q(('handled_at', None)), fields=['received_at'], name='billing_event_waiting'),
        ),
        migrations.AddField(
            model_name='subscription',
            name='workspace',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.workspace'),
        ),
        migrations.AddField(
            model_name='topup',
            name='set_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='topup',
            name='workspace',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.workspace'),
        ),
        migrations.AddConstraint(
            model_name='datasharing',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('workspace',), name='billing_shares_once_at_a_time'),
        ),
        migrations.AddIndex(
            model_name='entitlementgrant',
            index=models.Index(fields=['workspace', 'ends_at'], name='billing_entitlement_of'),
        ),
        migrations.AddConstraint(
            model_name='entitlementgrant',
            constraint=models.CheckConstraint(condition=models.Q(('ends_at__gt', models.F('created_at'))), name='billing_entitlement_ends_after_it_began'),
        ),
        migrations.AddConstraint(
            model_name='price',
            constraint=models.UniqueConstraint(fields=('item', 'valid_from'), name='billing_one_price_at_a_time'),
        ),
        migrations.AddConstraint(
            model_name='price',
            constraint=models.CheckConstraint(condition=models.Q(('micros__gt', 0)), name='billing_price_above_zero'),
        ),
        migrations.AddConstraint(
            model_name='price',
            constraint=models.CheckConstraint(condition=models.Q(('valid_from__gte', models.F('created_at'))), name='billing_price_not_of_the_past'),
        ),
        migrations.AddConstraint(
            model_name='promocode',
            constraint=models.CheckConstraint(condition=models.Q(('amount_micros__gt', 0)), name='billing_code_gives_something'),
        ),
        migrations.AddConstraint(
            model_name='promocode',
            constraint=models.CheckConstraint(condition=models.Q(('code', django.db.models.functions.text.Upper('code'))), name='billing_code_is_upper_case'),
        ),
        migrations.AddConstraint(
            model_name='promocode',
            constraint=models.CheckConstraint(condition=models.Q(('max_uses', None), ('uses__lte', models.F('max_uses')), _connector='OR'), name='billing_code_not_overused'),
        ),
        migrations.AddIndex(
            model_name='purchase',
            index=models.Index(fields=['workspace', '-created_at'], name='billing_purchase_newest'),
        ),
        migrations.AddIndex(
            model_name='purchase',
            index=models.Index(condition=models.Q(('status', 'open')), fields=['created_at'], name='billing_purchase_open'),
        ),
        migrations.AddConstraint(
            model_name='purchase',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('amount_micros', 0), ('kind', 'plan')), models.Q(models.Q(('kind', 'plan'), _negated=True), ('amount_micros__gt', 0)), _connector='OR'), name='billing_purchase_of_something'),
        ),
        migrations.AddConstraint(
            model_name='purchase',
            constraint=models.CheckConstraint(condition=models.Q(('returned_micros__gte', 0), ('returned_micros__lte', models.F('amount_micros'))), name='billing_no_more_returned_than_paid'),
        ),
        migrations.AddConstraint(
            model_name='redemption',
            constraint=models.UniqueConstraint(fields=('code', 'workspace'), name='billing_code_once_a_workspace'),
        ),
        migrations.AddConstraint(
            model_name='redemption',
            constraint=models.UniqueConstraint(fields=('code', 'person'), name='billing_code_once_a_person'),
        ),
        migrations.AddIndex(
            model_name='subscription',
            index=models.Index(fields=['workspace', 'status'], name='billing_subscription_of'),
        ),
    ]

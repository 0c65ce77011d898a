"""What is done again and again, without anybody asking: the tasks and how often, in seconds or at an hour in UTC."""

from typing import Any

from celery.schedules import crontab

BEAT: dict[str, dict[str, Any]] = {
    "flush-outbox": {"task": "generation.tasks.flush_outbox", "schedule": 5.0, "options": {"expires": 5}},
    "recover": {"task": "generation.tasks.recover", "schedule": 5.0, "options": {"expires": 5}},
    "feeds": {"task": "generation.tasks.pause_idle_feeds", "schedule": 5.0, "options": {"expires": 5}},
    "webhooks": {"task": "generation.tasks.send_due", "schedule": 5.0, "options": {"expires": 5}},
    "batches": {"task": "generation.tasks.feed_batches", "schedule": 5.0, "options": {"expires": 5}},
    "make-exports": {"task": "accounts.tasks.make_exports", "schedule": 5.0, "options": {"expires": 5}},
    "make-zips": {"task": "generation.tasks.make_zips", "schedule": 2.0, "options": {"expires": 2}},
    "expire-zips": {"task": "generation.tasks.expire_zips", "schedule": 600.0, "options": {"expires": 600}},
    "empty-bins": {"task": "generation.tasks.empty_bins", "schedule": 600.0, "options": {"expires": 600}},
    "tell-members": {"task": "accounts.tasks.tell_members", "schedule": 5.0, "options": {"expires": 5}},
    "stripe-events": {"task": "billing.tasks.handle_events", "schedule": 15.0, "options": {"expires": 15}},
    "letters-of-money": {"task": "billing.tasks.write_letters", "schedule": 3600.0, "options": {"expires": 3600}},
    "top-up": {"task": "billing.tasks.top_up_all", "schedule": 60.0, "options": {"expires": 60}},
    "data-sharing": {"task": "billing.tasks.give_for_sharing", "schedule": 3600.0, "options": {"expires": 3600}},
    # At an hour of the day: a restart would begin a count of seconds anew.
    "reconcile": {"task": "billing.tasks.reconcile", "schedule": crontab(hour="3", minute="20")},
    "erase": {"task": "accounts.tasks.erase", "schedule": 60.0, "options": {"expires": 60}},
    "expire-exports": {"task": "accounts.tasks.expire_exports", "schedule": 600.0, "options": {"expires": 600}},
    "expire-gifts": {"task": "billing.tasks.expire_gifts", "schedule": 600.0, "options": {"expires": 600}},
    "prove-ledger": {"task": "billing.tasks.prove_ledger", "schedule": crontab(hour=3, minute=10)},
    "count-figures": {"task": "generation.tasks.count_figures", "schedule": 300.0, "options": {"expires": 300}},
    "forget-calls": {"task": "generation.tasks.forget_calls", "schedule": 3600.0, "options": {"expires": 3600}},
    "forget-deliveries": {"task": "generation.tasks.forget_deliveries", "schedule": crontab(hour="3", minute="50")},
    "recount-storage": {"task": "generation.tasks.recount_storage", "schedule": crontab(hour="3", minute="40")},
}

from django.apps import AppConfig


class BillingConfig(AppConfig):
    name = "billing"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from allauth.account.signals import email_confirmed

        from accounts.services import rooms, switches
        from accounts.signals import api_key_created, members_changed
        from billing import personal, plans
        from billing.services import (  # noqa: F401  # most of them register what they do with events
            charging,
            checkout,
            credit,
            disputes,
            low,
            returns,
            seats,
            top_up,
            welcome,
        )
        from billing.signals import credit_reserved

        api_key_created.connect(welcome.on_api_key, dispatch_uid="billing.welcome")
        email_confirmed.connect(welcome.on_email_confirmed, dispatch_uid="billing.welcome_later")
        credit_reserved.connect(top_up.on_reserved, dispatch_uid="billing.top_up")
        credit_reserved.connect(low.on_reserved, dispatch_uid="billing.low")
        members_changed.connect(seats.members_changed, dispatch_uid="billing.seats")
        rooms.door(seats.demand_room)
        personal.register_all()
        switches.know_plans(plans.name_of)

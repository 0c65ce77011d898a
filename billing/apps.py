from django.apps import AppConfig


class BillingConfig(AppConfig):
    name = "billing"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from accounts.services import rooms
        from accounts.signals import api_key_created, members_changed
        from billing import personal, welcome
        from billing.services import checkout, disputes, seats  # noqa: F401  # they register what handles events

        api_key_created.connect(welcome.give, dispatch_uid="billing.welcome")
        members_changed.connect(seats.members_changed, dispatch_uid="billing.seats")
        rooms.door(seats.demand_room)
        personal.register_all()

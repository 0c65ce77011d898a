from django.apps import AppConfig


class BillingConfig(AppConfig):
    name = "billing"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from accounts.signals import api_key_created
        from billing import personal, welcome
        from billing.services import purchases  # noqa: F401  # registers what handles events

        api_key_created.connect(welcome.give, dispatch_uid="billing.welcome")
        personal.register_all()

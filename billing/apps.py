from django.apps import AppConfig


class BillingConfig(AppConfig):
    name = "billing"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from allauth.account.signals import email_confirmed

        from accounts.signals import api_key_created
        from billing import personal
        from billing.services import cards, charging, credit, purchases, returns, top_up, welcome  # noqa: F401  # register what handles events
        from billing.signals import credit_reserved

        api_key_created.connect(welcome.on_api_key, dispatch_uid="billing.welcome")
        email_confirmed.connect(welcome.on_email_confirmed, dispatch_uid="billing.welcome_later")
        credit_reserved.connect(top_up.on_reserved, dispatch_uid="billing.top_up")
        personal.register_all()

from django.apps import AppConfig


class GenerationConfig(AppConfig):
    name = "generation"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from accounts.services import jobs
        from billing.services import statement
        from billing.signals import credit_low, sharing_withdrawn
        from generation import personal
        from generation.services import data_set, happenings, holds, shared_data

        sharing_withdrawn.connect(shared_data.withdraw_soon, dispatch_uid="generation.shared_data")
        credit_low.connect(happenings.credit_low, dispatch_uid="generation.credit_low")
        personal.register_all()
        jobs.on_demand(data_set.EXPORT)
        statement.describe_holds(holds.describe)

from django.apps import AppConfig


class GenerationConfig(AppConfig):
    name = "generation"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from billing.services import statement
        from generation import personal
        from generation.services import holds

        personal.register_all()
        statement.describe_holds(holds.describe)

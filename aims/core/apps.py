from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate


class CoreConfig(AppConfig):
    name = "aims.core"
    label = "core"

    def ready(self) -> None:
        from aims import celery  # noqa: F401 - makes the portal's queue the one that tasks are sent to
        from aims.core import checks, registration
        from aims.core.tenancy import policies

        pre_migrate.connect(policies.make_way, sender=self, dispatch_uid="aims.core.past")
        post_migrate.connect(policies.install, sender=self, dispatch_uid="aims.core.policies")
        checks.register_all()
        registration.register()

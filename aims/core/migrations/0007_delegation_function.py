from pathlib import Path

from django.db import migrations

DELEGATIONS = Path(__file__).parent.parent / "sql" / "delegations.sql"


class Migration(migrations.Migration):
    dependencies = [("core", "0006_separation")]

    operations = [migrations.RunSQL(DELEGATIONS.read_text(), migrations.RunSQL.noop)]

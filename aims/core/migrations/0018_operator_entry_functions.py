from pathlib import Path

from django.db import migrations

OPERATOR_ENTRY = Path(__file__).parent.parent / "sql" / "operator_entry.sql"


class Migration(migrations.Migration):
    dependencies = [("core", "0017_operator_entry")]

    operations = [migrations.RunSQL(OPERATOR_ENTRY.read_text(), migrations.RunSQL.noop)]

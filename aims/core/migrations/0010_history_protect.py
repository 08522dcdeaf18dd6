from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent.parent / "sql" / "history.sql"


class Migration(migrations.Migration):
    dependencies = [("core", "0009_api_keys_limited_and_rotated")]

    operations = [migrations.RunSQL(SQL.read_text(), migrations.RunSQL.noop)]

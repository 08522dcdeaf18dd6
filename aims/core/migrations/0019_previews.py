from pathlib import Path

from django.db import migrations

PREVIEWS = Path(__file__).parent.parent / "sql" / "previews.sql"


class Migration(migrations.Migration):
    dependencies = [("core", "0018_operator_entry_functions")]

    operations = [migrations.RunSQL(PREVIEWS.read_text(), migrations.RunSQL.noop)]

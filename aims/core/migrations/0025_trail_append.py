from pathlib import Path

from django.db import migrations

APPEND = Path(__file__).parent.parent / "sql" / "trail_append.sql"


class Migration(migrations.Migration):
    dependencies = [("core", "0024_saml_proved_at")]

    # What it replaces does the same with more statements, so that going back leaves it.
    operations = [migrations.RunSQL(APPEND.read_text(), migrations.RunSQL.noop)]

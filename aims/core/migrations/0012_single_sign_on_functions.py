from pathlib import Path

from django.db import migrations

FUNCTIONS = Path(__file__).parent.parent / "sql" / "sign_in.sql"


class Migration(migrations.Migration):
    dependencies = [("core", "0011_single_sign_on")]

    operations = [migrations.RunSQL(FUNCTIONS.read_text(), migrations.RunSQL.noop)]

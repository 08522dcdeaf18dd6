from pathlib import Path

from django.db import migrations

ERASURE = Path(__file__).parent.parent / "sql" / "erasure.sql"
REMOVAL = "DROP FUNCTION erase_member_history(bigint); DROP FUNCTION account_needed_elsewhere(bigint)"


class Migration(migrations.Migration):
    dependencies = [("core", "0013_erasure")]

    operations = [migrations.RunSQL(ERASURE.read_text(), REMOVAL)]

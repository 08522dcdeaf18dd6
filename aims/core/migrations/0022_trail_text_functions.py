from pathlib import Path

from django.db import migrations

TEXTS = Path(__file__).parent.parent / "sql" / "trail_texts.sql"
REMOVAL = """DROP FUNCTION erase_trail_texts(bigint);
DROP TRIGGER refuse_truncate ON core_trailtext;
DROP TRIGGER trail_text_protect ON core_trailtext;
DROP FUNCTION trail_text_protect()"""


class Migration(migrations.Migration):
    dependencies = [("core", "0021_trail_texts")]

    operations = [migrations.RunSQL(TEXTS.read_text(), REMOVAL)]

from django.db import migrations

TABLES = ("inventory_metricreading", "inventory_readingbatch")
PROTECT = "\n".join(
    f"""
REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM portal_app;
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON {table}
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON {table}
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_truncate();"""
    for table in TABLES
)
RELEASE = "\n".join(
    f"DROP TRIGGER refuse_truncate ON {table}; DROP TRIGGER refuse_change ON {table};" for table in TABLES
)


class Migration(migrations.Migration):
    dependencies = [("inventory", "0006_monitoring"), ("core", "0014_erasure_functions")]

    operations = [migrations.RunSQL(PROTECT, RELEASE)]

from django.db import migrations

# How many AI systems each organization has registered, for the operators' list; nothing about them.
CREATE = """
CREATE FUNCTION operator_systems() RETURNS TABLE (organization_id bigint, total bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT s.organization_id, count(*) FROM inventory_aisystem s GROUP BY 1
$$;
ALTER FUNCTION operator_systems() OWNER TO portal_lookup;
REVOKE EXECUTE ON FUNCTION operator_systems() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION operator_systems() TO portal_operator;
"""


class Migration(migrations.Migration):
    dependencies = [("inventory", "0002_row_history"), ("core", "0008_operators")]

    operations = [migrations.RunSQL(CREATE, "DROP FUNCTION operator_systems()")]

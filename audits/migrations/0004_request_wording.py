from django.db import migrations

#: Whoever asks: what the other side has read stays as it was asked.
WORDING = """
CREATE FUNCTION request_wording() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'a request that was sent keeps its wording and is no draft again'
    USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER request_wording BEFORE UPDATE ON audits_auditrequest FOR EACH ROW
  WHEN (OLD.state <> 'draft' AND (NEW.state = 'draft'
        OR (OLD.title, OLD.question, OLD.requirements, OLD.due_date)
           IS DISTINCT FROM (NEW.title, NEW.question, NEW.requirements, NEW.due_date)))
  EXECUTE FUNCTION request_wording();
"""
REMOVAL = "DROP TRIGGER request_wording ON audits_auditrequest; DROP FUNCTION request_wording()"


class Migration(migrations.Migration):
    dependencies = [("audits", "0003_auditor_portal")]

    operations = [migrations.RunSQL(WORDING, REMOVAL)]

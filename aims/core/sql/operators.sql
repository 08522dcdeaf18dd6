-- Operators of the installation: a trail of their own, two walls around what only they may change, and
-- counts of every organization without its content.

CREATE FUNCTION operator_event_chain() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE last core_operatorevent;
BEGIN
  PERFORM pg_advisory_xact_lock(4200102);
  SELECT * INTO last FROM core_operatorevent ORDER BY seq DESC LIMIT 1;
  NEW.seq := coalesce(last.seq, 0) + 1;
  NEW.previous := coalesce(last.hash, sha256(convert_to('genesis:operators', 'UTF8')));
  NEW.hash := sha256(NEW.previous || int8send(NEW.seq) || convert_to(NEW.body, 'UTF8'));
  RETURN NEW;
END $$;

CREATE FUNCTION operators_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% of % is changed by operators only', TG_ARGV[0], TG_TABLE_NAME
    USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE TRIGGER operator_event_chain BEFORE INSERT ON core_operatorevent
  FOR EACH ROW EXECUTE FUNCTION operator_event_chain();
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON core_operatorevent
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON core_operatorevent
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_truncate();
CREATE TRIGGER operators_only BEFORE UPDATE ON core_organization FOR EACH ROW
  WHEN ((OLD.suspended_at IS DISTINCT FROM NEW.suspended_at
         OR OLD.suspension_reason IS DISTINCT FROM NEW.suspension_reason)
        AND current_user <> 'portal_operator')
  EXECUTE FUNCTION operators_only('the suspension');
CREATE TRIGGER operators_only BEFORE UPDATE ON core_person FOR EACH ROW
  WHEN (OLD.is_operator IS DISTINCT FROM NEW.is_operator AND current_user <> 'portal_operator')
  EXECUTE FUNCTION operators_only('who is an operator');
CREATE TRIGGER operators_only_insert BEFORE INSERT ON core_person FOR EACH ROW
  WHEN (NEW.is_operator AND current_user <> 'portal_operator')
  EXECUTE FUNCTION operators_only('who is an operator');

CREATE FUNCTION operator_counts() RETURNS TABLE (
  organization_id bigint, people bigint, storage bigint, last_activity timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT o.id,
         (SELECT count(*) FROM core_member m WHERE m.organization_id = o.id AND m.is_active),
         (SELECT coalesce(sum(b.size), 0)::bigint FROM core_blob b WHERE b.organization_id = o.id),
         (SELECT max(t.at) FROM core_trailevent t WHERE t.organization_id = o.id)
    FROM core_organization o
$$;

CREATE FUNCTION operator_work() RETURNS TABLE (
  organization_id bigint, work text, state varchar, total bigint, oldest timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT j.organization_id, 'job', j.state, count(*), min(j.created_at) FROM core_job j
   WHERE j.state <> 'done' GROUP BY 1, 3
  UNION ALL
  SELECT m.organization_id, 'mail', m.state, count(*), min(m.created_at) FROM core_mail m
   WHERE m.state <> 'sent' GROUP BY 1, 3
$$;

-- As before, but what belongs to a suspended organization waits until it is resumed.
CREATE OR REPLACE FUNCTION waiting_work(quiet interval)
RETURNS TABLE (work text, organization_id bigint, work_id bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT 'job', j.organization_id, j.id
    FROM core_job j JOIN core_organization o ON o.id = j.organization_id AND o.suspended_at IS NULL
   WHERE (j.state = 'queued' AND coalesce(j.nudged_at, j.created_at) < now() - quiet)
      OR (j.state = 'running' AND j.lease_until < now())
  UNION ALL
  SELECT 'mail', m.organization_id, m.id
    FROM core_mail m JOIN core_organization o ON o.id = m.organization_id AND o.suspended_at IS NULL
   WHERE (m.state = 'queued' AND m.created_at < now() - quiet)
      OR (m.state = 'sending' AND m.lease_until < now())
$$;

REVOKE ALL ON core_operatorevent FROM portal_app;
ALTER FUNCTION operator_counts() OWNER TO portal_lookup;
ALTER FUNCTION operator_work() OWNER TO portal_lookup;
REVOKE EXECUTE ON FUNCTION operator_counts(), operator_work() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION operator_counts(), operator_work() TO portal_operator;

-- An operator of the installation in one organization, for a time: who may, who is in, and whose time is over.

CREATE FUNCTION operator_entry_protect() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.ended_at IS NULL AND NEW.begins_at BETWEEN now() - interval '5 minutes' AND now() + interval '5 minutes' THEN
      RETURN NEW;
    END IF;
    RAISE EXCEPTION 'an entry begins when it is written down' USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF TG_OP = 'DELETE' AND current_user = 'portal_lookup' THEN
    RETURN OLD;  -- remove_sample_organization only
  END IF;
  IF TG_OP = 'UPDATE' AND OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL
     AND to_jsonb(NEW) - '{ended_at,ended_how,ended_by_id}'::text[]
       = to_jsonb(OLD) - '{ended_at,ended_how,ended_by_id}'::text[] THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION '% of an entry is refused: only its end is written, once', TG_OP
    USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER operator_entry_protect BEFORE INSERT OR UPDATE OR DELETE ON core_operatorentry
  FOR EACH ROW EXECUTE FUNCTION operator_entry_protect();

-- Asked by the policies of portal_entry with each statement.
CREATE FUNCTION operator_entry_runs() RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT EXISTS (
    SELECT 1 FROM core_operatorentry e JOIN core_person p ON p.id = e.operator_id
     WHERE e.id = nullif(current_setting('app.current_entry', true), '')::bigint
       AND e.organization_id = nullif(current_setting('app.current_org', true), '')::bigint
       AND e.operator_id = nullif(current_setting('app.current_user', true), '')::bigint
       AND e.ended_at IS NULL AND e.ends_at > now() AND p.is_operator AND p.is_active)
$$;

CREATE FUNCTION operator_entry_of(entry bigint, person bigint, wanted varchar) RETURNS TABLE (
  entry_id bigint, organization_id bigint, slug varchar, name varchar, time_zone varchar, is_sample boolean,
  operator_name varchar, reason varchar, begins_at timestamptz, ends_at timestamptz, opens_files boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT e.id, o.id, o.slug, o.name, o.time_zone, o.is_sample, e.operator_name, e.reason, e.begins_at, e.ends_at,
         e.opens_files
    FROM core_operatorentry e JOIN core_organization o ON o.id = e.organization_id
    JOIN core_person p ON p.id = e.operator_id
   WHERE e.id = entry AND e.operator_id = person AND o.slug = wanted
     AND e.ended_at IS NULL AND e.ends_at > now() AND p.is_operator AND p.is_active
$$;

CREATE FUNCTION operator_entries_over() RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT DISTINCT e.organization_id FROM core_operatorentry e WHERE e.ended_at IS NULL AND e.ends_at <= now()
$$;

-- As before, but a mail that a suspended organization must get does not wait.
CREATE OR REPLACE FUNCTION waiting_work(quiet interval)
RETURNS TABLE (work text, organization_id bigint, work_id bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT 'job', j.organization_id, j.id
    FROM core_job j JOIN core_organization o ON o.id = j.organization_id AND o.suspended_at IS NULL
   WHERE (j.state = 'queued' AND coalesce(j.nudged_at, j.created_at) < now() - quiet)
      OR (j.state = 'running' AND j.lease_until < now())
  UNION ALL
  SELECT 'mail', m.organization_id, m.id
    FROM core_mail m JOIN core_organization o ON o.id = m.organization_id
     AND (o.suspended_at IS NULL OR m.even_suspended)
   WHERE (m.state = 'queued' AND m.created_at < now() - quiet)
      OR (m.state = 'sending' AND m.lease_until < now())
$$;

REVOKE DELETE ON core_operatorentry FROM portal_app;
ALTER FUNCTION operator_entry_runs() OWNER TO portal_lookup;
ALTER FUNCTION operator_entry_of(bigint, bigint, varchar) OWNER TO portal_lookup;
ALTER FUNCTION operator_entries_over() OWNER TO portal_lookup;
REVOKE EXECUTE ON FUNCTION operator_entry_of(bigint, bigint, varchar), operator_entries_over() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION operator_entry_of(bigint, bigint, varchar), operator_entries_over() TO portal_app;

-- Functions that look across organizations belong to portal_lookup (NOLOGIN, BYPASSRLS, owns nothing else);
-- the application may only execute them. Those of the trail belong to portal_trail.

CREATE FUNCTION organizations_of(person bigint) RETURNS TABLE (
  organization_id bigint, slug varchar, name varchar, time_zone varchar, is_sample boolean,
  member_id bigint, display_name varchar, roles varchar[], grant_id bigint, purpose varchar,
  starts_at timestamptz, ends_at timestamptz, may_download boolean, grant_state varchar)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT o.id, o.slug, o.name, o.time_zone, o.is_sample, m.id, m.name, m.roles, NULL::bigint, NULL::varchar,
         NULL::timestamptz, NULL::timestamptz, true, ''::varchar
    FROM core_member m JOIN core_organization o ON o.id = m.organization_id
   WHERE m.user_id = person AND m.is_active
  UNION ALL
  SELECT o.id, o.slug, o.name, o.time_zone, o.is_sample, NULL, g.name, ARRAY['external_auditor']::varchar[],
         g.id, g.purpose, g.starts_at, g.ends_at, g.may_download, g.state
    FROM core_accessgrant g JOIN core_organization o ON o.id = g.organization_id
   WHERE g.user_id = person AND g.state IN ('invited', 'active') AND g.revoked_at IS NULL
     AND g.starts_at <= now() AND g.ends_at > now()
  ORDER BY 3
$$;

CREATE FUNCTION organization_by_slug(wanted varchar) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT id FROM core_organization WHERE slug = wanted
$$;

CREATE FUNCTION organization_ids() RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT id FROM core_organization ORDER BY id
$$;

CREATE FUNCTION api_key_by_prefix(wanted varchar) RETURNS TABLE (
  key_id bigint, organization_id bigint, slug varchar, name varchar, digest varchar, scopes varchar[])
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT k.id, k.organization_id, o.slug, k.name, k.digest, k.scopes
    FROM core_apikey k JOIN core_organization o ON o.id = k.organization_id
   WHERE k.prefix = wanted AND k.revoked_at IS NULL AND k.expires_at > now()
$$;

-- Work that ought to be moving and is not: never published, or its worker died.
CREATE FUNCTION waiting_work(quiet interval) RETURNS TABLE (work text, organization_id bigint, work_id bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT 'job', j.organization_id, j.id FROM core_job j
   WHERE (j.state = 'queued' AND coalesce(j.nudged_at, j.created_at) < now() - quiet)
      OR (j.state = 'running' AND j.lease_until < now())
  UNION ALL
  SELECT 'mail', m.organization_id, m.id FROM core_mail m
   WHERE (m.state = 'queued' AND m.created_at < now() - quiet)
      OR (m.state = 'sending' AND m.lease_until < now())
$$;

CREATE FUNCTION auditor_grant_runs() RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT EXISTS (
    SELECT 1 FROM core_accessgrant g
     WHERE g.id = nullif(current_setting('app.current_grant', true), '')::bigint
       AND g.organization_id = nullif(current_setting('app.current_org', true), '')::bigint
       AND g.user_id = nullif(current_setting('app.current_user', true), '')::bigint
       AND g.state = 'active' AND g.revoked_at IS NULL
       AND g.starts_at <= now() AND g.ends_at > now())
$$;

-- Removes one sample organization whole. Any other organization is refused.
CREATE FUNCTION remove_sample_organization(target bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE t text;
BEGIN
  IF NOT EXISTS (SELECT 1 FROM core_organization WHERE id = target AND is_sample) THEN
    RAISE EXCEPTION 'organization % is not a sample', target;
  END IF;
  -- Trail lines of this transaction are chained first; deleting them would leave their trigger nothing.
  SET CONSTRAINTS ALL IMMEDIATE;
  SET CONSTRAINTS ALL DEFERRED;
  PERFORM set_config('app.current_org', target::text, true);
  -- Live tables first: their triggers write history, which goes last.
  FOR t IN SELECT c.relname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
            WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
              AND a.attname = 'organization_id' AND NOT a.attisdropped
            ORDER BY c.relname LIKE '%event' AND EXISTS (SELECT 1 FROM pg_attribute e
              WHERE e.attrelid = c.oid AND e.attname = 'pgh_id'), c.relname
  LOOP
    EXECUTE format('DELETE FROM %I WHERE organization_id = $1', t) USING target;
  END LOOP;
  DELETE FROM core_organization WHERE id = target;
END $$;

CREATE FUNCTION trail_append() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE head core_trailhead; fresh bytea; bound text;
BEGIN
  bound := current_setting('app.current_org', true);
  PERFORM set_config('app.current_org', NEW.organization_id::text, true);
  INSERT INTO core_trailhead (organization_id, seq, hash)
       VALUES (NEW.organization_id, 0, sha256(convert_to('genesis:' || NEW.organization_id, 'UTF8')))
  ON CONFLICT (organization_id) DO NOTHING;
  SELECT * INTO head FROM core_trailhead WHERE organization_id = NEW.organization_id FOR UPDATE;
  fresh := sha256(head.hash || int8send(head.seq + 1) || convert_to(NEW.body, 'UTF8'));
  UPDATE core_trailevent SET seq = head.seq + 1, previous = head.hash, hash = fresh WHERE id = NEW.id;
  UPDATE core_trailhead SET seq = head.seq + 1, hash = fresh WHERE organization_id = NEW.organization_id;
  PERFORM set_config('app.current_org', coalesce(bound, ''), true);
  RETURN NULL;
END $$;

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' AND current_user = 'portal_lookup' THEN
    RETURN OLD;  -- remove_sample_organization only
  END IF;
  RAISE EXCEPTION '% on % is refused: these rows are never changed', TG_OP, TG_TABLE_NAME
    USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE FUNCTION trail_protect() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND current_user = 'portal_trail' AND OLD.seq IS NULL AND NEW.body = OLD.body THEN
    RETURN NEW;
  END IF;
  IF TG_OP = 'DELETE' AND current_user = 'portal_lookup' THEN
    RETURN OLD;
  END IF;
  RAISE EXCEPTION 'the trail is append-only' USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE CONSTRAINT TRIGGER trail_append AFTER INSERT ON core_trailevent
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION trail_append();
CREATE TRIGGER trail_protect BEFORE UPDATE OR DELETE ON core_trailevent
  FOR EACH ROW EXECUTE FUNCTION trail_protect();
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON core_snapshot
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON core_blob
  FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE POLICY trail_chain ON core_trailevent TO portal_trail
  USING (organization_id = (current_setting('app.current_org'))::bigint)
  WITH CHECK (organization_id = (current_setting('app.current_org'))::bigint);
CREATE POLICY trail_chain ON core_trailhead TO portal_trail
  USING (organization_id = (current_setting('app.current_org'))::bigint)
  WITH CHECK (organization_id = (current_setting('app.current_org'))::bigint);
-- create_organization takes the number first: the row may only be written by whoever acts in it.
GRANT USAGE ON SEQUENCE core_organization_id_seq TO portal_app;
GRANT USAGE ON SCHEMA public TO portal_trail, portal_lookup;
GRANT SELECT, UPDATE ON core_trailevent TO portal_trail;
GRANT SELECT, INSERT, UPDATE ON core_trailhead TO portal_trail;
REVOKE UPDATE, DELETE ON core_trailevent FROM portal_app;
REVOKE INSERT, UPDATE, DELETE ON core_trailhead FROM portal_app;
REVOKE UPDATE, DELETE ON core_snapshot, core_blob FROM portal_app;
REVOKE INSERT, UPDATE, DELETE ON core_catalogversion FROM portal_app;

ALTER FUNCTION organizations_of(bigint) OWNER TO portal_lookup;
ALTER FUNCTION organization_by_slug(varchar) OWNER TO portal_lookup;
ALTER FUNCTION organization_ids() OWNER TO portal_lookup;
ALTER FUNCTION api_key_by_prefix(varchar) OWNER TO portal_lookup;
ALTER FUNCTION waiting_work(interval) OWNER TO portal_lookup;
ALTER FUNCTION auditor_grant_runs() OWNER TO portal_lookup;
ALTER FUNCTION remove_sample_organization(bigint) OWNER TO portal_lookup;
ALTER FUNCTION trail_append() OWNER TO portal_trail;
REVOKE EXECUTE ON FUNCTION organizations_of(bigint), organization_by_slug(varchar), organization_ids(),
  api_key_by_prefix(varchar), waiting_work(interval), remove_sample_organization(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION organizations_of(bigint), organization_by_slug(varchar), organization_ids(),
  api_key_by_prefix(varchar), waiting_work(interval), remove_sample_organization(bigint) TO portal_app;

-- Django's database cache, for installations without Redis.
CREATE TABLE cache_entries (
  cache_key varchar(255) PRIMARY KEY, value text NOT NULL, expires timestamptz NOT NULL);
CREATE INDEX cache_entries_expires ON cache_entries (expires);
GRANT SELECT, INSERT, UPDATE, DELETE ON cache_entries TO portal_app, portal_operator;

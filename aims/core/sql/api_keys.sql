-- A key works while it is neither revoked nor expired and its responsible person is active; the secret from before
-- a rotation works until its own end.
DROP FUNCTION api_key_by_prefix(varchar);
CREATE FUNCTION api_key_by_prefix(wanted varchar) RETURNS TABLE (
  key_id bigint, organization_id bigint, slug varchar, name varchar, digest varchar, scopes varchar[],
  networks varchar[], rate_limit integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT k.id, k.organization_id, o.slug, k.name,
         CASE WHEN k.prefix = wanted THEN k.digest ELSE k.previous_digest END, k.scopes, k.networks, k.rate_limit
    FROM core_apikey k JOIN core_organization o ON o.id = k.organization_id
    LEFT JOIN core_member m ON m.id = k.responsible_id
   WHERE (k.prefix = wanted OR (k.previous_prefix = wanted AND k.previous_ends_at > now()))
     AND k.revoked_at IS NULL AND k.expires_at > now() AND (k.responsible_id IS NULL OR m.is_active)
$$;
ALTER FUNCTION api_key_by_prefix(varchar) OWNER TO portal_lookup;
REVOKE EXECUTE ON FUNCTION api_key_by_prefix(varchar) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION api_key_by_prefix(varchar) TO portal_app;

-- A key is looked up before its organization is known.
CREATE INDEX api_key_by_prefix ON core_apikey (prefix);
CREATE INDEX api_key_by_previous_prefix ON core_apikey (previous_prefix) WHERE previous_prefix <> '';

-- Requests by name and minute, for installations without Redis. Lost with a crash, which harms nobody.
CREATE UNLOGGED TABLE request_counts (
  name varchar(120) PRIMARY KEY, slot bigint NOT NULL, used integer NOT NULL,
  day date NOT NULL, today integer NOT NULL);
GRANT SELECT, INSERT, UPDATE, DELETE ON request_counts TO portal_app;

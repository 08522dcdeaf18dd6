-- How sessions are held in an organization, asked with each request before its scope is open.
CREATE FUNCTION sign_in_rules(organization bigint, person bigint) RETURNS TABLE (
  second_factor_required boolean, idle_minutes smallint, sessions_from timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT o.second_factor_required, o.idle_minutes, m.sessions_from
    FROM core_organization o
    LEFT JOIN core_member m ON m.organization_id = o.id AND m.user_id = person
   WHERE o.id = organization
$$;

ALTER FUNCTION sign_in_rules(bigint, bigint) OWNER TO portal_lookup;
REVOKE EXECUTE ON FUNCTION sign_in_rules(bigint, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sign_in_rules(bigint, bigint) TO portal_app;

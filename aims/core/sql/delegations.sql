-- Where a person may enter, now with the roles that others delegated to them for today, where they live.
-- A delegation gives what its giver still holds and its taker does not.
DROP FUNCTION organizations_of(bigint);
CREATE FUNCTION organizations_of(person bigint) RETURNS TABLE (
  organization_id bigint, slug varchar, name varchar, time_zone varchar, is_sample boolean,
  member_id bigint, display_name varchar, roles varchar[], grant_id bigint, purpose varchar,
  starts_at timestamptz, ends_at timestamptz, may_download boolean, grant_state varchar, delegations jsonb)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT o.id, o.slug, o.name, o.time_zone, o.is_sample, m.id, m.name, m.roles, NULL::bigint, NULL::varchar,
         NULL::timestamptz, NULL::timestamptz, true, ''::varchar,
         (SELECT jsonb_agg(jsonb_build_object('role', d.role, 'member', d.delegator_id) ORDER BY d.id)
            FROM core_delegation d JOIN core_member g ON g.id = d.delegator_id
           WHERE d.organization_id = o.id AND d.delegate_id = m.id AND d.revoked_at IS NULL
             AND (now() AT TIME ZONE o.time_zone)::date BETWEEN d.starts_on AND d.ends_on
             AND g.is_active AND d.role = ANY (g.roles) AND NOT d.role = ANY (m.roles))
    FROM core_member m JOIN core_organization o ON o.id = m.organization_id
   WHERE m.user_id = person AND m.is_active
  UNION ALL
  SELECT o.id, o.slug, o.name, o.time_zone, o.is_sample, NULL, g.name, ARRAY['external_auditor']::varchar[],
         g.id, g.purpose, g.starts_at, g.ends_at, g.may_download, g.state, NULL
    FROM core_accessgrant g JOIN core_organization o ON o.id = g.organization_id
   WHERE g.user_id = person AND g.state IN ('invited', 'active') AND g.revoked_at IS NULL
     AND g.starts_at <= now() AND g.ends_at > now()
  ORDER BY 3
$$;
ALTER FUNCTION organizations_of(bigint) OWNER TO portal_lookup;
REVOKE EXECUTE ON FUNCTION organizations_of(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION organizations_of(bigint) TO portal_app;

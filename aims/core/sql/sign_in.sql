-- What sign-in asks before an organization is known, or about none in particular.

-- The connection that people with an address of this domain are led to.
CREATE FUNCTION sign_in_connection_of(wanted varchar) RETURNS TABLE (organization_id bigint, connection_id bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT c.organization_id, c.id
    FROM core_emaildomain d JOIN core_signinconnection c ON c.organization_id = d.organization_id
   WHERE d.domain = wanted AND d.verified_at IS NOT NULL AND c.is_on
$$;

-- Whether another organization has proved the domain. The lock makes two proofs at once take turns.
CREATE FUNCTION email_domain_is_held(wanted varchar, own bigint) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('email domain ' || wanted, 0));
  RETURN EXISTS (SELECT 1 FROM core_emaildomain
                  WHERE domain = wanted AND verified_at IS NOT NULL AND organization_id <> own);
END $$;

-- The connection of an organization that is on, and whether it is this person's only way in. The exempt
-- administrator may come in without it; so may every administrator once that one is no longer there.
CREATE FUNCTION sign_in_demands(person bigint, own bigint) RETURNS TABLE (connection_id bigint, demanded boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT c.id, c.is_demanded AND EXISTS (
    SELECT 1 FROM core_member m
      JOIN core_emaildomain d ON d.organization_id = m.organization_id AND d.verified_at IS NOT NULL
       AND d.domain = lower(split_part(m.email, '@', 2))
     WHERE m.organization_id = c.organization_id AND m.user_id = person AND m.id <> c.exempt_member_id
       AND NOT ('admin' = ANY(m.roles) AND NOT EXISTS (
         SELECT 1 FROM core_member e WHERE e.id = c.exempt_member_id
            AND e.organization_id = c.organization_id AND e.is_active AND 'admin' = ANY(e.roles))))
    FROM core_signinconnection c WHERE c.organization_id = own AND c.is_on
$$;

ALTER FUNCTION sign_in_connection_of(varchar) OWNER TO portal_lookup;
ALTER FUNCTION email_domain_is_held(varchar, bigint) OWNER TO portal_lookup;
ALTER FUNCTION sign_in_demands(bigint, bigint) OWNER TO portal_lookup;
REVOKE EXECUTE ON FUNCTION sign_in_connection_of(varchar), email_domain_is_held(varchar, bigint),
  sign_in_demands(bigint, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sign_in_connection_of(varchar), email_domain_is_held(varchar, bigint),
  sign_in_demands(bigint, bigint) TO portal_app;

-- Who holds a link is not known yet, so its digest leads to the organization; only one that still works does.
CREATE FUNCTION invitation_by_digest(wanted varchar) RETURNS TABLE (organization_id bigint, invitation_id bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT i.organization_id, i.id
    FROM core_invitation i
    LEFT JOIN core_accessgrant g ON g.organization_id = i.organization_id AND g.id = i.grant_id
   WHERE i.digest = wanted AND i.accepted_at IS NULL AND i.withdrawn_at IS NULL AND i.expires_at > now()
     AND (i.grant_id IS NULL
          OR g.state IN ('invited', 'active') AND g.revoked_at IS NULL AND g.ends_at > now())
$$;

ALTER FUNCTION invitation_by_digest(varchar) OWNER TO portal_lookup;
REVOKE EXECUTE ON FUNCTION invitation_by_digest(varchar) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION invitation_by_digest(varchar) TO portal_app;

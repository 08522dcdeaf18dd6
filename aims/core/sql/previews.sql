-- A preview of an external auditor's access by a member of the organization: the same policies, for a grant that
-- may not have begun yet. Reading only: the policies for writing ask that no preview is on.

CREATE FUNCTION auditor_previews() RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT coalesce(current_setting('app.current_preview', true), '') <> ''
$$;

CREATE OR REPLACE FUNCTION auditor_grant_runs() RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT EXISTS (
    SELECT 1 FROM core_accessgrant g
     WHERE g.id = nullif(current_setting('app.current_grant', true), '')::bigint
       AND g.organization_id = nullif(current_setting('app.current_org', true), '')::bigint
       AND g.revoked_at IS NULL AND g.ends_at > now()
       AND CASE WHEN coalesce(current_setting('app.current_preview', true), '') <> ''
           THEN g.state IN ('invited', 'active') AND EXISTS (
             SELECT 1 FROM core_member m
              WHERE m.id = nullif(current_setting('app.current_preview', true), '')::bigint
                AND m.organization_id = g.organization_id AND m.is_active
                AND m.user_id = nullif(current_setting('app.current_user', true), '')::bigint)
           ELSE g.state = 'active' AND g.starts_at <= now()
            AND g.user_id = nullif(current_setting('app.current_user', true), '')::bigint END)
$$;

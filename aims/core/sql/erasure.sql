-- Erasing a departed member's personal data reaches two places that the application does not: row history,
-- and whether another organization still needs the account. Both functions do that and nothing else.

-- The pseudonym is made here, so that nothing else can ever be written into history.
CREATE FUNCTION erase_member_history(target bigint) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE here bigint; touched bigint;
BEGIN
  here := (current_setting('app.current_org'))::bigint;
  IF NOT EXISTS (
    SELECT 1 FROM core_erasure e JOIN core_member m ON (m.organization_id, m.id) = (e.organization_id, e.member_id)
     WHERE e.organization_id = here AND e.member_id = target AND NOT m.is_active
       AND e.state = 'done' AND e.decided_by_id <> e.requested_by_id) THEN
    RAISE EXCEPTION 'no confirmed erasure of member %', target USING ERRCODE = 'insufficient_privilege';
  END IF;
  UPDATE core_memberevent SET name = 'Former member ' || target, email = 'former-' || target || '@erased.invalid'
   WHERE organization_id = here AND pgh_obj_id = target;
  GET DIAGNOSTICS touched = ROW_COUNT;
  RETURN touched;
END $$;

-- Yes or no, about nobody but a member of the organization acted in who has departed.
CREATE FUNCTION account_needed_elsewhere(target bigint) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT coalesce(bool_or(
           p.is_operator
           OR EXISTS (SELECT 1 FROM core_member o
                       WHERE o.user_id = p.id AND o.organization_id <> m.organization_id AND o.is_active)
           OR EXISTS (SELECT 1 FROM core_accessgrant g
                       WHERE g.user_id = p.id AND g.state IN ('invited', 'active')
                         AND g.revoked_at IS NULL AND g.ends_at > now())), true)
    FROM core_member m JOIN core_person p ON p.id = m.user_id
   WHERE m.id = target AND NOT m.is_active
     AND m.organization_id = (current_setting('app.current_org'))::bigint
$$;

ALTER FUNCTION erase_member_history(bigint) OWNER TO portal_lookup;
ALTER FUNCTION account_needed_elsewhere(bigint) OWNER TO portal_lookup;
REVOKE EXECUTE ON FUNCTION erase_member_history(bigint), account_needed_elsewhere(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION erase_member_history(bigint), account_needed_elsewhere(bigint) TO portal_app;

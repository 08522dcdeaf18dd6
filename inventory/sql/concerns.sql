-- Who reads a concern. The functions look past row security, so that the policies that ask them do not ask
-- themselves; each answers for the organization acted in only.

-- Named, active and not concerned by it; from the acknowledgement on those of its list. Where nobody of the
-- list is left, every named handler, so that no concern is lost.
CREATE FUNCTION concern_readers(org bigint, concern bigint) RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  WITH named AS (
    SELECT h.id, h.member_id
      FROM inventory_concernhandler h
      JOIN core_member m ON m.organization_id = h.organization_id AND m.id = h.member_id AND m.is_active
     WHERE h.organization_id = org AND h.ended_at IS NULL
       AND org = nullif(current_setting('app.current_org', true), '')::bigint
       AND NOT EXISTS (SELECT 1 FROM inventory_concernabout a
                        WHERE a.organization_id = org AND a.concern_id = concern AND a.member_id = h.member_id)),
  listed AS (
    SELECT n.member_id
      FROM named n JOIN inventory_concernaccess l
        ON l.organization_id = org AND l.concern_id = concern AND l.handler_id = n.id)
  SELECT member_id FROM listed
  UNION
  SELECT member_id FROM named WHERE NOT EXISTS (SELECT 1 FROM listed)
$$;

CREATE FUNCTION concern_read_by(org bigint, concern bigint, member bigint) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT member IN (SELECT concern_readers(org, concern))
$$;

-- Asked by the policies with each row: the person bound to the transaction, or whoever brought the code.
CREATE FUNCTION concern_opens(org bigint, concern bigint, reporter bigint, code varchar) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT (code <> '' AND code = current_setting('app.current_mailbox', true))
      OR EXISTS (
        SELECT 1 FROM core_member m
         WHERE m.organization_id = org AND m.is_active
           AND m.user_id = nullif(current_setting('app.current_user', true), '')::bigint
           AND (m.id = reporter OR concern_read_by(org, concern, m.id)))
$$;

-- Whoever comes back with a code belongs to no organization yet: its digest leads to the one concern.
CREATE FUNCTION concern_by_code(wanted varchar) RETURNS TABLE (organization_id bigint, concern_id bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT c.organization_id, c.id
    FROM inventory_concern c JOIN core_organization o ON o.id = c.organization_id AND o.suspended_at IS NULL
   WHERE c.code_digest = wanted AND wanted <> ''
$$;

-- What the scheduler reminds of: no word, no reporter, no outcome.
CREATE FUNCTION concerns_waiting() RETURNS TABLE (
  concern_id bigint, received_at timestamptz, acknowledged_at timestamptz, readers bigint[])
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT c.id, c.received_at, c.acknowledged_at, ARRAY(SELECT concern_readers(c.organization_id, c.id) ORDER BY 1)
    FROM inventory_concern c
   WHERE c.organization_id = nullif(current_setting('app.current_org', true), '')::bigint
     AND c.feedback_at IS NULL AND c.state <> 'closed'
   ORDER BY c.id
$$;

-- Closed concerns by the quarter they were closed in, and by outcome.
CREATE FUNCTION concern_outcomes() RETURNS TABLE (quarter text, outcome varchar, number bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT to_char(c.closed_at AT TIME ZONE 'UTC', 'YYYY "Q"Q'), c.outcome, count(*)
    FROM inventory_concern c
   WHERE c.organization_id = nullif(current_setting('app.current_org', true), '')::bigint
     AND c.closed_at IS NOT NULL
   GROUP BY 1, 2
$$;

REVOKE UPDATE, DELETE, TRUNCATE ON inventory_concernentry FROM portal_app;
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON inventory_concernentry
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON inventory_concernentry
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_truncate();

ALTER FUNCTION concern_readers(bigint, bigint) OWNER TO portal_lookup;
ALTER FUNCTION concern_read_by(bigint, bigint, bigint) OWNER TO portal_lookup;
ALTER FUNCTION concern_opens(bigint, bigint, bigint, varchar) OWNER TO portal_lookup;
ALTER FUNCTION concern_by_code(varchar) OWNER TO portal_lookup;
ALTER FUNCTION concerns_waiting() OWNER TO portal_lookup;
ALTER FUNCTION concern_outcomes() OWNER TO portal_lookup;
REVOKE EXECUTE ON FUNCTION concern_readers(bigint, bigint), concern_read_by(bigint, bigint, bigint),
  concern_by_code(varchar), concerns_waiting(), concern_outcomes() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION concern_readers(bigint, bigint), concern_read_by(bigint, bigint, bigint),
  concern_by_code(varchar), concerns_waiting(), concern_outcomes() TO portal_app;

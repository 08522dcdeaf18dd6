-- Whoever follows the link of a questionnaire belongs to no organization: its digest leads to the one questionnaire,
-- until the link expires or another one takes its place.
CREATE FUNCTION questionnaire_by_digest(wanted varchar) RETURNS TABLE (organization_id bigint, questionnaire_id bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT q.organization_id, q.id
    FROM inventory_supplierquestionnaire q
    JOIN core_organization o ON o.id = q.organization_id AND o.suspended_at IS NULL
   WHERE q.digest = wanted AND wanted <> '' AND q.expires_at > now()
$$;

ALTER FUNCTION questionnaire_by_digest(varchar) OWNER TO portal_lookup;
REVOKE EXECUTE ON FUNCTION questionnaire_by_digest(varchar) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION questionnaire_by_digest(varchar) TO portal_app;

-- Whoever reads a transparency page belongs to no organization: its address leads to the frozen text of the version
-- that stands outside now, and to nothing else.
CREATE FUNCTION transparency_by_token(wanted varchar) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT s.text
    FROM inventory_transparencypage p
    JOIN core_organization o ON o.id = p.organization_id AND o.suspended_at IS NULL
    JOIN core_snapshot s ON s.organization_id = p.organization_id AND s.kind = 'inventory.transparencypage'
     AND s.object_id = p.id AND s.version = p.version
   WHERE p.token = wanted AND wanted <> '' AND p.is_public
$$;

ALTER FUNCTION transparency_by_token(varchar) OWNER TO portal_lookup;
REVOKE EXECUTE ON FUNCTION transparency_by_token(varchar) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION transparency_by_token(varchar) TO portal_app;

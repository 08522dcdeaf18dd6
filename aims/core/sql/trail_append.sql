-- A line takes its place in the chain at commit, so that the head is held for a moment only. Nothing is written
-- that need not be: the head is made by the first line alone, and the organization bound only where it is not.
CREATE OR REPLACE FUNCTION trail_append() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE head core_trailhead; fresh bytea; bound text; here text;
BEGIN
  bound := current_setting('app.current_org', true);
  here := NEW.organization_id::text;
  IF bound IS DISTINCT FROM here THEN
    PERFORM set_config('app.current_org', here, true);
  END IF;
  SELECT * INTO head FROM core_trailhead WHERE organization_id = NEW.organization_id FOR UPDATE;
  IF NOT FOUND THEN
    INSERT INTO core_trailhead (organization_id, seq, hash)
         VALUES (NEW.organization_id, 0, sha256(convert_to('genesis:' || NEW.organization_id, 'UTF8')))
    ON CONFLICT (organization_id) DO NOTHING;
    SELECT * INTO head FROM core_trailhead WHERE organization_id = NEW.organization_id FOR UPDATE;
  END IF;
  fresh := sha256(head.hash || int8send(head.seq + 1) || convert_to(NEW.body, 'UTF8'));
  UPDATE core_trailevent SET seq = head.seq + 1, previous = head.hash, hash = fresh WHERE id = NEW.id;
  UPDATE core_trailhead SET seq = head.seq + 1, hash = fresh WHERE organization_id = NEW.organization_id;
  IF bound IS DISTINCT FROM here THEN
    PERFORM set_config('app.current_org', coalesce(bound, ''), true);
  END IF;
  RETURN NULL;
END $$;

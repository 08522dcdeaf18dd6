-- A checkpoint stays as it was signed; where it was stored and its time stamp are added once.
CREATE FUNCTION checkpoint_protect() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE'
     AND (OLD.organization_id, OLD.seq, OLD.hash, OLD.note, OLD.made_at)
         = (NEW.organization_id, NEW.seq, NEW.hash, NEW.note, NEW.made_at)
     AND (OLD.stored_at IS NULL OR OLD.stored_at IS NOT DISTINCT FROM NEW.stored_at)
     AND (OLD.stamp IS NULL OR (OLD.stamp, OLD.stamped_at) IS NOT DISTINCT FROM (NEW.stamp, NEW.stamped_at)) THEN
    RETURN NEW;
  END IF;
  IF TG_OP = 'DELETE' AND current_user = 'portal_lookup' THEN
    RETURN OLD;  -- remove_sample_organization only
  END IF;
  RAISE EXCEPTION 'a checkpoint is never changed' USING ERRCODE = 'insufficient_privilege';
END $$;

-- Row triggers do not see TRUNCATE: whoever owns the tables is refused as well.
CREATE FUNCTION refuse_truncate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'TRUNCATE on % is refused: these rows are never removed', TG_TABLE_NAME
    USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE TRIGGER checkpoint_protect BEFORE UPDATE OR DELETE ON core_trailcheckpoint
  FOR EACH ROW EXECUTE FUNCTION checkpoint_protect();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON core_trailcheckpoint
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_truncate();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON core_trailevent
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_truncate();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON core_trailhead
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_truncate();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON core_snapshot
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_truncate();

-- The head moves only by trail_append.
CREATE FUNCTION trail_head_protect() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF current_user = 'portal_trail' AND TG_OP <> 'DELETE' THEN
    RETURN NEW;
  END IF;
  IF TG_OP = 'DELETE' AND current_user = 'portal_lookup' THEN
    RETURN OLD;
  END IF;
  RAISE EXCEPTION 'the head of the trail moves only with its lines' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER trail_head_protect BEFORE INSERT OR UPDATE OR DELETE ON core_trailhead
  FOR EACH ROW EXECUTE FUNCTION trail_head_protect();

REVOKE DELETE ON core_trailcheckpoint FROM portal_app;
REVOKE UPDATE, DELETE ON core_trailcheckpoint, core_trailevent, core_snapshot, core_blob FROM portal_operator;
REVOKE INSERT, UPDATE, DELETE ON core_trailhead FROM portal_operator;

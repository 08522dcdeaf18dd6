-- What people wrote lies beside the chain. It is never changed or removed, but for one thing: when a departed
-- member's data is erased, the name in it gives way to the pseudonym, and the key that proved the text goes.
CREATE FUNCTION trail_text_protect() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND current_user = 'portal_lookup' AND NEW.key IS NULL
     AND (OLD.id, OLD.organization_id, OLD.mark, OLD.actor) = (NEW.id, NEW.organization_id, NEW.mark, NEW.actor) THEN
    RETURN NEW;  -- erase_trail_texts only
  END IF;
  IF TG_OP = 'DELETE' AND current_user = 'portal_lookup' THEN
    RETURN OLD;  -- remove_sample_organization only
  END IF;
  RAISE EXCEPTION 'a text of the trail is never changed' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER trail_text_protect BEFORE UPDATE OR DELETE ON core_trailtext
  FOR EACH ROW EXECUTE FUNCTION trail_text_protect();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON core_trailtext
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_truncate();

-- Names and addresses come from the member's own history, so that nothing else can ever be replaced.
-- Before erase_member_history, which takes them out of there.
CREATE FUNCTION erase_trail_texts(target bigint) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE here bigint; touched bigint; known record; counted bigint := 0;
BEGIN
  here := (current_setting('app.current_org'))::bigint;
  IF NOT EXISTS (
    SELECT 1 FROM core_erasure e JOIN core_member m ON (m.organization_id, m.id) = (e.organization_id, e.member_id)
     WHERE e.organization_id = here AND e.member_id = target AND NOT m.is_active
       AND e.state = 'done' AND e.decided_by_id <> e.requested_by_id) THEN
    RAISE EXCEPTION 'no confirmed erasure of member %', target USING ERRCODE = 'insufficient_privilege';
  END IF;
  FOR known IN
    SELECT word, stands FROM (
      SELECT name AS word, 'Former member ' || target AS stands FROM core_memberevent
       WHERE organization_id = here AND pgh_obj_id = target
      UNION
      SELECT email, 'former-' || target || '@erased.invalid' FROM core_memberevent
       WHERE organization_id = here AND pgh_obj_id = target) words
     WHERE length(word) >= 4  -- a shorter one would be found inside other words
     ORDER BY length(word) DESC
  LOOP
    UPDATE core_trailtext
       SET key = NULL,
           text = regexp_replace(text, regexp_replace(known.word, '([^[:alnum:][:space:]])', '\\\1', 'g'),
                                 known.stands, 'gi')
     WHERE organization_id = here AND position(lower(known.word) IN lower(text)) > 0
       AND position('erased.invalid' IN known.word) = 0 AND known.word NOT LIKE 'Former member %';
    GET DIAGNOSTICS touched = ROW_COUNT;
    counted := counted + touched;
  END LOOP;
  RETURN counted;
END $$;

ALTER FUNCTION erase_trail_texts(bigint) OWNER TO portal_lookup;
REVOKE EXECUTE ON FUNCTION erase_trail_texts(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION erase_trail_texts(bigint) TO portal_app;

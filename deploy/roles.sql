-- The database roles of the portal. Idempotent; Postgres 15 or newer.
--
-- By hand on a server, as a superuser, connected to the portal's own new database:
--
--   createdb aims
--   psql -d aims -v ON_ERROR_STOP=1 \
--        -c "set aims.owner_password = '…'"    -c "set aims.app_password = '…'" \
--        -c "set aims.operator_password = '…'" -c "set aims.backup_password = '…'" \
--        -f deploy/roles.sql
--
-- A login whose password is not set keeps the one it has; a new one without password cannot sign in
-- where the server asks for passwords.

begin;
-- Roles belong to the whole server, and so does this lock: two who run this at once wait for each other.
lock table pg_catalog.pg_authid in share row exclusive mode;

do $$
declare
    wanted record;
begin
    for wanted in
        select * from (values
            -- Owns the tables and runs migrations. Forced row security holds it too.
            ('portal_owner',    'login createdb nobypassrls inherit'),
            -- Runs the portal. NOINHERIT: it may become these two by SET LOCAL ROLE, but a policy
            -- written for them must never widen what the portal itself reads.
            ('portal_app',      'login nocreatedb nobypassrls noinherit'),
            -- What an external auditor's request becomes; reads only.
            ('portal_auditor',  'nologin nobypassrls'),
            -- What an operator's request becomes during an entry into an organization; reads only.
            ('portal_entry',    'nologin nobypassrls'),
            -- Operators' site and commands over all organizations.
            ('portal_operator', 'login nocreatedb bypassrls'),
            -- Dumps: reads everything, writes nothing.
            ('portal_backup',   'login nocreatedb bypassrls'),
            -- Owns the few functions that answer before an organization is known.
            ('portal_lookup',   'nologin bypassrls'),
            -- Owns the tables of the trail and the functions that append to it.
            ('portal_trail',    'nologin nobypassrls')
        ) as roles (name, attributes)
    loop
        if not exists (select from pg_roles where rolname = wanted.name) then
            execute format('create role %I', wanted.name);
        end if;
        execute format('alter role %I nosuperuser nocreaterole noreplication %s', wanted.name, wanted.attributes);
    end loop;
end
$$;

do $$
declare
    login record;
begin
    for login in
        select * from (values
            ('portal_owner',    'aims.owner_password'),
            ('portal_app',      'aims.app_password'),
            ('portal_operator', 'aims.operator_password'),
            ('portal_backup',   'aims.backup_password')
        ) as logins (name, setting)
    loop
        if coalesce(current_setting(login.setting, true), '') <> '' then
            execute format('alter role %I password %L', login.name, current_setting(login.setting));
        end if;
    end loop;
end
$$;

grant pg_read_all_data to portal_backup;

-- The owner must be able to hand functions and tables over to these two.
grant portal_lookup, portal_trail to portal_owner;

do $$
begin
    -- From Postgres 16 inheritance is a property of the grant; before, of the role.
    if current_setting('server_version_num')::int >= 160000 then
        execute 'grant portal_auditor, portal_entry to portal_app with inherit false, set true';
    else
        grant portal_auditor, portal_entry to portal_app;
    end if;
end
$$;

-- In this database: the owner's tables and nobody else's. Who owns a function or table needs CREATE in
-- its schema at the moment of taking it over.
grant usage, create on schema public to portal_owner, portal_lookup, portal_trail;
grant usage on schema public to portal_app, portal_auditor, portal_entry, portal_operator, portal_backup;

do $$
begin
    if current_database() not in ('postgres', 'template1') then
        execute format('alter database %I owner to portal_owner', current_database());
        execute format('revoke all on database %I from public', current_database());
        execute format(
            'grant connect on database %I to portal_app, portal_operator, portal_backup', current_database()
        );
    end if;
end
$$;

commit;

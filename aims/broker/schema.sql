-- Tables of the queue. They hold job numbers, never content of an organization. Idempotent.

create table if not exists broker_message (
    id          bigint generated always as identity primary key,
    queue       text        not null,
    payload     text        not null,
    visible_at  timestamptz not null default now(),
    expires_at  timestamptz,
    deliveries  integer     not null default 0,
    claim       uuid
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

create index if not exists broker_message_next on broker_message (queue, id);

-- Which queue gets the messages of an exchange. A temporary one belongs to a single process and is
-- forgotten when that process has not been seen for a while.
create table if not exists broker_binding (
    exchange    text        not null,
    routing_key text        not null,
    pattern     text        not null,
    queue       text        not null,
    temporary   boolean     not null,
    seen_at     timestamptz not null default now(),
    primary key (exchange, routing_key, pattern, queue)
);

grant select, insert, update, delete on broker_message, broker_binding to portal_app;

-- The batches that pgbench asks for: 100 ids each, neighbours in the list or scattered over it. A function gives one by
-- its number, so that a script is one round trip and its text short.
CREATE TABLE bench_batches (pattern text, n integer, ids uuid[] NOT NULL, PRIMARY KEY (pattern, n));
INSERT INTO bench_batches
SELECT 'neighbours', b.n, (SELECT array_agg(o.id) FROM opportunities o WHERE o.seq >= b.first AND o.seq < b.first + 100)
FROM (SELECT n, 1 + floor(random() * (:rows - 100))::bigint AS first FROM generate_series(1, :batches) AS n) AS b;
-- A few more are drawn than needed, because one may be drawn twice.
INSERT INTO bench_batches
SELECT 'scattered', drawn.n, (array_agg(DISTINCT o.id))[1:100]
FROM (SELECT n, 1 + floor(random() * :rows)::bigint AS seq FROM generate_series(1, :batches) AS n, generate_series(1, 106)) AS drawn
JOIN opportunities o ON o.seq = drawn.seq
GROUP BY drawn.n;
-- DISTINCT sorted them; a request is in no order.
UPDATE bench_batches SET ids = (SELECT array_agg(id ORDER BY random()) FROM unnest(ids) AS id) WHERE pattern = 'scattered';

-- In PL/pgSQL, which plans once per connection what they look up.
CREATE FUNCTION bench_ids(text, integer) RETURNS uuid[] STABLE LANGUAGE plpgsql
AS $$ BEGIN RETURN (SELECT ids FROM bench_batches WHERE pattern = $1 AND n = $2); END $$;
CREATE TABLE bench_agents AS
SELECT row_number() OVER (ORDER BY seq)::integer AS n, id FROM users WHERE role IN ('agent', 'lawyer') AND is_active;
CREATE UNIQUE INDEX bench_agents_n ON bench_agents (n);
CREATE FUNCTION bench_agent(integer) RETURNS uuid STABLE LANGUAGE plpgsql
AS $$ BEGIN RETURN (SELECT id FROM bench_agents WHERE n = $1); END $$;
CREATE FUNCTION bench_admin() RETURNS uuid STABLE LANGUAGE plpgsql
AS $$ BEGIN RETURN (SELECT id FROM users WHERE role = 'admin' ORDER BY seq LIMIT 1); END $$;

-- The layout that the original request implies: one table, an index on the holder and one on the status, a foreign
-- key, and an audit log that repeats the ids. The same data as the real tables.
CREATE TABLE naive_users (id uuid PRIMARY KEY, email text NOT NULL, role text NOT NULL, is_active boolean NOT NULL);
INSERT INTO naive_users SELECT id, email, role, is_active FROM users;

CREATE TABLE naive_opportunities (
    id                uuid PRIMARY KEY,
    contact_id        uuid NOT NULL,
    detected_at       timestamptz NOT NULL,
    status            text NOT NULL,
    opportunity_score integer NOT NULL,
    priority          text NOT NULL,
    detection_reason  jsonb,
    attempts          jsonb,
    assigned_to_id    uuid REFERENCES naive_users (id),
    notes             text,
    created_at        timestamptz NOT NULL,
    updated_at        timestamptz NOT NULL
);
INSERT INTO naive_opportunities
SELECT o.id, c.id, o.detected_at, (ARRAY['pending', 'assigned', 'contacted', 'converted', 'expired', 'lost'])[a.status + 1], o.score,
    (ARRAY['low', 'medium', 'high', 'urgent'])[o.priority + 1], o.detection_reason::jsonb, o.attempts::jsonb, u.id, o.notes,
    o.created_at, o.updated_at
FROM opportunities o JOIN contacts c ON c.seq = o.contact_seq JOIN assignments a ON a.seq = o.seq
    LEFT JOIN users u ON u.seq = a.holder
ORDER BY o.seq;
CREATE INDEX naive_opportunities_assigned_to ON naive_opportunities (assigned_to_id);
CREATE INDEX naive_opportunities_status ON naive_opportunities (status);

CREATE TABLE naive_audit (
    id          uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id     uuid NOT NULL REFERENCES naive_users (id),
    action      text NOT NULL,
    entity_type text NOT NULL,
    details     jsonb,
    created_at  timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX naive_audit_user ON naive_audit (user_id);

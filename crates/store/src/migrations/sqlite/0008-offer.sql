-- What something that is no person was before and after a change, as JSON. The leaf of an entry that has it covers it.
ALTER TABLE audit_entries ADD COLUMN detail TEXT;

-- Of a membership without an end: the last day on which a visit was used, once all are.
ALTER TABLE memberships ADD COLUMN used_up_day INTEGER;
UPDATE memberships SET used_up_day = (
    SELECT MAX(e.day) FROM membership_events e
    WHERE e.membership_id = memberships.id AND e.kind = 'visit_used' AND NOT EXISTS (
        SELECT 1 FROM membership_events b
        WHERE b.membership_id = e.membership_id AND b.kind = 'visit_given_back'
            AND replace(json_extract(b.payload, '$.visit'), '-', '') = lower(hex(e.operation_id))))
WHERE until_day IS NULL AND (
    SELECT json_extract(v.terms, '$.visits') FROM plan_versions v
    WHERE v.plan_id = memberships.plan_id AND v.version = memberships.plan_version) = (
    SELECT COALESCE(SUM(CASE e.kind WHEN 'visit_used' THEN 1 ELSE -1 END), 0) FROM membership_events e
    WHERE e.membership_id = memberships.id AND e.kind IN ('visit_used', 'visit_given_back'));

-- A membership without an end is later than all that end: the largest day stands for it.
UPDATE members SET membership_ends_day = (
    WITH RECURSIVE same (id) AS (
        SELECT members.id
        UNION SELECT m.id FROM members m JOIN same s ON m.merged_into = s.id)
    SELECT MAX(COALESCE(h.until_day - 1, h.used_up_day, 9223372036854775807))
    FROM memberships h JOIN same s ON s.id = h.holder_id
    WHERE h.cancelled_day IS NULL)
WHERE id IN (
    WITH RECURSIVE holders (id) AS (
        SELECT holder_id FROM memberships WHERE until_day IS NULL
        UNION SELECT m.merged_into FROM members m JOIN holders h ON h.id = m.id WHERE m.merged_into IS NOT NULL)
    SELECT id FROM holders);

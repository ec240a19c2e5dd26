-- Where each id leads that nobody bears any more (merged), and which ids were split off one that is borne (split).
-- A dead id leads to the entity of the oldest of its records that is there tonight; where none is, to what it had
-- become, or what that leads to. One that only a submission bore which is not there tonight leads nowhere: it may never
-- have been published.
CREATE TABLE redirects AS
WITH RECURSIVE living AS (SELECT DISTINCT kind, entity_id FROM members),
dead AS (
  SELECT r.kind, old_id, arg_max(new_id, turn) AS became, max(since) AS since, arg_max(why, turn) AS why
  FROM redirected r ANTI JOIN living l ON l.kind = r.kind AND l.entity_id = old_id
  WHERE change = 'merged' GROUP BY ALL),
told AS (
  SELECT kind, b.entity_id AS old_id, arg_min(m.entity_id, (b.turn, record_id)) FILTER (m.record_id IS NOT NULL) AS heir,
    bool_or(m.record_id IS NOT NULL OR NOT starts_with(record_id, 'inbox:')) AS open
  FROM bore b LEFT JOIN members m USING (kind, record_id) GROUP BY kind, b.entity_id),
-- UNION, not UNION ALL: should ids ever lead in a circle, it ends.
led AS (
  SELECT kind, old_id, coalesce(heir, became) AS new_id FROM dead JOIN told USING (kind, old_id) WHERE open
  UNION
  SELECT l.kind, l.old_id, coalesce(t.heir, d.became) FROM led l
  JOIN dead d ON d.kind = l.kind AND d.old_id = l.new_id LEFT JOIN told t ON t.kind = d.kind AND t.old_id = d.old_id)
SELECT d.kind, 'merged' AS change, d.old_id, led.new_id, d.since, d.why
FROM dead d JOIN led USING (kind, old_id) JOIN living l ON l.kind = d.kind AND l.entity_id = led.new_id
UNION ALL
SELECT t.kind, 'split', old_id, new_id, since, why FROM redirected t
JOIN living a ON a.kind = t.kind AND a.entity_id = old_id
JOIN living b ON b.kind = t.kind AND b.entity_id = new_id
WHERE change = 'split' AND old_id <> new_id
QUALIFY row_number() OVER (
  PARTITION BY t.kind, least(old_id, new_id), greatest(old_id, new_id) ORDER BY turn DESC) = 1
ORDER BY ALL;

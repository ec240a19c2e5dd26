-- The registry says that the corporation with this number is closed: dissolved, merged or struck off.
-- Not applicable to a number that the registry at hand does not hold.
-- version: 1
SELECT o.record_id, 'corporate_number' AS field,
  c.closed_on::VARCHAR || ' に閉鎖' || coalesce('（承継先 ' || c.successor_number || '）', '') AS expected
FROM accepted_organizations o JOIN accepted_corporations c USING (corporate_number)
WHERE c.closed_on IS NOT NULL

-- The class digits of the corporate number are none that corporations of the name's corporation word have: the number
-- is suspect and decides nothing (warehouse.resolution.deciding knows the classes).
-- Not applicable to a name without a corporation word, nor to a word whose numbers tell no class.
-- version: 1
SELECT o.record_id, 'corporate_number' AS field, NULL AS expected
FROM accepted_organizations o
WHERE EXISTS (FROM contradictions c WHERE c.code = 'corporate-number-class' AND c.left_id = o.record_id
  AND c.value = o.corporate_number)

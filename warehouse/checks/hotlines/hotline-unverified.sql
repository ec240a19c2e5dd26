-- A telephone line that nobody has verified for 90 days, or ever (data model, hotlines).
-- version: 1
SELECT record_id, 'verified_on' AS field, NULL::VARCHAR AS expected
FROM accepted_hotlines
WHERE verified_on IS NULL OR verified_on < getvariable('as_of') - INTERVAL 90 DAY

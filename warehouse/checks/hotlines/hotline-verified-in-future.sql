-- A telephone line that was verified on a day to come: a slip of the pen, by which it would stay in the list for ever.
-- Not applicable to one without such a day.
-- version: 1
SELECT record_id, 'verified_on' AS field, NULL::VARCHAR AS expected
FROM accepted_hotlines
WHERE verified_on > getvariable('as_of')

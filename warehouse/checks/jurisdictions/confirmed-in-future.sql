-- A day of confirmation that has not come: a slip of the pen, which would make this desk look newer than all others.
-- Not applicable to one without such a day.
-- version: 1
SELECT record_id, 'verified_on' AS field, NULL::VARCHAR AS expected
FROM accepted_jurisdictions
WHERE verified_on > getvariable('as_of')

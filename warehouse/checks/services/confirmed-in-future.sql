-- A day of confirmation that has not come: a slip of the pen, which would make this record stand before all others.
-- Not applicable to one without such a day.
-- version: 1
SELECT record_id, 'last_confirmed_on' AS field, NULL::VARCHAR AS expected
FROM accepted_services
WHERE last_confirmed_on > getvariable('as_of')

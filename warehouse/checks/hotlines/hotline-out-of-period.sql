-- A telephone line whose time of operation is over, or has not come yet.
-- Not applicable to one without a period.
-- version: 1
SELECT record_id, CASE WHEN period_to < getvariable('as_of') THEN 'period_to' ELSE 'period_from' END AS field,
  NULL::VARCHAR AS expected
FROM accepted_hotlines
WHERE period_to < getvariable('as_of') OR period_from > getvariable('as_of')

-- The youngest age that a service is for lies above the oldest: neither can be relied on.
-- Not applicable while either is unknown.
-- needs: age_min age_max
SELECT n, field, NULL AS expected
FROM "{rows}" CROSS JOIN (VALUES ('age_min'), ('age_max')) f(field)
WHERE TRY_CAST(age_min AS BIGINT) > TRY_CAST(age_max AS BIGINT)
ORDER BY n, field

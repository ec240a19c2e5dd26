-- Only one of latitude and longitude could be read: half a position shows nothing and would mislead.
-- Not applicable where neither or both are there.
-- needs: latitude longitude
SELECT n, CASE WHEN latitude IS NULL THEN 'longitude' ELSE 'latitude' END AS field, NULL AS expected
FROM "{rows}"
WHERE (latitude IS NULL) <> (longitude IS NULL)
ORDER BY n

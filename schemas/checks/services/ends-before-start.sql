-- A service's last day comes before its first.
-- Not applicable while either is unknown.
-- needs: valid_from valid_to
SELECT n, 'valid_from' AS field, valid_to || ' 以前の日付' AS expected
FROM "{rows}"
WHERE TRY_CAST(valid_to AS DATE) < TRY_CAST(valid_from AS DATE)
ORDER BY n

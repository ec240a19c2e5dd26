-- The last day of a hotline's period comes before the first.
-- Not applicable while either is unknown.
-- needs: period_from period_to
SELECT n, 'period_from' AS field, period_to || ' 以前の日付' AS expected
FROM "{rows}"
WHERE TRY_CAST(period_to AS DATE) < TRY_CAST(period_from AS DATE)
ORDER BY n

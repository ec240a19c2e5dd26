-- The last day of the applications comes before the first.
-- Not applicable while either is unknown.
-- needs: reception_start reception_end
SELECT n, 'reception_start' AS field, reception_end || ' 以前の日付' AS expected
FROM "{rows}"
WHERE TRY_CAST(reception_end AS DATE) < TRY_CAST(reception_start AS DATE)
ORDER BY n

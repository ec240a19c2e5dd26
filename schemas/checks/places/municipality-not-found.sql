-- An address is there, but neither it nor a code tells the municipality: no reader will find it by area.
-- Not applicable without an address.
-- needs: address municipality_code
SELECT n, 'address' AS field, NULL AS expected
FROM "{rows}"
WHERE address IS NOT NULL AND municipality_code IS NULL
  AND NOT regexp_matches(address, '^(東京都|京都府|大阪府|.{2,3}県)') -- other prefectures' towns are not in the code list
ORDER BY n

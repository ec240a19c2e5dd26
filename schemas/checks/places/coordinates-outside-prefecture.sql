-- The position lies outside the box around the prefecture that the municipality code names.
-- Not applicable without coordinates, or where the code list has no box for the prefecture.
-- needs: latitude longitude municipality_code
SELECT r.n, field, p.label_ja || 'の範囲（緯度' || p.latitude_min || '〜' || p.latitude_max
                   || '、経度' || p.longitude_min || '〜' || p.longitude_max || '）' AS expected
FROM "{rows}" r
JOIN codes_prefectures p ON p.code = left(r.municipality_code, 2) AND p.latitude_min <> ''
CROSS JOIN (VALUES ('latitude'), ('longitude')) f(field)
WHERE TRY_CAST(r.latitude AS DOUBLE) NOT BETWEEN CAST(p.latitude_min AS DOUBLE) AND CAST(p.latitude_max AS DOUBLE)
   OR TRY_CAST(r.longitude AS DOUBLE) NOT BETWEEN CAST(p.longitude_min AS DOUBLE) AND CAST(p.longitude_max AS DOUBLE)
ORDER BY r.n, field

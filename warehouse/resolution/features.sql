-- Table `features`: a row a record. Reads taken and read_*.

-- How far two spots are apart, for `comparisons.yml`: on so short ways the earth is as good as flat.
CREATE OR REPLACE TEMP MACRO metres(latitude_l, longitude_l, latitude_r, longitude_r) AS
  111195 * sqrt(pow(latitude_l - latitude_r, 2)
    + pow((longitude_l - longitude_r) * cos(radians((latitude_l + latitude_r) / 2)), 2));

-- A municipality of one prefecture only is there, also for a source that leaves the prefecture out.
CREATE OR REPLACE TEMP TABLE towns AS
SELECT town, any_value(prefecture) AS prefecture FROM read_address
WHERE town IS NOT NULL AND prefecture IS NOT NULL GROUP BY town HAVING count(DISTINCT prefecture) = 1;

CREATE OR REPLACE TEMP TABLE joined AS
SELECT
  r.record_id, r.source, nullif(r.corporate_number, '') AS corporate_number,
  n.core, n.side, n.unit,
  -- 宮城県, 今金町: what has no corporation word and the name of its own area is that government.
  CASE WHEN n.form IS NULL AND n.core IN (a.prefecture, a.town, a.city) THEN 'local-government'
    ELSE n.form END AS form,
  CASE WHEN n.form IS NULL AND n.core IN (a.prefecture, a.town, a.city) THEN 'local-government'
    ELSE n.family END AS family,
  coalesce(k.reading, n.sound) AS sound,
  coalesce(a.prefecture, w.prefecture, '') AS prefecture, a.town, a.city, a.stem, a.block, a.number,
  p.line AS phone, x.line AS fax, u.host, s.latitude::DOUBLE AS latitude, s.longitude::DOUBLE AS longitude
FROM taken r
JOIN read_name n ON n.raw_name = r.name
JOIN read_kana k ON k.raw_name_kana = r.name_kana
JOIN read_address a ON a.raw_area = r.area AND a.raw_address = r.address
JOIN read_phone p ON p.raw_phone = r.phone
JOIN read_fax x ON x.raw_fax = r.fax
JOIN read_spot s ON s.raw_latitude = r.latitude AND s.raw_longitude = r.longitude
JOIN read_url u ON u.raw_url = r.url
LEFT JOIN towns w ON w.town = a.town;

-- A source that hardly ever gives one body (a name with its website) two towns gives the registered office; one that
-- does gives every office. A source with few names is taken for a register, which keeps apart what may be two.
CREATE OR REPLACE TEMP TABLE registers AS
SELECT source FROM (
  SELECT source, prefecture, core, form, host, count(DISTINCT town) AS towns FROM joined GROUP BY ALL)
GROUP BY source
HAVING (30 + coalesce(sum(towns) FILTER (host IS NOT NULL), sum(towns)))
  / (30 + coalesce(nullif(count(*) FILTER (host IS NOT NULL), 0), count(*))) <= 1.1;

-- What a source says of registered offices. A national body's branches stand there as if they were bodies.
CREATE OR REPLACE TEMP TABLE offices AS
SELECT prefecture, town, core, family FROM joined SEMI JOIN registers USING (source)
WHERE side IS DISTINCT FROM 'national';

-- In how many towns registered offices of one name stand, by prefecture: the same name in two is usually two bodies.
CREATE OR REPLACE TEMP TABLE seats AS
SELECT prefecture, core, family, count(DISTINCT town) AS towns FROM offices GROUP BY ALL;

-- How many kinds of body bear a name in a prefecture: a record that does not say its kind may be any of them.
CREATE OR REPLACE TEMP TABLE kinds AS
SELECT prefecture, core, count(DISTINCT family) AS kinds FROM joined GROUP BY ALL;

-- How many bodies bear a name, as far as can be told without knowing them: one for each kind of body that bears it,
-- more where registered offices stand in several towns, or where many websites are hardly ever shared by two towns. One
-- body with many offices does not make its name common.
CREATE OR REPLACE TEMP TABLE bearers AS
SELECT core, sum(greatest(1, seats, CASE WHEN hosts >= 10 AND hosts >= 0.8 * hosted THEN hosts END)) AS bodies
FROM (
  SELECT
    core, family, count(DISTINCT host) AS hosts,
    count(DISTINCT (prefecture, town)) FILTER (host IS NOT NULL) AS hosted
  FROM joined WHERE family IS NOT NULL GROUP BY ALL)
LEFT JOIN (SELECT core, family, count(DISTINCT (prefecture, town)) AS seats FROM offices GROUP BY ALL)
  USING (core, family)
GROUP BY core;

-- The share of all names that an area holds: what ten bodies bear nationwide is ambiguous in Tokyo, not in a village.
CREATE OR REPLACE TEMP TABLE shares AS
SELECT
  grouping_id(city, town) AS without, prefecture, city, town,
  count(DISTINCT core) / (SELECT count(DISTINCT core) FROM joined) AS share
FROM joined GROUP BY GROUPING SETS ((prefecture), (prefecture, city), (prefecture, city, town));

-- A number or host that many differently named bodies give is a call centre's or a portal's, and says nothing.
CREATE OR REPLACE TEMP TABLE shared AS
SELECT 'phone' AS what, phone AS value FROM joined
WHERE phone IS NOT NULL GROUP BY phone HAVING count(DISTINCT core) > 6
UNION ALL SELECT 'fax', fax FROM joined
WHERE fax IS NOT NULL GROUP BY fax HAVING count(DISTINCT core) > 6
UNION ALL SELECT 'host', host FROM joined
WHERE host IS NOT NULL GROUP BY host HAVING count(DISTINCT core) > 6;

CREATE OR REPLACE TEMP TABLE features AS
SELECT
  row_number() OVER (ORDER BY j.record_id)::INT AS seq, j.* REPLACE (
    CASE WHEN j.phone IN (SELECT value FROM shared WHERE what = 'phone') THEN NULL ELSE j.phone END AS phone,
    CASE WHEN j.fax IN (SELECT value FROM shared WHERE what = 'fax') THEN NULL ELSE j.fax END AS fax,
    CASE WHEN j.host IN (SELECT value FROM shared WHERE what = 'host') THEN NULL ELSE j.host END AS host),
  j.source IN (FROM registers) AND j.side IS DISTINCT FROM 'national' AS registered,
  coalesce(t.towns, 0) AS seats,
  k.kinds,
  -- What a name tells: a kanji one, a kana half, a letter less; 会 at the end nothing (明和会, さくら, link tell little).
  length(regexp_replace(regexp_replace(j.core, '(福祉会|会)$', ''), '[ぁ-ゖァ-ヺa-z0-9]', '', 'g'))
    + 0.5 * length(regexp_replace(j.core, '[^ぁ-ゖァ-ヺ]', '', 'g'))
    + 0.4 * length(regexp_replace(j.core, '[^a-z0-9]', '', 'g')) AS told,
  -- How many other bodies of the name are to be expected in the record's town, city and prefecture.
  coalesce((b.bodies - 1) * t3.share, 0) AS rivals_in_town,
  coalesce((b.bodies - 1) * t2.share, 0) AS rivals_in_city,
  coalesce((b.bodies - 1) * t1.share, 0) AS rivals
FROM joined j
LEFT JOIN seats t ON t.prefecture = j.prefecture AND t.core = j.core AND t.family IS NOT DISTINCT FROM j.family
LEFT JOIN kinds k ON k.prefecture = j.prefecture AND k.core = j.core
LEFT JOIN bearers b ON b.core = j.core
LEFT JOIN shares t1 ON t1.prefecture = j.prefecture AND t1.without = 3
LEFT JOIN shares t2 ON t2.prefecture = j.prefecture AND t2.city = j.city AND t2.without = 1
LEFT JOIN shares t3 ON t3.prefecture = j.prefecture AND t3.city = j.city AND t3.town = j.town AND t3.without = 0
ORDER BY j.record_id;

DROP TABLE taken;
DROP TABLE joined;

-- One row per host and channel: what was read, over what time, the longest time without a record, the median and
-- the 99th percentile of the time between two records, and how many other gaps are at least half as long.
WITH stream AS (
  SELECT
    COALESCE(r.host, 'unknown') AS host,
    COALESCE(r.Channel, 'unknown') AS channel,
    r.Timestamp AS utc,
    LAG(r.Timestamp) OVER (
      PARTITION BY COALESCE(r.host, 'unknown'), COALESCE(r.Channel, 'unknown') ORDER BY r.Timestamp
    ) AS earlier
  FROM record r
  -- Alerts of other tools and logs of a network sensor are no channels of a host and prove nothing about one.
  WHERE r.Channel IS NULL OR (r.Channel <> 'Alert' AND r.Channel NOT LIKE 'Zeek/%')
),
gaps AS (
  SELECT
    host, channel, earlier, utc,
    ROW_NUMBER() OVER (PARTITION BY host, channel ORDER BY utc - earlier, earlier DESC) AS nth,
    COUNT(*) OVER (PARTITION BY host, channel) AS n
  FROM stream
  WHERE earlier IS NOT NULL
),
picked AS (
  SELECT
    host, channel,
    MAX(CASE WHEN nth = n THEN earlier END) AS gap_from,
    MAX(CASE WHEN nth = n THEN utc END) AS gap_to,
    MAX(CASE WHEN nth * 2 BETWEEN n AND n + 1 THEN earlier END) AS usual_from,
    MAX(CASE WHEN nth * 2 BETWEEN n AND n + 1 THEN utc END) AS usual_to,
    MAX(CASE WHEN nth * 100 BETWEEN 99 * n AND 99 * n + 99 THEN earlier END) AS rare_from,
    MAX(CASE WHEN nth * 100 BETWEEN 99 * n AND 99 * n + 99 THEN utc END) AS rare_to
  FROM gaps
  GROUP BY host, channel
),
alike AS (
  SELECT p.host, p.channel, COUNT(*) AS long_gaps
  FROM picked p
  JOIN stream s ON s.host = p.host AND s.channel = p.channel
  WHERE s.earlier IS NOT NULL AND (s.utc - s.earlier) + (s.utc - s.earlier) >= p.gap_to - p.gap_from
  GROUP BY p.host, p.channel
),
span AS (
  SELECT host, channel, COUNT(*) AS records, MIN(utc) AS first_utc, MAX(utc) AS last_utc
  FROM stream
  GROUP BY host, channel
)
SELECT
  s.host, s.channel, s.records, s.first_utc, s.last_utc,
  p.gap_from, p.gap_to, p.usual_from, p.usual_to, p.rare_from, p.rare_to, COALESCE(a.long_gaps, 0) AS long_gaps
FROM span s
LEFT JOIN picked p ON p.host = s.host AND p.channel = s.channel
LEFT JOIN alike a ON a.host = s.host AND a.channel = s.channel
ORDER BY s.host, s.channel

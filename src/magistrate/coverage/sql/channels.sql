-- One row per host and channel: what was read, over what time, and the longest time without a record.
WITH stream AS (
  SELECT
    COALESCE(r.host, 'unknown') AS host,
    COALESCE(r.Channel, 'unknown') AS channel,
    r.Timestamp AS utc,
    LAG(r.Timestamp) OVER (
      PARTITION BY COALESCE(r.host, 'unknown'), COALESCE(r.Channel, 'unknown') ORDER BY r.Timestamp
    ) AS earlier
  FROM record r
),
longest AS (
  SELECT host, channel, earlier AS gap_from, utc AS gap_to, ROW_NUMBER() OVER (
    PARTITION BY host, channel ORDER BY utc - earlier DESC, earlier
  ) AS nth
  FROM stream
  WHERE earlier IS NOT NULL
),
span AS (
  SELECT host, channel, COUNT(*) AS records, MIN(utc) AS first_utc, MAX(utc) AS last_utc
  FROM stream
  GROUP BY host, channel
)
SELECT s.host, s.channel, s.records, s.first_utc, s.last_utc, g.gap_from, g.gap_to
FROM span s
LEFT JOIN longest g ON g.host = s.host AND g.channel = s.channel AND g.nth = 1
ORDER BY s.host, s.channel

-- The longest time in which no channel of a host holds a record, with the records of the whole host.
WITH stream AS (
  SELECT
    r.host, r.Timestamp AS utc, LAG(r.Timestamp) OVER (PARTITION BY r.host ORDER BY r.Timestamp) AS earlier
  FROM record r
  WHERE r.host IS NOT NULL AND r.Timestamp IS NOT NULL
),
ranked AS (
  SELECT
    host, earlier, utc, ROW_NUMBER() OVER (PARTITION BY host ORDER BY utc - earlier DESC, earlier) AS nth,
    COUNT(*) OVER (PARTITION BY host) AS gaps
  FROM stream
  WHERE earlier IS NOT NULL
)
SELECT host, earlier AS gap_from, utc AS gap_to, gaps
FROM ranked
WHERE nth = 1 AND earlier <= utc - :silence_minutes * INTERVAL '1' MINUTE AND gaps >= :silence_records
ORDER BY host

-- Missing EventRecordIDs of each host and channel: the first :listed holes, each with the total of all of them, the
-- times of the records around it and the record behind it.
WITH ids AS (
  SELECT
    COALESCE(r.host, 'unknown') AS host, COALESCE(r.Channel, 'unknown') AS channel, r.RecordId AS id,
    MIN(r.Timestamp) AS utc, MIN(r.evidence_id) AS evidence_id
  FROM record r
  WHERE r.RecordId IS NOT NULL
  GROUP BY COALESCE(r.host, 'unknown'), COALESCE(r.Channel, 'unknown'), r.RecordId
),
steps AS (
  SELECT
    host, channel, id, utc, evidence_id,
    LAG(id) OVER (PARTITION BY host, channel ORDER BY id) AS earlier,
    LAG(utc) OVER (PARTITION BY host, channel ORDER BY id) AS earlier_utc
  FROM ids
),
holes AS (
  SELECT
    host, channel, earlier + 1 AS first_missing, id - 1 AS last_missing, earlier_utc, utc, evidence_id,
    SUM(id - earlier - 1) OVER (PARTITION BY host, channel) AS missing,
    COUNT(*) OVER (PARTITION BY host, channel) AS holes,
    ROW_NUMBER() OVER (PARTITION BY host, channel ORDER BY id) AS nth
  FROM steps
  WHERE id > earlier + 1
)
SELECT host, channel, first_missing, last_missing, earlier_utc, utc, evidence_id, missing, holes
FROM holes
WHERE nth <= :listed
ORDER BY host, channel, first_missing

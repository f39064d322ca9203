-- Missing EventRecordIDs of each host and channel: the first :listed holes, each with the total of all of them.
WITH ids AS (
  SELECT DISTINCT COALESCE(r.host, 'unknown') AS host, COALESCE(r.Channel, 'unknown') AS channel, r.RecordId AS id
  FROM record r
  WHERE r.RecordId IS NOT NULL
),
steps AS (
  SELECT host, channel, id, LAG(id) OVER (PARTITION BY host, channel ORDER BY id) AS earlier
  FROM ids
),
holes AS (
  SELECT
    host, channel, earlier + 1 AS first_missing, id - 1 AS last_missing,
    SUM(id - earlier - 1) OVER (PARTITION BY host, channel) AS missing,
    ROW_NUMBER() OVER (PARTITION BY host, channel ORDER BY id) AS nth
  FROM steps
  WHERE id > earlier + 1
)
SELECT host, channel, first_missing, last_missing, missing
FROM holes
WHERE nth <= :listed
ORDER BY host, channel, first_missing

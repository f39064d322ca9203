-- Pairs of hosts where one goes on with the next record id of the same channel after the other's last record.
WITH span AS (
  SELECT
    r.host, r.Channel AS channel, MIN(r.RecordId) AS first_id, MAX(r.RecordId) AS last_id,
    MIN(r.Timestamp) AS first_utc, MAX(r.Timestamp) AS last_utc, COUNT(*) AS records
  FROM record r
  WHERE r.host IS NOT NULL AND r.Channel IS NOT NULL AND r.RecordId IS NOT NULL AND r.Timestamp IS NOT NULL
  GROUP BY r.host, r.Channel
)
SELECT
  a.host AS first_host, b.host AS second_host, a.channel,
  MIN(x.evidence_id) AS evidence_id, MIN(y.evidence_id) AS second_evidence_id
FROM span a
JOIN span b
  ON b.channel = a.channel AND b.host <> a.host AND b.first_id = a.last_id + 1 AND b.first_utc >= a.last_utc
JOIN record x ON x.host = a.host AND x.Channel = a.channel AND x.RecordId = a.last_id
JOIN record y ON y.host = b.host AND y.Channel = b.channel AND y.RecordId = b.first_id
WHERE a.records >= 3 AND b.records >= 3 AND a.last_id > 10
GROUP BY a.host, b.host, a.channel
ORDER BY first_host, second_host, a.channel

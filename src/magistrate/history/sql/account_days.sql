-- Process starts of each account by day, with the first record of the day.
WITH start AS (
  SELECT LOWER(p.User) AS account, COALESCE(p.UserSid, '') AS account_sid, CAST(p.Timestamp AS DATE) AS day,
    p.Timestamp AS at_time, p.evidence_id, p.Channel, p.EventID, p.RecordId, p.file,
    ROW_NUMBER() OVER (PARTITION BY LOWER(p.User), COALESCE(p.UserSid, ''), CAST(p.Timestamp AS DATE) ORDER BY p.Timestamp, p.evidence_id) AS place
  FROM process_creation AS p WHERE p.Timestamp IS NOT NULL AND p.User IS NOT NULL
)
SELECT 'account' AS kind, s.account, s.account_sid, COUNT(*) AS number, MIN(s.at_time) AS first_seen, MAX(s.at_time) AS last_seen,
  MIN(CASE WHEN s.place = 1 THEN s.evidence_id END) AS evidence_id, MIN(CASE WHEN s.place = 1 THEN s.Channel END) AS Channel,
  MIN(CASE WHEN s.place = 1 THEN s.EventID END) AS EventID, MIN(CASE WHEN s.place = 1 THEN s.RecordId END) AS RecordId,
  MIN(CASE WHEN s.place = 1 THEN s.file END) AS file
FROM start AS s GROUP BY s.account, s.account_sid, s.day
ORDER BY s.account, s.account_sid, s.day

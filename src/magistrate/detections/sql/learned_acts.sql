-- Learned acts of the accounts and sources of the case.
SELECT l.host, l.account, l.account_sid, l.source, l.class, l.shape, l.period, l.number, l.first_seen AS Timestamp, l.evidence_id,
  l.Channel, l.EventID, l.RecordId, l.file
FROM learned l
WHERE l.kind = 'act' AND (
  l.account_sid IN (SELECT a.account_sid FROM activity a WHERE a.account_sid IS NOT NULL)
  OR l.account IN (SELECT LOWER(a.account) FROM activity a WHERE a.account IS NOT NULL)
  OR l.source IN (SELECT LOWER(s.source_ip) FROM story s WHERE s.source_ip IS NOT NULL))
ORDER BY l.period, l.host, l.evidence_id, l.class, l.shape, l.source, l.account

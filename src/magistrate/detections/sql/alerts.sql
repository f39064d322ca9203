-- Alerts of other tools with the record each points at, where that record is in the case: then both are one event.
SELECT e.evidence_id, e.Timestamp, e.host, e.Channel, e.EventID, e.RecordId, e.file, e.Provider, e.RuleTitle, e.RuleId,
  e.Severity, e.RuleTags, e.AlertDetails, e.CitedChannel, e.CitedEventID, e.CitedRecordId, e.User, e.UserSid, e.LogonId,
  e.SourceIp, MIN(r.evidence_id) AS cited_id
FROM alert e LEFT JOIN record r ON r.host = e.host AND r.RecordId = e.CitedRecordId AND r.EventID = e.CitedEventID
  AND LOWER(r.Channel) = LOWER(e.CitedChannel)
GROUP BY e.evidence_id, e.Timestamp, e.host, e.Channel, e.EventID, e.RecordId, e.file, e.Provider, e.RuleTitle, e.RuleId,
  e.Severity, e.RuleTags, e.AlertDetails, e.CitedChannel, e.CitedEventID, e.CitedRecordId, e.User, e.UserSid, e.LogonId,
  e.SourceIp
ORDER BY e.Timestamp, e.evidence_id LIMIT :most

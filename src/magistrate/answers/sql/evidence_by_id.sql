SELECT r.evidence_id, r.Timestamp, r.host, r.Channel, r.EventID, r.RecordId, r.file
FROM record AS r
WHERE EXISTS (SELECT 1 FROM answer_wanted AS w WHERE w.evidence_id = r.evidence_id)
ORDER BY r.Timestamp, r.evidence_id

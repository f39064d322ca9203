-- Pointers to records by id: of the case, else of the learned history.
SELECT r.evidence_id, r.Timestamp, r.host, r.Channel, r.EventID, r.RecordId, r.file
FROM record AS r
WHERE EXISTS (SELECT 1 FROM answer_wanted AS w WHERE w.evidence_id = r.evidence_id)
UNION ALL
SELECT h.evidence_id, MIN(h.first_seen) AS Timestamp, MIN(h.host) AS host, MIN(h.Channel) AS Channel, MIN(h.EventID) AS EventID,
  MIN(h.RecordId) AS RecordId, MIN(h.file) AS file
FROM learned AS h
WHERE EXISTS (SELECT 1 FROM answer_wanted AS w WHERE w.evidence_id = h.evidence_id)
  AND NOT EXISTS (SELECT 1 FROM record AS r WHERE r.evidence_id = h.evidence_id)
GROUP BY h.evidence_id
ORDER BY Timestamp, evidence_id

-- Share accesses near a story; a file touched from loopback and from one other address is the read-back of an output.
SELECT s.evidence_id, s.Timestamp, s.host, s.Channel, s.EventID, s.RecordId, s.file, s.ShareName,
  s.RelativeTargetName, s.SourceIp, s.User, w.story_id
FROM share_access AS s
JOIN answer_window AS w ON w.host = s.host AND s.Timestamp BETWEEN w.from_time AND w.to_time
WHERE s.RelativeTargetName IS NOT NULL AND s.SourceIp IS NOT NULL
  AND (LOWER(s.ShareName) LIKE '%admin$' OR LOWER(s.ShareName) LIKE '%c$')
ORDER BY s.host, s.Timestamp, s.evidence_id, w.story_id

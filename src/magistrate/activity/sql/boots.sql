SELECT host, Timestamp FROM system_state
WHERE EventID IN (12, 4608, 6005, 6009) AND Timestamp IS NOT NULL
ORDER BY host, Timestamp

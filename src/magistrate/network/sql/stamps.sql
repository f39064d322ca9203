SELECT f.sensor, f.src, f.dst, f.port, f.seen, f.sent, f.evidence_id
FROM flow f JOIN network_pair p ON p.sensor = f.sensor AND p.src = f.src AND p.dst = f.dst AND p.port = f.port
WHERE f.seen >= :from_time
ORDER BY f.sensor, f.src, f.dst, f.port, f.seen, f.evidence_id

-- Whether a learned history is at hand, and the time it speaks of.
SELECT COUNT(*) AS number, MIN(h.first_seen) AS first_seen, MAX(h.last_seen) AS last_seen FROM learned AS h
